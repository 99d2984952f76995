package serve

import (
	"encoding/binary"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// simCall is one call of a method in virtual time.
type simCall struct {
	world      *simWorld
	node       *simNode
	instance   *instance // nil when the call cannot be made
	invocation invocation
	method     string
	reply      wire.Reply
	ahead      bool // a preview, not yet answered
	over       bool // it has been answered
}

func (c *simCall) isQuery() bool { return c.invocation.method != nil && c.invocation.method.query }

var statusName = [...]string{
	wire.Reply_OK: "ok", wire.Reply_FAILED: "failed", wire.Reply_UNKNOWN: "unknown", wire.Reply_MISUSE: "misuse",
}

// call starts a method as a task of its node. A method that does not wait has been answered when call returns.
func (w *simWorld) call(call *wire.Call) {
	c := &simCall{world: w, node: w.nodes[call.GetNode()], method: call.GetMethod()}
	c.reply.Call = call.GetId()
	if c.node == nil || c.node.instance == nil {
		c.refuse(call.GetNode() + " is not running")
		return
	}
	c.instance = c.node.instance
	call.At = int64(w.world.Now())
	err := c.invocation.prepare(c.instance, call)
	if c.isQuery() { // what a change of this instant has woken comes first, else two queries would tell of two states
		w.world.Settle()
	}
	c.called(call)
	if err != nil {
		c.refuse(wire.Text(err.Error()))
		return
	}
	if !c.isQuery() {
		w.changes++
	}
	c.start(call)
}

// start runs the method. A query that was answered at once is compared with what it answered before.
func (c *simCall) start(call *wire.Call) {
	at := c.world.moment()
	c.node.node.Call(c.run, c.done)
	if !c.over || !c.isQuery() || at != c.world.moment() {
		return
	}
	if err := c.instance.agree(at, c, call); err != nil {
		c.world.failures = append(c.world.failures, failureOf(c.instance.name, at.now, err, ""))
	}
}

// run is the task. What the value is on the wire is found out here, where a panic is the node's.
func (c *simCall) run(sdk.Env) {
	result, err := c.invocation.call()
	status, value, text := c.instance.reply(c.invocation.method, result, err)
	c.reply.Status, c.reply.Value, c.reply.Error = status, value, wire.Text(text)
	if c.world.open.GetSeries() {
		c.reply.Series = c.instance.measured(&c.invocation, result, err)
	}
}

func (c *simCall) done(stopped bool) {
	if stopped {
		c.reply.Status, c.reply.Value = wire.Reply_UNKNOWN, nil
		c.reply.Error = c.instance.name + " stopped"
	}
	c.answer()
}

func (c *simCall) refuse(why string) {
	c.reply.Status, c.reply.Error = wire.Reply_FAILED, why
	c.answer()
}

func (c *simCall) answer() {
	w := c.world
	c.over = true
	c.reply.At = int64(w.world.Now())
	if c.ahead {
		c.ahead = false // from here on nobody listens
		return
	}
	if c.instance != nil {
		c.answered()
	}
	w.replies = append(w.replies, &c.reply)
	w.woken = w.woken || slices.Contains(w.wake, c.reply.GetCall())
}

// called makes the call part of the run's record: of the digest unless it is a query, of the trace when the host wants
// it whole.
func (c *simCall) called(call *wire.Call) {
	w := c.world
	w.world.Because(value.Cause{})
	if c.isQuery() && !w.open.GetFull() {
		return
	}
	content := append(w.scratch[:0], c.method...)
	content = binary.AppendVarint(append(content, 0), call.GetObject())
	content, err := proto.MarshalOptions{Deterministic: true}.MarshalAppend(content, call.GetArguments())
	if err != nil { // it has been decoded from the same form
		panic(fmt.Sprintf("the arguments of %s: %v", c.method, err))
	}
	w.scratch = content
	if !c.isQuery() {
		c.node.node.Note(value.ClassCall, "called", content)
	}
	if w.open.GetFull() {
		number := c.node.node.Trace(value.ClassCall, "called", value.Fields{
			{Name: "method", Value: c.method},
			{Name: "object", Value: call.GetObject()},
			{Name: "arguments", Value: c.invocation.arguments},
		})
		w.world.Because(value.Cause{Of: number})
		if c.isQuery() {
			w.world.Because(value.Look)
		}
	}
}

// answered does the same for the reply.
func (c *simCall) answered() {
	w := c.world
	if c.isQuery() && !w.open.GetFull() {
		return
	}
	content := append(w.scratch[:0], c.method...)
	content = append(content, 0, byte(c.reply.Status))
	content = append(content, c.reply.Value...)
	content = append(content, c.reply.Error...)
	w.scratch = content
	if !c.isQuery() {
		c.node.node.Note(value.ClassCall, "answered", content)
	}
	if !w.open.GetFull() {
		return
	}
	outcome := value.Field{Name: "error", Value: c.reply.Error}
	if c.reply.Status == wire.Reply_OK {
		v, err := wire.DecodeValue(c.reply.Value)
		if err != nil {
			panic(fmt.Sprintf("the answer of %s: %v", c.method, err))
		}
		outcome = value.Field{Name: "value", Value: v}
	}
	c.node.node.Trace(value.ClassCall, "answered", value.Fields{
		{Name: "method", Value: c.method}, {Name: "status", Value: statusName[c.reply.Status]}, outcome,
	})
}
