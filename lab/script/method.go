package script

import (
	"fmt"
	"sort"
	"strconv"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// How long a method may take when the call does not say. One that is told for how long it is to work, by an argument
// named duration, has that much more than the default. One that ends by itself has a day, in case its node is paused.
const (
	defaultTimeout = 10 * time.Second
	endingTimeout  = 24 * time.Hour
)

// bind makes a method of a node, or of an object on it, a value that can be called.
func (r *run) bind(n *node, object value.Object, m *method) starlark.Value {
	what := n.name + "." + m.name
	if object.ID != 0 {
		what = object.Type + "." + m.name
	}
	return load.Builtin(what, func(
		thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		timeout, given, kwargs, err := takeTimeout(kwargs)
		if err != nil {
			return nil, fmt.Errorf("%s: timeout: %w", what, err)
		}
		fields, err := m.args.bind(what, m.args.defaults, args, kwargs)
		if err != nil {
			return nil, err
		}
		if err := r.mentions(what, &m.args, m.args.defaults, fields); err != nil {
			return nil, err
		}
		during, _ := fields.Get("duration").(time.Duration)
		switch {
		case given:
		case m.ending:
			timeout = endingTimeout
		default:
			timeout = later(timeout, during)
		}
		call := engine.Call{Node: n.name, Object: object, Method: m.name, Args: fields, Timeout: timeout, Given: given}
		answer, err := r.call(n, what, call, m.result, timeout)
		if e, failed := answer.(*errorValue); failed {
			e.fields, e.methods = n.kind.fieldsOfAnswer(m.result), n.kind.methodsOfAnswer(m.result)
		}
		return answer, err
	})
}

// takeTimeout takes out the one keyword that every method has, and which is the lab's.
func takeTimeout(kwargs []starlark.Tuple) (timeout time.Duration, given bool, rest []starlark.Tuple, err error) {
	for i, kw := range kwargs {
		if kw[0].(starlark.String) != "timeout" {
			continue
		}
		var d span
		if err := d.Unpack(kw[1]); err != nil {
			return 0, false, nil, err
		}
		rest := append([]starlark.Tuple(nil), kwargs[:i]...)
		return d.Duration, true, append(rest, kwargs[i+1:]...), nil
	}
	return defaultTimeout, false, kwargs, nil
}

// call makes the call and waits for its outcome, which is a value unless the call is wrong.
func (r *run) call(
	n *node, what string, call engine.Call, result *manifest.Parameter, timeout time.Duration,
) (starlark.Value, error) {
	if why := n.unavailable(); why != "" {
		return r.refuse(n, what, call, why), nil
	}
	if call.Object.ID != 0 && call.Object.Incarnation != n.incarnation {
		return r.refuse(n, what, call, n.name+" has restarted since"), nil
	}
	if r.options.Keep != nil && !r.kept {
		return nil, r.current.park(never) // the first wait of an experiment that is not to go on
	}
	id := r.start(n, call)
	of := r.called(n, &call, id)
	if o := r.operations.flying[id]; o != nil {
		o.call = of
	}
	r.dirty = true
	limit := later(r.now(), timeout)
	reply, err := r.current.await(id, limit)
	if err != nil {
		return nil, err
	}
	if reply != nil && reply.At > limit { // in live, both may be known by now
		reply = nil
	}
	if of.Until = r.now(); reply != nil {
		of.Until = reply.At
	}
	r.chronicle.over(call.Object, of)
	if reply == nil {
		return &errorValue{run: r, node: n, what: what, why: "no answer within " + value.Short(timeout), unknown: true, of: of}, nil
	}
	switch reply.Status {
	case engine.OK:
		r.measured(n, &call, reply)
		return r.answer(n, reply, result, of), nil
	case engine.Failed:
		return &errorValue{run: r, node: n, what: what, why: reply.Error, of: of}, nil
	case engine.Misuse:
		hint, _ := reply.Value.(string)
		return nil, star.Errorf(hint, "%s: %s", what, reply.Error)
	default:
		return &errorValue{run: r, node: n, what: what, why: reply.Error, unknown: true, of: of}, nil
	}
}

func (r *run) failed(n *node, what, why string) starlark.Value {
	return &errorValue{run: r, node: n, what: what, why: why}
}

// answer turns a result into what the script sees.
func (r *run) answer(n *node, reply *engine.Reply, typ *manifest.Parameter, of result.Call) starlark.Value {
	if typ == nil {
		return &answer{node: n, took: reply.Took, of: of}
	}
	switch value := r.typed(reply.Value, typ).(type) {
	case *star.Record:
		return &answer{node: n, record: value, took: reply.Took, of: of}
	case *object:
		value.took = reply.Took
		r.made(value, reply, of)
		return value
	default:
		return value
	}
}

// typed turns a value that has travelled into a Starlark value. Structs and dicts travel alike; the manifest tells them
// apart.
func (r *run) typed(v any, typ *manifest.Parameter) starlark.Value {
	fields, ok := v.(value.Fields)
	switch {
	case ok && typ.Type.IsDict():
		return r.dict(fields, typ.Type.Base == value.Numbered)
	case ok:
		record := star.NewRecord(fields, r.resolve)
		for _, sub := range typ.Fields {
			if sub.Type.IsDict() || len(sub.Fields) > 0 {
				record = record.With(sub.Name, r.typed(fields.Get(sub.Name), sub))
			}
		}
		return record
	}
	return star.FromValue(v, r.resolve)
}

// dict makes a dict. Keys that are no integers stay texts.
func (r *run) dict(fields value.Fields, numbered bool) starlark.Value {
	dict := starlark.NewDict(len(fields))
	for _, f := range fields {
		key := starlark.Value(starlark.String(f.Name))
		if n, err := strconv.ParseInt(f.Name, 10, 64); numbered && err == nil {
			key = starlark.MakeInt64(n)
		}
		// A text or a number as a key of a dict that is not frozen: this cannot fail.
		_ = dict.SetKey(key, star.FromValue(f.Value, r.resolve))
	}
	return dict
}

// object is a thing on a node that a method has returned: a connection, a socket.
type object struct {
	node    *node
	ref     value.Object
	methods map[string]*method
	fields  *star.Record // what it said of itself when it was returned
	took    time.Duration
	of      result.Call // that has returned it
	bound   map[string]starlark.Value
}

var (
	_ starlark.HasAttrs   = (*object)(nil)
	_ starlark.Comparable = (*object)(nil)
	_ star.Reference      = (*object)(nil)
)

func (o *object) String() string        { return o.ref.Type + " of " + o.node.name }
func (o *object) Type() string          { return o.ref.Type }
func (o *object) Freeze()               {}
func (o *object) Truth() starlark.Bool  { return true }
func (o *object) Hash() (uint32, error) { return uint32(o.ref.ID), nil }

// Reference is how the object travels to a plugin.
func (o *object) Reference() any { return o.ref }

// CompareSameType knows equality only.
func (o *object) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	if op != syntax.EQL && op != syntax.NEQ {
		return false, fmt.Errorf("%s %s %s: objects have no order", o.Type(), op, y.Type())
	}
	other, ok := y.(*object)
	same := ok && o.node == other.node && o.ref.Incarnation == other.ref.Incarnation && o.ref.ID == other.ref.ID
	return same == (op == syntax.EQL), nil
}

// Attr returns a method of the object's type.
func (o *object) Attr(name string) (starlark.Value, error) {
	switch name {
	case "ok":
		return starlark.True, nil
	case "failed", "unknown":
		return starlark.False, nil
	case "took":
		return star.Duration(o.took), nil
	}
	if b, ok := o.bound[name]; ok {
		return b, nil
	}
	m, ok := o.methods[name]
	if !ok {
		if v := o.fields.Get(name); v != nil {
			return v, nil
		}
		if name == "error" {
			return starlark.None, nil // as of every answer that is ok
		}
		return nil, star.NoAttr(o, name)
	}
	if o.bound == nil {
		o.bound = map[string]starlark.Value{}
	}
	o.bound[name] = o.node.run.bind(o.node, o.ref, m)
	return o.bound[name], nil
}

// AttrNames lists the object's methods.
func (o *object) AttrNames() []string {
	names := []string{"ok", "failed", "unknown", "error", "took"}
	names = append(names, o.fields.AttrNames()...)
	for name := range o.methods {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
