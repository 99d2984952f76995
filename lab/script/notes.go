package script

import (
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Part is one part of a judged expression and its value; "-" when it was not evaluated.
type Part struct {
	Text  string
	Value string
}

// notes holds the values that the judged expressions of one Starlark thread had when they were last evaluated. A thread
// evaluates a site at most once at a time, because there is no recursion.
type notes struct {
	values []starlark.Value // by number of the part; nil: not evaluated
	probed int              // the site of the last polled lambda, -1 for none
}

// siteValue is what $site returns: it tells check which site it judges.
type siteValue struct{ starlark.Int }

func (n *notes) reset(s site, parts int) {
	if n.values == nil {
		n.values = make([]starlark.Value, parts)
	}
	clear(n.values[s.first:s.last])
}

// parts lists what is known of a site, in the order of the source, each text once per value.
func (n *notes) parts(all *sites, number int) []Part {
	s := all.all[number]
	var parts []Part
	seen := map[Part]bool{}
	for k := s.first; k < s.last; k++ {
		p := Part{Text: all.parts[k], Value: "-"}
		if n.values != nil && n.values[k] != nil {
			if !worthShowing(n.values[k]) {
				continue
			}
			p.Value = show(n.values[k])
		}
		if !seen[p] {
			seen[p] = true
			parts = append(parts, p)
		}
	}
	return parts
}

// worthShowing leaves out what a reader learns nothing from: functions, and the lab itself.
func worthShowing(v starlark.Value) bool {
	switch v.(type) {
	case starlark.Callable, *labValue:
		return false
	}
	return true
}

// How many letters of a value a failure shows, and of one that says why.
const (
	maxShown  = 300
	maxReason = 3000
)

// show writes a value for a failure: durations with all digits, because two that differ may look the same when short.
func show(v starlark.Value) string {
	switch v := v.(type) {
	case star.Duration:
		return value.FormatDuration(time.Duration(v))
	case *verdictValue, *outcomeValue:
		return star.Show(v, maxReason)
	}
	return star.Show(v, maxShown)
}

func noteBuiltin(
	thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple,
) (starlark.Value, error) {
	if f, ok := thread.Local(localKey).(*frame); ok && f.notes.values != nil {
		k, _ := args[0].(starlark.Int).Int64()
		f.notes.values[k] = args[1]
	}
	return args[1], nil
}

func siteBuiltin(
	thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple,
) (starlark.Value, error) {
	number := args[0].(starlark.Int)
	if f, ok := thread.Local(localKey).(*frame); ok {
		n, _ := number.Int64()
		sites := &f.run.file.sites
		f.notes.reset(sites.all[n], len(sites.parts))
	}
	return siteValue{number}, nil
}

func probeBuiltin(
	thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple,
) (starlark.Value, error) {
	if f, ok := thread.Local(localKey).(*frame); ok {
		n, _ := args[0].(siteValue).Int64()
		f.notes.probed = int(n)
	}
	return args[1], nil
}
