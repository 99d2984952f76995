package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// operation is one call of a method that the manifest marks as an operation, and what is known of it.
type operation struct {
	run            *run
	node           *node
	method         *method
	args           value.Fields
	task           int
	started, ended time.Duration // ended counts once it is answered
	begun, over    uint64        // the order of starts and ends as the run has seen them, which parts those of one instant
	answered       bool
	reply          engine.Reply
	call           result.Call // its end is told when it is judged
}

// operations records all of a run.
type operations struct {
	all    []*operation
	flying map[engine.ID]*operation
	edges  uint64
}

// start makes a call of the engine, and records it when it is an operation.
func (r *run) start(n *node, call engine.Call) engine.ID {
	o := r.operation(n, call)
	id := r.engine.Call(call)
	if o != nil {
		if r.operations.flying == nil {
			r.operations.flying = map[engine.ID]*operation{}
		}
		r.operations.flying[id] = o
	}
	return id
}

// refuse is the answer to a call that is not made, and has failed for that.
func (r *run) refuse(n *node, what string, call engine.Call, why string) starlark.Value {
	if o := r.operation(n, call); o != nil {
		o.answer(&engine.Reply{Status: engine.Failed, Error: why, At: o.started})
	}
	return r.failed(n, what, why)
}

// operation records the start of a call; nil when the method is not marked.
func (r *run) operation(n *node, call engine.Call) *operation {
	m := n.kind.methods[call.Method]
	if call.Object.ID != 0 {
		if m = nil; n.kind.objects[call.Object.Type] != nil {
			m = n.kind.objects[call.Object.Type].methods[call.Method]
		}
	}
	if m == nil || !m.operation {
		return nil
	}
	r.operations.edges++
	o := &operation{
		run: r, node: n, method: m, args: call.Args, task: r.current.number, started: r.now(), begun: r.operations.edges,
	}
	r.operations.all = append(r.operations.all, o)
	return o
}

// end records a reply, also one that comes when the script has given up on it.
func (ops *operations) end(reply *engine.Reply) {
	if o := ops.flying[reply.Call]; o != nil {
		delete(ops.flying, reply.Call)
		o.answer(reply)
	}
}

func (o *operation) answer(reply *engine.Reply) {
	o.run.operations.edges++
	o.answered, o.reply, o.over = true, *reply, o.run.operations.edges
	o.ended = max(reply.At, o.started)
}

// history is lab.history(nodes = None, key = None) -> history: the operations so far, in the order in which they began.
var history = verb{"history", "", func(r *run, c call) (starlark.Value, error) {
	var nodes, key starlark.Value
	if err := load.UnpackArgs("lab.history", c.args, c.kwargs, "nodes??", &nodes, "key??", &key); err != nil {
		return nil, err
	}
	among := r.nodes
	if nodes != nil {
		var err error
		if among, err = r.group(nodes); err != nil {
			return nil, fmt.Errorf("lab.history: nodes: %w", err)
		}
	}
	if err := recordable(among); err != nil {
		return nil, err
	}
	h := &historyValue{}
	for _, o := range r.operations.all {
		if !slices.Contains(among, o.node) {
			continue
		}
		if key != nil {
			if got, ok := o.args.Lookup("key"); !ok {
				continue
			} else if same, err := r.same(got, key); err != nil {
				return nil, fmt.Errorf("lab.history: key: %w", err)
			} else if !same {
				continue
			}
		}
		now := *o // what comes later belongs into a later history
		h.ops = append(h.ops, &now)
	}
	return h, nil
}}

// recordable refuses nodes none of which has an operation: their history would always be empty.
func recordable(nodes []*node) error {
	var kinds []string
	for _, n := range nodes {
		if n.kind.hasOperations() {
			return nil
		}
		if !slices.Contains(kinds, n.kind.name) {
			kinds = append(kinds, n.kind.name)
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	return star.Errorf("operations are the methods whose kind says so, such as get and put of a raft-client",
		"lab.history: no method of %s is an operation", strings.Join(kinds, ", "))
}

func (k *kind) hasOperations() bool {
	for _, m := range k.methods {
		if m.operation {
			return true
		}
	}
	for _, object := range k.objects {
		for _, m := range object.methods {
			if m.operation {
				return true
			}
		}
	}
	return false
}

// historyValue is a list of operations, falsy when it is empty. It has no slices: a part of a history says nothing of
// the whole.
type historyValue struct{ ops []*operation }

var (
	_ starlark.HasAttrs  = (*historyValue)(nil)
	_ starlark.Indexable = (*historyValue)(nil)
	_ starlark.Sequence  = (*historyValue)(nil)
)

func (h *historyValue) String() string {
	if len(h.ops) == 1 {
		return "history of 1 operation"
	}
	return "history of " + result.Count(len(h.ops), "operation")
}

func (h *historyValue) Type() string          { return "history" }
func (h *historyValue) Freeze()               {}
func (h *historyValue) Truth() starlark.Bool  { return len(h.ops) > 0 }
func (h *historyValue) Hash() (uint32, error) { return 0, errors.New("unhashable type: history") }

// Len is the number of operations.
func (h *historyValue) Len() int { return len(h.ops) }

// Index returns one operation.
func (h *historyValue) Index(i int) starlark.Value { return h.ops[i] }

// Iterate goes through the operations in the order in which they began.
func (h *historyValue) Iterate() starlark.Iterator { return h.tuple().Iterate() }

func (h *historyValue) tuple() starlark.Tuple {
	items := make(starlark.Tuple, len(h.ops))
	for i, o := range h.ops {
		items[i] = o
	}
	return items
}

// Attr returns .ops.
func (h *historyValue) Attr(name string) (starlark.Value, error) {
	defer bug.Catch()
	if name == "ops" {
		return starlark.NewList(h.tuple()), nil
	}
	return nil, star.NoAttr(h, name)
}

// AttrNames lists the words of a history.
func (h *historyValue) AttrNames() []string { return []string{"ops"} }

// An operation of a history is a value of the script, too; it does not change any more.
var _ starlark.HasAttrs = (*operation)(nil)

func (o *operation) String() string {
	text := fmt.Sprintf("%s.%s(%s)", o.node, o.method.name, star.NewRecord(o.args, o.run.resolve).Text())
	switch {
	case o.ok():
		return fmt.Sprintf("%s -> %s from %s to %s", text, star.Show(o.result(), maxShown), value.Short(o.started),
			value.Short(o.ended))
	case o.failed():
		return fmt.Sprintf("%s failed at %s", text, value.Short(o.ended))
	}
	return fmt.Sprintf("%s from %s, unknown", text, value.Short(o.started))
}

func (o *operation) Type() string          { return "operation" }
func (o *operation) Freeze()               {}
func (o *operation) Truth() starlark.Bool  { return starlark.Bool(o.ok()) }
func (o *operation) Hash() (uint32, error) { return uint32(o.begun), nil }

func (o *operation) ok() bool     { return o.answered && o.reply.Status == engine.OK }
func (o *operation) failed() bool { return o.answered && o.reply.Status == engine.Failed }

// result is what the method has returned, None when it has not.
func (o *operation) result() starlark.Value {
	if !o.ok() || o.method.result == nil {
		return starlark.None
	}
	return o.run.typed(o.reply.Value, o.method.result)
}

// why says what went wrong, if anything did.
func (o *operation) why() starlark.Value {
	switch {
	case o.ok():
		return starlark.None
	case !o.answered:
		return starlark.String("no answer so far")
	}
	return starlark.String(o.reply.Error)
}

// Attr returns what is known of the operation.
func (o *operation) Attr(name string) (starlark.Value, error) {
	switch name {
	case "node":
		return o.node, nil
	case "method":
		return starlark.String(o.method.name), nil
	case "args":
		return star.NewRecord(o.args, o.run.resolve), nil
	case "key":
		return star.FromValue(o.args.Get("key"), o.run.resolve), nil
	case "task":
		return starlark.MakeInt(o.task), nil
	case "started":
		return star.Duration(o.started), nil
	case "ended":
		if !o.answered {
			return starlark.None, nil
		}
		return star.Duration(o.ended), nil
	case "ok":
		return starlark.Bool(o.ok()), nil
	case "failed":
		return starlark.Bool(o.failed()), nil
	case "unknown":
		return starlark.Bool(!o.ok() && !o.failed()), nil
	case "error":
		return o.why(), nil
	case "result":
		return o.result(), nil
	}
	return nil, star.NoAttr(o, name)
}

// AttrNames lists what an operation tells.
func (o *operation) AttrNames() []string {
	return []string{
		"args", "ended", "error", "failed", "key", "method", "node", "ok", "result", "started", "task", "unknown",
	}
}
