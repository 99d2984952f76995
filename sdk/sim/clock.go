package sim

import (
	"math"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/clock"
)

// time is the true time. It is asked many times in an instant.
func (w *World) time() time.Time {
	if w.told.now != w.now {
		w.told.now, w.told.time = w.now, sdk.Epoch.Add(w.now)
	}
	return w.told.time
}

// Now is the node's clock.
func (n *Node) Now() time.Time { return n.clock.Now(n.world.time()) }

// Elapsed is how much of the node's time has passed since its incarnation began.
func (n *Node) Elapsed() time.Duration {
	if n.inc == nil {
		return 0
	}
	return n.clock.Since(n.inc.began, n.world.time())
}

// Passed is how far the node's clock goes, as it goes now, while d passes in the world.
func (n *Node) Passed(d time.Duration) time.Duration { return n.clock.Passed(d) }

// SetClock makes the node's clock go at that speed from now on, and moves it by offset in all: see package clock, whose
// Validate the two must pass. What the node waits for, and has not got yet, comes at the new speed. A crash does not
// set the clock right. It must not be called by a task.
func (n *Node) SetClock(speed float64, offset time.Duration) {
	if n.world.closed {
		return
	}
	n.note(noteClock, math.Float64bits(speed), uint64(offset))
	before := n.clock
	n.clock = before.Set(n.world.time(), speed, offset)
	if n.inc != nil && !n.inc.dead && !n.clock.AsFastAs(before) {
		n.inc.retime(before)
	}
}

// after is the instant d of the node's time from now.
func (n *Node) after(d time.Duration) time.Duration {
	return later(n.world.now, n.clock.Wait(max(d, 0)))
}

// instant turns a deadline of the node's clock into an instant of the world. The zero time is never.
func (n *Node) instant(deadline time.Time) time.Duration {
	if deadline.IsZero() {
		return never
	}
	return max(later(n.world.now, n.clock.Until(deadline, n.world.time())), -1)
}

// retime moves everything that the tasks of the incarnation wait for by the node's clock: sleeps, timers, deadlines.
// The order is fixed, because it gives the steps their numbers.
func (inc *incarnation) retime(before clock.Clock) {
	n := inc.node
	moved := func(at time.Duration) time.Duration {
		if at <= n.world.now || at >= never-1 {
			return at
		}
		return later(n.world.now, n.clock.Rest(at-n.world.now, before))
	}
	for e := inc.conns.first; e != nil; e = e.next {
		e.value.reading.deadline = moved(e.value.reading.deadline)
		e.value.writing.deadline = moved(e.value.writing.deadline)
	}
	for _, s := range inc.sockets { // each by itself: the order leaves no trace
		s.read.deadline, s.write = moved(s.read.deadline), moved(s.write)
	}
	for e := inc.tasks.first; e != nil; e = e.next {
		e.value.retime(moved)
	}
	for e := inc.timers.first; e != nil; e = e.next {
		if t := &e.value.timer; t.place > 0 {
			t.move(moved(t.at()))
		}
	}
}

// retime moves the end of the task's wait.
func (t *task) retime(moved func(time.Duration) time.Duration) {
	if !t.parked || t.timer.place == 0 || t.ofDisk {
		return
	}
	if t.side == nil {
		t.until = moved(t.until)
	} else {
		t.limit = moved(t.limit)
		t.until = min(t.side.deadline, t.limit)
	}
	t.timer.move(t.until)
}

// at is the instant at which a timer that is set rings.
func (t *timer) at() time.Duration { return t.node.world.queue.steps[t.place-1].At }

// move sets a timer that is set to another instant.
func (t *timer) move(at time.Duration) { t.set(at, t.node.world.queue.steps[t.place-1].Src) }
