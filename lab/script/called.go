package script

import (
	"slices"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/sdk/value"
)

// A check names the calls whose answers it judges. Until the story numbers its moments, their numbers are those of the
// script's deeds.

// called notes where a call was made.
func (r *run) called(n *node, call *engine.Call, id engine.ID) result.Call {
	if !r.options.Story {
		return result.Call{}
	}
	c := &r.chronicle
	if len(c.calls) >= 2*mostMoments { // each call is a moment
		c.calls = slices.Clone(c.calls[mostMoments:])
	}
	m := made{callee{n.name, call.Method}, r.now(), id, r.here(), c.deed()}
	c.calls = append(c.calls, m)
	return result.Call{Node: n.name, Object: call.Object.ID, Number: m.deed, Maker: c.ofObject[keyOf(n.name, call.Object)].maker}
}

// objectKey names an object of a run: its fields are not part of that.
type objectKey struct {
	node        string
	incarnation int
	id          int64
}

func keyOf(node string, o value.Object) objectKey {
	return objectKey{node, o.Incarnation, o.ID}
}

// objectCalls are the deed that has returned an object, and the call of one of its methods that has ended last.
type objectCalls struct {
	maker uint64
	last  result.Call
}

// over notes that a call of a method of an object has ended.
func (c *chronicle) over(o value.Object, of result.Call) {
	if of.Number > 0 && of.Maker > 0 {
		c.note(keyOf(of.Node, o), objectCalls{of.Maker, of})
	}
}

func (c *chronicle) note(key objectKey, calls objectCalls) {
	if c.ofObject == nil {
		c.ofObject = map[objectKey]objectCalls{}
	}
	if _, known := c.ofObject[key]; known || len(c.ofObject) < 2*mostMoments {
		c.ofObject[key] = calls
	}
}

// made notes which call has returned the object, and over what time it has measured requests if it has.
func (r *run) made(o *object, reply *engine.Reply, of result.Call) {
	if of.Number == 0 {
		return
	}
	r.chronicle.note(keyOf(o.node.name, o.ref), objectCalls{maker: of.Number})
	if series, ok := reply.Series.(value.Fields); ok {
		all := bucketOf(series.Get("all"))
		of.Load, of.From, of.Until = true, all.At, all.At+all.For
	}
	o.of = of
}

// callsOf are the calls whose answers a value is: of an object the latest one, of a verdict those that contradict each other.
func callsOf(v starlark.Value) []result.Call {
	switch v := v.(type) {
	case *errorValue:
		return []result.Call{v.of}
	case *answer:
		return []result.Call{v.of}
	case *verdictValue:
		return v.calls
	case *object:
		if last := v.node.run.chronicle.ofObject[keyOf(v.node.name, v.ref)].last; last.Number > 0 && !v.of.Load {
			return []result.Call{last}
		}
		return []result.Call{v.of}
	}
	return nil
}

// numberCalls gives the calls of checks their numbers in the story. Those that have none there, such as queries, go.
func numberCalls(to *result.Run, numbers map[uint64]uint64) {
	for i := range to.Checks {
		c := &to.Checks[i]
		for j := range c.Calls {
			c.Calls[j].Number, c.Calls[j].Maker = numbers[c.Calls[j].Number], numbers[c.Calls[j].Maker]
		}
		c.Calls = slices.DeleteFunc(c.Calls, func(call result.Call) bool { return call.Number == 0 })
	}
}
