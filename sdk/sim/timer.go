package sim

import (
	"math"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/value"
)

// never is the instant of what is not due at all.
const never = time.Duration(math.MaxInt64)

// lastRank orders a step after all others of its instant at its node.
const lastRank = math.MaxUint64

// alarm is what a timer rings.
type alarm interface {
	ring()
}

// timer is a step that can be taken back. It is embedded in what it rings.
type timer struct {
	node    *Node
	alarm   alarm
	cause   uint64 // of what has set it
	place   int    // index in the queue plus 1; 0 when it is not there
	overdue bool   // was due while the node was paused: it rings at the resume
}

// set makes the timer ring at the instant, replacing what was set before.
func (t *timer) set(at time.Duration, rank uint64) {
	t.stop()
	if at == never {
		return
	}
	w := t.node.world
	t.cause = w.network.Cause.Of
	w.queue.push(step{network.Order{At: max(at, w.now), Dst: t.node.rank, Src: rank, Seq: t.node.host.NextSeq()}, t})
}

// stop reports whether the timer was set.
func (t *timer) stop() bool {
	was := t.place > 0 || t.overdue
	if t.place > 0 {
		t.node.world.queue.removeAt(t.place - 1)
	}
	t.overdue = false
	return was
}

func (t *timer) happen() {
	n := t.node
	if n.paused {
		t.overdue = true
		n.late = append(n.late, t)
		return
	}
	n.note(noteTimer, 0, 0)
	n.world.Because(value.Cause{Of: t.cause, Timer: true})
	t.alarm.ring()
}

// afterFunc is the handle of Env.AfterFunc.
type afterFunc struct {
	timer
	element element[*afterFunc] // on its incarnation's list while it is set
	inc     *incarnation
	f       func()
}

func (n *Node) AfterFunc(d time.Duration, f func()) sdk.Timer {
	a := &afterFunc{f: f}
	if n.stopped() {
		return a
	}
	a.inc = n.inc
	a.element.value = a
	a.timer.node, a.timer.alarm = n, a
	a.inc.timers.add(&a.element)
	a.set(n.after(d), n.rank)
	return a
}

func (a *afterFunc) ring() {
	a.element.leave()
	a.inc.spawn(a.f)
}

// Stop reports whether it prevented the function from starting.
func (a *afterFunc) Stop() bool {
	if a.node == nil || !a.stop() {
		return false
	}
	a.element.leave()
	return true
}

// later is at + d, not beyond the end of time.
func later(at, d time.Duration) time.Duration {
	if d >= never-at {
		return never - 1
	}
	return at + d
}
