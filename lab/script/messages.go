package script

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// messages is lab.messages(src = None, dst = None, type = None, since = 0*s, **fields) -> [message]: the messages that
// nodes have sent before now, whatever became of them on the way, in order of time. src and dst are nodes, type is a
// text; for each and for a field, a list means any of it.
var messages = verb{"messages", "", func(r *run, c call) (starlark.Value, error) {
	var src, dst, typ starlark.Value
	var since span
	own, fields := ownWords(c.kwargs, "src", "dst", "type", "since")
	if err := load.UnpackArgs("lab.messages", c.args, own,
		"src??", &src, "dst??", &dst, "type??", &typ, "since?", &since); err != nil {
		return nil, err
	}
	from, err := r.wantedNodes("src", src)
	if err != nil {
		return nil, err
	}
	to, err := r.wantedNodes("dst", dst)
	if err != nil {
		return nil, err
	}
	types, err := wantedTypes(typ)
	if err != nil {
		return nil, err
	}
	if err := r.knownMessage(question{"lab.messages", "message type", types, fields, []string{"type", "src", "dst", "since"}}, from); err != nil {
		return nil, err
	}
	sent, err := r.engine.Messages(trace.Filter{Since: since.Duration})
	if err != nil {
		return nil, hinted(err)
	}
	var list []starlark.Value
	for _, e := range sent {
		m := newMessage(r, e)
		if !from.has(e.Node) || !to.has(m.dst) || types != nil && !slices.Contains(types, e.Name) {
			continue
		}
		if matches, err := r.matches(m.fields, fields); err != nil {
			return nil, fmt.Errorf("lab.messages: %w", err)
		} else if matches {
			list = append(list, m)
		}
	}
	return starlark.NewList(list), nil
}}

// knownMessage refuses what none of the kinds on the senders lists. While one of them has no list, it is only noted.
func (r *run) knownMessage(q question, from wanted) error {
	lists := r.declared(from, func(k *kind) forms { return k.messages })
	err := q.check(lists)
	if slices.ContainsFunc(r.nodes, func(n *node) bool { return from.has(n.name) && !n.kind.listsMessages }) {
		if err != nil {
			r.doubts = append(r.doubts, doubt{q, err})
		}
		return nil
	}
	if from != nil && !slices.ContainsFunc(lists, func(f forms) bool { return len(f) > 0 }) {
		return fmt.Errorf("lab.messages: src: %s sends no messages", strings.Join(slices.Sorted(maps.Keys(from)), ", "))
	}
	return err
}

// wanted is a set of names; nil wants any.
type wanted map[string]bool

func (w wanted) has(name string) bool { return w == nil || w[name] }

func (r *run) wantedNodes(what string, v starlark.Value) (wanted, error) {
	if v == nil {
		return nil, nil
	}
	group, err := r.group(v)
	if err != nil {
		return nil, fmt.Errorf("lab.messages: %s: %w", what, err)
	}
	w := wanted{}
	for _, n := range group {
		w[n.name] = true
	}
	return w, nil
}

func wantedTypes(v starlark.Value) ([]string, error) {
	if v == nil {
		return nil, nil
	}
	if text, ok := starlark.AsString(v); ok {
		return []string{text}, nil
	}
	list, ok := v.(starlark.Iterable)
	if !ok {
		return nil, fmt.Errorf("lab.messages: type: got %s, want a text or a list of them", v.Type())
	}
	types := []string{}
	for item := range starlark.Elements(list) {
		text, ok := starlark.AsString(item)
		if !ok {
			return nil, fmt.Errorf("lab.messages: type: got %s in the list, want texts", item.Type())
		}
		types = append(types, text)
	}
	if len(types) == 0 {
		return nil, errors.New("lab.messages: type: the list is empty: it matches nothing")
	}
	return types, nil
}

// message is a message that was sent: .src .dst .type .at .size .fields.
type message struct {
	eventValue // which it is frozen, true and hashed like
	dst        string
	size       int64 // of the datagram, in bytes
	fields     value.Fields
}

var _ starlark.HasAttrs = (*message)(nil)

// newMessage takes apart the event that value.DescribeMessage makes.
func newMessage(r *run, e value.Event) *message {
	m := &message{eventValue: eventValue{r, e}}
	dst, _ := e.Get("dst").(value.Node)
	m.dst = string(dst)
	m.size, _ = e.Get("size").(int64)
	m.fields, _ = e.Get("fields").(value.Fields)
	return m
}

func (m *message) String() string {
	shown := eventText(value.Event{Name: m.event.Name, Fields: m.fields})
	return fmt.Sprintf("%s from %s to %s at %s", shown, m.event.Node, m.dst, value.Short(m.event.At))
}

func (m *message) Type() string { return "message" }

// Attr returns what is known of the message.
func (m *message) Attr(name string) (starlark.Value, error) {
	switch name {
	case "src":
		return m.run.resolve(value.Node(m.event.Node)), nil
	case "dst":
		return m.run.resolve(value.Node(m.dst)), nil
	case "type":
		return starlark.String(m.event.Name), nil
	case "at":
		return star.Duration(m.event.At), nil
	case "size":
		return starlark.MakeInt64(m.size), nil
	case "fields":
		return star.NewRecord(m.fields, m.run.resolve), nil
	}
	return nil, star.NoAttr(m, name)
}

// AttrNames lists what is known.
func (m *message) AttrNames() []string { return []string{"at", "dst", "fields", "size", "src", "type"} }
