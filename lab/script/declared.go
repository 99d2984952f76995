package script

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// forms are what a kind lists by name: its events, or the types of its messages, each with its fields.
type forms map[string][]*manifest.Parameter

// question is what a script asks of events or messages.
type question struct {
	word   string   // of the script: lab.next
	noun   string   // event, message type
	names  []string // nil for any
	fields []starlark.Tuple
	own    []string // words of the verb itself, which a field may have been meant to be
}

// check refuses a name that is not in the lists, a field that nothing of these names has, and a value that the field
// never has: nothing can match, and a check that there is no such thing would always hold.
func (q question) check(lists []forms) error {
	var fields []*manifest.Parameter
	all := map[string]bool{}
	for _, list := range lists {
		for name, has := range list {
			all[name] = true
			if q.names == nil || slices.Contains(q.names, name) {
				fields = append(fields, has...)
			}
		}
	}
	for _, name := range q.names {
		if !all[name] {
			msg, hint := spell.Unknown(q.noun, name, slices.Collect(maps.Keys(all)))
			if q.noun == "event" && slices.Contains(ownEvents, name) {
				msg, hint = fmt.Sprintf("no component emits an event %q", name), ownEventsHint
			}
			return star.Errorf(hint, "%s: %s", q.word, msg)
		}
	}
	about := strings.TrimSpace(q.word + " " + strings.Join(q.names, ", "))
	for _, kw := range q.fields {
		if err := q.checkField(string(kw[0].(starlark.String)), kw[1], fields); err != nil {
			return prefixed(about, err)
		}
	}
	return nil
}

// ownEvents are those that the lab itself records.
var ownEvents = []string{
	"connected", "refused", "closed", "reset", "cut", "healed", "crashed", "killed", "paused", "resumed", "restarted", "clock", "failed", "lost", "undelivered",
	"called", "answered",
}

const ownEventsHint = "the lab's own events are shown by failures and not asked for: see node.state, fault.touched, lab.connections() " +
	"and the answers of methods"

func (q question) checkField(name string, want starlark.Value, fields []*manifest.Parameter) error {
	var types []value.Type
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
		if f.Name == name {
			types = append(types, f.Type)
		}
	}
	if len(types) == 0 {
		slices.Sort(names)
		msg, hint := spell.Unknown("field", name, slices.Compact(append(names, q.own...)))
		return &star.Error{Msg: msg, Hint: hint}
	}
	var refused starlark.Value
	for _, typ := range types {
		if refused = neverIs(typ, want); refused == nil {
			return nil
		}
	}
	var wanted []string
	for _, typ := range slices.Compact(types) {
		wanted = append(wanted, typ.String())
	}
	if list, ok := refused.(starlark.Iterable); ok && starlark.Len(list) == 0 {
		return fmt.Errorf("%s: the list is empty: it matches nothing", name)
	}
	return fmt.Errorf("%s: got %s, want %s", name, refused.Type(), strings.Join(wanted, " or "))
}

// prefixed puts what it is about before an error and keeps its hint.
func prefixed(about string, err error) error {
	if known, ok := err.(*star.Error); ok {
		return &star.Error{Msg: about + ": " + known.Msg, Hint: known.Hint}
	}
	return fmt.Errorf("%s: %w", about, err)
}

// neverIs returns what of the wanted value a field of the type cannot be, nil when it can be all of it.
func neverIs(typ value.Type, want starlark.Value) starlark.Value {
	if canBe(typ, want) {
		return nil
	}
	several, ok := want.(starlark.Iterable)
	if _, dict := want.(starlark.Mapping); !ok || dict {
		return want
	}
	if starlark.Len(several) == 0 {
		return want
	}
	for item := range starlark.Elements(several) {
		if !canBe(typ, item) {
			return item
		}
	}
	return nil
}

// equalTypes are the types of a script's values that may equal one of the manifest's type; of others nothing is known.
var equalTypes = map[value.Type][]string{
	{Base: value.Bool}: {"bool"}, {Base: value.Int}: {"int", "float"}, {Base: value.Float}: {"int", "float"},
	{Base: value.String}: {"string", "node"}, {Base: value.Address}: {"string", "node"},
	{Base: value.Duration}: {"duration"}, {Base: value.Rate}: {"rate"}, {Base: value.Bytes}: {"bytes"},
}

// canBe tells whether a value of the manifest's type can be equal to the one of a script.
func canBe(typ value.Type, want starlark.Value) bool {
	kinds := equalTypes[typ]
	return kinds == nil || want == starlark.None || slices.Contains(kinds, want.Type())
}

// doubt is a question about messages that no list answers, while a kind without a list is at work.
type doubt struct {
	question
	err error
}

// doubted returns a note for each question whose names or fields no message has had: as likely as not they are misspelt.
func (r *run) doubted() (notes []string) {
	if len(r.doubts) == 0 {
		return nil
	}
	sent, err := r.engine.Messages(trace.Filter{})
	if err != nil {
		return nil // the script has been told
	}
	for _, d := range r.doubts {
		if note := d.err.Error() + "; no message that was sent matches"; !slices.ContainsFunc(sent, d.isAbout) &&
			!slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	return notes
}

// isAbout tells whether a message has a type and all the fields that are asked for, whatever their values.
func (q question) isAbout(e value.Event) bool {
	if q.names != nil && !slices.Contains(q.names, e.Name) {
		return false
	}
	fields, _ := e.Get("fields").(value.Fields)
	return !slices.ContainsFunc(q.fields, func(kw starlark.Tuple) bool {
		_, ok := fields.Lookup(string(kw[0].(starlark.String)))
		return !ok
	})
}
