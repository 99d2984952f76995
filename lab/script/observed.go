package script

import (
	"slices"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// observed holds the values that the judged expressions of one Starlark thread had when they were last evaluated. A thread
// evaluates a site at most once at a time, because there is no recursion.
type observed struct {
	values []noted          // by number of the part
	items  map[int]*decided // by number of the load.Each
	probed int              // the site of the last polled lambda, -1 for none
}

// noted is a value as it was when it was evaluated.
type noted struct {
	value starlark.Value // nil: not evaluated
	kept  *kept          // of a list, or what may hold one, that may be changed before it is shown
}

// kept is what a failure tells of a value.
type kept struct {
	truth bool
	text  string
	nodes []string
	items []starlark.Value // of a list
}

// noteOf keeps what a failure tells of a value that may change.
func noteOf(v starlark.Value, changes bool) noted {
	n := noted{value: v}
	if !changes {
		return n
	}
	switch v.(type) {
	case *starlark.List, *starlark.Dict, *starlark.Set, starlark.Tuple, *outcomeValue, star.Recorded:
		n.kept = &kept{bool(v.Truth()), show(v), nodesOf(v, nil), itemsOf(v, true)}
	}
	return n
}

// itemsOf are the first items of a list or tuple; none if one of them may change and that matters.
func itemsOf(v starlark.Value, changes bool) (items []starlark.Value) {
	switch v.(type) {
	case *starlark.List, starlark.Tuple, *eventsValue:
		list := v.(starlark.Indexable)
		for i := range min(list.Len(), 10*mostItems) {
			if _, holds := list.Index(i).(starlark.Iterable); holds && changes {
				return nil
			}
			items = append(items, list.Index(i))
		}
	}
	return items
}

// tell is what a failure tells of the value.
func (n noted) tell() kept {
	if n.kept != nil {
		return *n.kept
	}
	return kept{text: show(n.value), nodes: nodesOf(n.value, nil), items: itemsOf(n.value, false)}
}

// truth is that of a side of the condition: a verdict, which has none, ends the run.
func (n noted) truth() bool {
	if n.kept != nil {
		return n.kept.truth
	}
	return bool(n.value.Truth())
}

// decided are the items of a list that have decided what is judged.
type decided struct {
	count int
	first []item // of them, at most mostDecided
}

// item is one: the values of its parts.
type item []noted

// siteValue is what $site returns: it tells check which site it judges.
type siteValue struct{ starlark.Int }

func (n *observed) reset(s load.Site, parts int) {
	if n.values == nil {
		n.values = make([]noted, parts)
	}
	clear(n.values[s.First:s.Last])
	for i := s.FirstEach; i < s.LastEach; i++ {
		delete(n.items, i)
	}
}

// field is an attribute of another part of the same site, nil when there is none.
func (n *observed) field(all *load.Sites, s load.Site, part, name string) starlark.Value {
	for k := s.First; k < s.Last; k++ {
		if of, ok := n.values[k].value.(starlark.HasAttrs); ok && all.Parts[k].Text == part {
			v, err := of.Attr(name)
			if err == nil && v != starlark.None {
				return v
			}
		}
	}
	return nil
}

// mostItems bounds how far nodesOf looks into a list.
const mostItems = 100

// nodesOf appends the names of the nodes that a value is, holds or comes from.
func nodesOf(v starlark.Value, names []string) []string {
	var n *node
	switch v := v.(type) {
	case *node:
		n = v
	case *object:
		n = v.node
	case *errorValue:
		n = v.node
	case *answer:
		n = v.node
	case *eventValue:
		n = v.run.byName[v.event.Node]
	case *finding:
		for _, e := range v.about {
			names = nodesOf(e, names)
		}
	case *starlark.List, starlark.Tuple, *eventsValue:
		list := v.(starlark.Indexable)
		for i := range min(list.Len(), mostItems) {
			switch item := list.Index(i).(type) {
			case *starlark.List, starlark.Tuple: // may hold the list itself, or many times what holds many
			default:
				names = nodesOf(item, names)
			}
		}
	}
	if n != nil && !slices.Contains(names, n.name) {
		names = append(names, n.name)
	}
	return names
}

// eventsOf appends the events that a value is, or by which a finding is contradicted.
func eventsOf(v starlark.Value, events []result.Event) []result.Event {
	switch v := v.(type) {
	case *eventValue:
		events = append(events, result.Event{At: v.event.At, Node: v.event.Node, Name: v.event.Name})
	case *finding:
		for _, e := range v.about {
			events = eventsOf(e, events)
		}
	}
	return events
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
	maxShown  = load.MaxShown
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

// note is $note(k, v).
func (f *local) note(args starlark.Tuple) (starlark.Value, error) {
	if f.observed.values != nil {
		k, _ := args[0].(starlark.Int).Int64()
		f.observed.values[k] = noteOf(args[1], f.run.file.Sites.Parts[k].Early)
	}
	return args[1], nil
}

// site is $site(n).
func (f *local) site(args starlark.Tuple) (starlark.Value, error) {
	number := args[0].(starlark.Int)
	n, _ := number.Int64()
	sites := &f.run.file.Sites
	f.observed.reset(sites.All[n], len(sites.Parts))
	return siteValue{number}, nil
}

// mostDecided is how many items of a list are kept.
const mostDecided = 5

// each is $each(n, variables..., v). The variables have been noted.
func (f *local) each(args starlark.Tuple) (starlark.Value, error) {
	number, _ := args[0].(starlark.Int).Int64()
	v, o, of := args[len(args)-1], &f.observed, f.run.file.Sites.Eaches[number]
	if err := judged(v); err != nil {
		return nil, err
	}
	if o.values == nil {
		return v, nil
	}
	parts := o.values[of.First:of.Last]
	if bool(v.Truth()) == of.Wants {
		o.decide(int(number), parts, f.run.file.Sites.Parts[of.First:of.Last])
	}
	clear(parts) // the next item may leave some out
	return v, nil
}

// decide keeps an item of a load.Each that decides what is judged. What is shown of it may be changed by the next item.
func (n *observed) decide(each int, parts []noted, of []load.Part) {
	if n.items == nil {
		n.items = map[int]*decided{}
	}
	if n.items[each] == nil {
		n.items[each] = &decided{}
	}
	d := n.items[each]
	if d.count++; d.count > mostDecided {
		return
	}
	it := slices.Clone(parts)
	for i, p := range it {
		if p.value != nil && p.kept == nil && !of[i].Hidden {
			it[i] = noteOf(p.value, true)
		}
	}
	d.first = append(d.first, it)
}

// probe is $probe($site(n), v).
func (f *local) probe(args starlark.Tuple) (starlark.Value, error) {
	n, _ := args[0].(siteValue).Int64()
	f.observed.probed = int(n)
	return args[1], nil
}
