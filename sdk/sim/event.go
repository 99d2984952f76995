package sim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Emit adds an event of the component to the trace. What is not a struct of values that can travel is a mistake in the
// component, and panics.
func (n *Node) Emit(event any) {
	if n.stopped() {
		return
	}
	name, fields, err := value.Describe(event)
	if err != nil {
		panic(fmt.Sprintf("emit: %v", err))
	}
	n.world.burstOf(fields)
	n.Record(value.ClassComponent, name, fields)
}

// maxBurst bounds the events of one step, in bytes of memory: while it lasts, nobody can take them.
const maxBurst = 32 << 20

// burstOf counts what the present step emits, and panics when that is without end.
func (w *World) burstOf(fields value.Fields) {
	if w.burstStep != w.steps {
		w.burstStep, w.burst = w.steps, 0
	}
	const event = 96
	if w.burst += event + value.Weight(fields); w.burst > maxBurst {
		panic(fmt.Sprintf("emit: events of more than %d MiB without a wait between", maxBurst>>20))
	}
}

// Record adds an event of the lab, such as a fault, to the node's trace and digest.
func (n *Node) Record(class value.Class, name string, fields value.Fields) {
	n.noteEvent(class, name, fields)
	n.Trace(class, name, fields)
}

// Note adds an event to the node's digest only. The content is all that tells the event from others of its name.
func (n *Node) Note(class value.Class, name string, content []byte) {
	n.note(noteEvent, uint64(class), xxhash.Sum64String(name))
	n.note(noteContent, uint64(len(content)), xxhash.Sum64(content))
}

// Trace adds an event to the node's trace only, and returns its number: whoever wants it has made a Note of it, whether or
// not it is traced.
func (n *Node) Trace(class value.Class, name string, fields value.Fields) uint64 {
	n.events++
	e := value.Event{At: n.world.now, Node: n.name, Seq: n.events, Class: class, Name: name, Fields: fields}
	if n.world.config.Conns {
		e.Number, e.Cause = n.world.network.Number(), n.world.network.Cause
	}
	n.world.events = append(n.world.events, e)
	if n.world.config.Event != nil {
		n.world.config.Event(e)
	}
	return e.Number
}

// connEvent adds an event about a connection to the trace, if the trace is to have them. It is not in the digest, which
// has the segments.
func (n *Node) connEvent(name string, c *conn) {
	if n.world.config.Conns {
		n.Trace(value.ClassConn, name, value.Fields{{Name: "local", Value: c.local}, {Name: "remote", Value: c.remote}})
	}
}

// Drain returns the events since the last call, in order of (time, node, number).
func (w *World) Drain() []value.Event {
	events := w.events
	w.events = nil
	slices.SortFunc(events, func(a, b value.Event) int {
		return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Node, b.Node), cmp.Compare(a.Seq, b.Seq))
	})
	return events
}

// Parked says what a task waits for.
type Parked struct {
	Node string
	// What reads like "accept on n1:8080", "read from n2:8080", "sleep until 1.5s".
	What string
}

// Parked returns what the tasks that have not ended wait for, by node's name, then in order of birth: up to limit of them,
// and how many more there are.
func (w *World) Parked(limit int) (list []Parked, more int) {
	for _, n := range w.order {
		if n.inc == nil {
			continue
		}
		more += n.inc.tasks.count
		for e := n.inc.tasks.first; e != nil && len(list) < limit; e = e.next {
			list = append(list, Parked{Node: n.name, What: e.value.what()})
		}
	}
	return list, more - len(list)
}

func (t *task) what() string {
	switch {
	case !t.parked && t.inc.node.paused:
		return "the resume of the node"
	case !t.parked:
		return "its turn"
	}
	text := t.verb
	if t.place != nil {
		text += " " + t.place.String()
	}
	if t.until != never {
		text += " until " + t.until.String()
	}
	return text
}
