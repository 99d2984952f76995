package script

import (
	"fmt"
	"sort"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// labValue is the `lab` of an experiment: the one thing through which a script reaches its run.
type labValue struct{ run *run }

var _ starlark.HasAttrs = (*labValue)(nil)

func (l *labValue) String() string        { return "lab" }
func (l *labValue) Type() string          { return "lab" }
func (l *labValue) Freeze()               {}
func (l *labValue) Truth() starlark.Bool  { return true }
func (l *labValue) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: lab") }

// verb is a builtin of the lab. It executes as part of the task whose turn it is.
type verb func(r *run, thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)

// verbs are the methods of the lab, one file per noun.
var verbs = map[string]*starlark.Builtin{}

func init() {
	for name, do := range map[string]verb{
		"add": addNodes, "network": network, "link": linkNodes,
		"cut": cut, "isolate": isolate, "partition": partition, "reset": reset, "heal": healAll,
		"now": now, "sleep": sleep, "after": after, "ticks": ticks,
		"spawn": spawn, "join": join,
		"events": events, "next": nextEvent, "messages": messages, "history": history,
		"attempt": attempt, "eventually": eventually, "always": always, "skip": skip,
	} {
		verbs[name] = load.Builtin("lab."+name, func(
			thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
		) (starlark.Value, error) {
			return do(b.Receiver().(*labValue).run, thread, args, kwargs)
		})
	}
}

// Attr returns a verb or one of the lab's values.
func (l *labValue) Attr(name string) (starlark.Value, error) {
	defer bug.Catch()
	if b, ok := verbs[name]; ok {
		return b.BindReceiver(l), nil
	}
	switch name {
	case "engine":
		return starlark.String(l.run.options.Engine), nil
	case "seed":
		return starlark.MakeUint64(l.run.options.Seed), nil
	case "lateness":
		return star.Duration(l.run.lateness), nil
	case "rand":
		return &randValue{l.run}, nil
	}
	return nil, star.NoAttr(l, name)
}

// AttrNames lists the words of the lab.
func (l *labValue) AttrNames() []string {
	names := []string{"engine", "seed", "lateness", "rand"}
	for name := range verbs {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// span is an argument that is a duration or its text; it must not be negative.
type span struct {
	time.Duration
	given bool
}

// Unpack implements starlark.Unpacker. None stands for the default.
func (s *span) Unpack(v starlark.Value) error {
	if v == starlark.None {
		return nil
	}
	d, err := star.AsDuration(v)
	if err != nil {
		return err
	}
	if d < 0 {
		return fmt.Errorf("%s is below 0", value.Short(d))
	}
	s.Duration, s.given = d, true
	return nil
}

// or returns the span, or nil when it was not given.
func (s *span) orNil() *time.Duration {
	if !s.given {
		return nil
	}
	return &s.Duration
}

func skip(_ *run, _ *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var reason string
	if err := starlark.UnpackArgs("lab.skip", args, kwargs, "reason", &reason); err != nil {
		return nil, err
	}
	return nil, &skipped{reason}
}
