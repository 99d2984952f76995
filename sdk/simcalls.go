package sdk

import (
	"slices"

	"github.com/netlab-dev/netlab/sdk/env"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// simCall is one call of a method in virtual time.
type simCall struct {
	world      *simWorld
	node       *simNode
	instance   *instance
	invocation invocation
	method     string
	reply      *wire.Reply
	value      any
}

var statusName = [...]string{wire.Reply_OK: "ok", wire.Reply_FAILED: "failed", wire.Reply_UNKNOWN: "unknown"}

// call starts a method as a task of its node. A method that does not wait has been answered when call returns.
func (w *simWorld) call(call *wire.Call) {
	c := &simCall{
		world: w, node: w.nodes[call.GetNode()], method: call.GetMethod(), reply: &wire.Reply{Call: call.GetId()},
	}
	if c.node == nil || c.node.instance == nil {
		c.refuse(call.GetNode() + " is not running")
		return
	}
	c.instance = c.node.instance
	var err error
	c.invocation, err = c.instance.prepare(call)
	c.node.node.Record(env.ClassCall, "called", env.Fields{
		{Name: "method", Value: call.GetMethod()},
		{Name: "object", Value: call.GetObject()},
		{Name: "arguments", Value: c.invocation.arguments},
	})
	if err != nil {
		c.refuse(wire.Text(err.Error()))
		return
	}
	c.node.node.Call(c.run, c.done)
}

// run is the task. What the value is on the wire is found out here, where a panic is the node's.
func (c *simCall) run(env.Env) {
	result, err := c.invocation.call()
	status, value, text := c.instance.reply(c.invocation.method, result, err)
	c.reply.Status, c.reply.Error = status, wire.Text(text)
	if status == wire.Reply_OK {
		c.reply.Value, c.value = wire.ToValue(value), value
	}
}

func (c *simCall) done(stopped bool) {
	if stopped {
		c.reply.Status, c.reply.Value, c.value = wire.Reply_UNKNOWN, nil, nil
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
	c.reply.At = int64(w.world.Now())
	if c.instance != nil {
		outcome := env.Field{Name: "value", Value: c.value}
		if c.reply.GetStatus() != wire.Reply_OK {
			outcome = env.Field{Name: "error", Value: c.reply.GetError()}
		}
		c.node.node.Record(env.ClassCall, "answered", env.Fields{
			{Name: "method", Value: c.method}, {Name: "status", Value: statusName[c.reply.GetStatus()]}, outcome,
		})
	}
	w.replies = append(w.replies, c.reply)
	w.woken = w.woken || slices.Contains(w.wake, c.reply.GetCall())
}
