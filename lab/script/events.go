package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// events is lab.events(name = None, node = None, since = 0*s, **fields) -> events: what the components have emitted
// before now, in order of time.
var events = verb{"events", "", func(r *run, c call) (starlark.Value, error) {
	return r.findEvents(c.args, c.kwargs, false)
}}

// findEvents is lab.events, with the faults of nodes and links among what it finds or without. A fault of a link is one
// of the nodes at both ends.
func (r *run) findEvents(args starlark.Tuple, kwargs []starlark.Tuple, faults bool) (*eventsValue, error) {
	var name eventName
	var where starlark.Value
	var since span
	own, fields := ownWords(kwargs, "name", "node", "since")
	if err := load.UnpackArgs("lab.events", args, own,
		"name??", &name, "node??", &where, "since?", &since); err != nil {
		return nil, err
	}
	place, err := r.place("lab.events", where)
	if err != nil {
		return nil, err
	}
	filter := trace.Filter{Name: string(name), Since: since.Duration, All: faults}
	if !faults {
		filter.Node = place
	}
	if !faults || !r.happened(filter.Name) {
		if err := r.knownEvent("lab.events", filter.Name, place, fields); err != nil {
			return nil, err
		}
	}
	found := &eventsValue{run: r, name: filter.Name}
	for _, e := range r.engine.Events(filter) {
		if faults && !isAt(e, place) {
			continue
		}
		if matches, err := r.matches(e.Fields, fields); err != nil {
			return nil, err
		} else if matches {
			found.list = append(found.list, &eventValue{r, e})
		}
	}
	return found, nil
}

// eventName is an argument that is a name, which is not empty.
type eventName string

// Unpack implements starlark.Unpacker.
func (n *eventName) Unpack(v starlark.Value) error {
	text, ok := starlark.AsString(v)
	if !ok {
		return fmt.Errorf("got %s, want string", v.Type())
	}
	if *n = eventName(text); text == "" {
		return errors.New("want the name of an event")
	}
	return nil
}

// happened tells whether there has been a fault of that name.
func (r *run) happened(name string) bool {
	return slices.ContainsFunc(r.engine.Events(trace.Filter{Name: name, All: true}), func(e value.Event) bool {
		return e.Class == value.ClassFault
	})
}

// isAt tells whether a component has emitted the event at the place, or a fault has hit it; "" is anywhere.
func isAt(e value.Event, place string) bool {
	if e.Class != value.ClassComponent && e.Class != value.ClassFault {
		return false
	}
	return place == "" || e.Node == place || e.Class == value.ClassFault && e.Get("to") == value.Node(place)
}

// knownEvent refuses what no kind in the topology emits, or that of the node at that place, if one is given.
func (r *run) knownEvent(what, name, place string, fields []starlark.Tuple) error {
	q := question{word: what, noun: "event", fields: fields, own: []string{"name", "node"}}
	var on wanted
	if place != "" {
		q.word, on = what+" of "+place, wanted{place: true}
	}
	if name != "" {
		q.names = []string{name}
	}
	return q.check(r.declared(on, func(k *kind) forms { return k.events }))
}

// declared are the lists of the kinds in the topology, or of those at work on some of its nodes.
func (r *run) declared(nodes wanted, list func(*kind) forms) (lists []forms) {
	seen := map[*kind]bool{}
	for _, n := range r.nodes {
		if nodes.has(n.name) && !seen[n.kind] {
			seen[n.kind] = true
			lists = append(lists, list(n.kind))
		}
	}
	return lists
}

// eventValue is one event: e.name e.node e.at, and its fields.
type eventValue struct {
	run   *run
	event value.Event
}

var (
	_ starlark.HasAttrs   = (*eventValue)(nil)
	_ starlark.Comparable = (*eventValue)(nil)
)

func (e *eventValue) String() string {
	return fmt.Sprintf("%s on %s at %s", eventText(e.event), e.event.Node, value.Short(e.event.At))
}

func (e *eventValue) Type() string          { return "event" }
func (e *eventValue) Freeze()               {}
func (e *eventValue) Truth() starlark.Bool  { return true }
func (e *eventValue) Hash() (uint32, error) { return uint32(e.event.Seq), nil }

func (e *eventValue) id() eventID { return eventID{e.event.Node, e.event.Seq} }

// CompareSameType knows equality only, of events as of messages: each time they are asked for they are other values.
func (e *eventValue) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	if op != syntax.EQL && op != syntax.NEQ {
		return false, fmt.Errorf("%s %s %s: they have no order; sort by .at", y.Type(), op, y.Type())
	}
	same := e.id() == y.(interface{ id() eventID }).id()
	return same == (op == syntax.EQL), nil
}

// Attr returns what every event has, or one of its fields.
func (e *eventValue) Attr(name string) (starlark.Value, error) {
	switch name {
	case "name":
		return starlark.String(e.event.Name), nil
	case "node":
		return e.run.resolve(value.Node(e.event.Node)), nil
	case "at":
		return star.Duration(e.event.At), nil
	}
	if v, ok := e.event.Lookup(name); ok {
		return star.FromValue(v, e.run.resolve), nil
	}
	return nil, star.NoAttr(e, name)
}

// AttrNames lists the fields.
func (e *eventValue) AttrNames() []string {
	names := []string{"name", "node", "at"}
	for _, f := range e.event.Fields {
		names = append(names, f.Name)
	}
	return names
}

// eventsValue is a list of events, falsy when it is empty.
type eventsValue struct {
	run  *run
	name string
	list []*eventValue
}

var (
	_ starlark.HasAttrs   = (*eventsValue)(nil)
	_ starlark.Sequence   = (*eventsValue)(nil)
	_ starlark.Sliceable  = (*eventsValue)(nil)
	_ starlark.Comparable = (*eventsValue)(nil)
	_ star.Listed         = (*eventsValue)(nil)
)

func (e *eventsValue) String() string {
	parts := make([]string, len(e.list))
	for i, event := range e.list {
		parts[i] = event.String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (e *eventsValue) Type() string          { return "events" }
func (e *eventsValue) Freeze()               {}
func (e *eventsValue) Truth() starlark.Bool  { return len(e.list) > 0 }
func (e *eventsValue) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: events") }

// Len is the number of events.
func (e *eventsValue) Len() int { return len(e.list) }

// Index returns one event.
func (e *eventsValue) Index(i int) starlark.Value { return e.list[i] }

// Slice returns some of the events.
func (e *eventsValue) Slice(start, end, step int) starlark.Value {
	part := &eventsValue{run: e.run, name: e.name}
	for i := start; step > 0 && i < end || step < 0 && i > end; i += step {
		part.list = append(part.list, e.list[i])
	}
	return part
}

// Listed is a list of the events. It implements star.Listed.
func (e *eventsValue) Listed() *starlark.List {
	items := make([]starlark.Value, len(e.list))
	for i, event := range e.list {
		items[i] = event
	}
	return starlark.NewList(items)
}

// CompareSameType compares the lists.
func (e *eventsValue) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	return e.Listed().CompareSameType(op, y.(*eventsValue).Listed(), depth)
}

// Iterate goes through the events in order.
func (e *eventsValue) Iterate() starlark.Iterator {
	return e.Listed().Iterate()
}

// Attr returns at_most_one.
func (e *eventsValue) Attr(name string) (starlark.Value, error) {
	if name == "at_most_one" {
		return atMostOne.BindReceiver(e), nil
	}
	return nil, star.NoAttr(e, name)
}

// AttrNames lists the words of events.
func (e *eventsValue) AttrNames() []string { return []string{"at_most_one"} }

// finding is a truth value that says why.
type finding struct {
	holds bool
	text  string
	about []*eventValue // that contradict it
}

func (f *finding) String() string        { return f.text }
func (f *finding) Type() string          { return "finding" }
func (f *finding) Freeze()               {}
func (f *finding) Truth() starlark.Bool  { return starlark.Bool(f.holds) }
func (f *finding) Hash() (uint32, error) { return starlark.String(f.text).Hash() }
