package live

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/clock"
)

// Monotonic is the machine's CLOCK_MONOTONIC: one clock for all processes of a run, which no step of the wall clock
// moves.
func Monotonic() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err) // only a bad clock id can fail
	}
	return time.Duration(t.Nano())
}

// timing is a node's clock, and what waits by it. True time is the machine's.
type timing struct {
	// mu is held for writing while the clock is set, and for reading by whoever turns a time of the node into one of
	// the machine and begins to wait for that: no wait is missed by a change.
	mu    sync.RWMutex
	clock clock.Clock
	moved atomic.Bool   // the clock was set: it may differ from the machine's
	reset chan struct{} // closed when the clock is set next
	began clock.Mark
	start time.Time // the machine's time of it, with its monotonic clock

	list  sync.Mutex
	waits map[timed]struct{}
}

// timed is a wait that a change of the clock's speed moves. retime is called with timing.mu held for writing.
type timed interface {
	retime(now time.Time, before, after clock.Clock)
}

func newTiming() *timing {
	start := time.Now()
	t := &timing{reset: make(chan struct{}), waits: map[timed]struct{}{}, start: start}
	t.began = clock.Clock{}.Mark(t.now())
	return t
}

// now is true time: the machine's monotonic clock, since its wall clock may be set while a run is under way.
func (t *timing) now() time.Time { return t.start.Round(0).Add(time.Since(t.start)) }

func (t *timing) keep(w timed) {
	t.list.Lock()
	defer t.list.Unlock()
	t.waits[w] = struct{}{}
}

func (t *timing) forget(w timed) {
	t.list.Lock()
	defer t.list.Unlock()
	delete(t.waits, w)
}

// present is the clock in force, and what is closed when that is over.
func (t *timing) present() (clock.Clock, <-chan struct{}) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.clock, t.reset
}

// Passed is how far the node's clock goes, as it goes now, while d passes for the host.
func (n *Node) Passed(d time.Duration) time.Duration {
	c, _ := n.timing.present()
	return c.Passed(d)
}

// SetClock makes the node's clock go at that speed from now on, and moves it by offset in all: see package clock. What
// the node waits for, and has not got yet, comes at the new speed. It may be called from any goroutine.
func (n *Node) SetClock(speed float64, offset time.Duration) {
	t := n.timing
	t.mu.Lock()
	defer t.mu.Unlock()
	now, before := time.Now(), t.clock
	t.clock = before.Set(t.now(), speed, offset)
	t.moved.Store(true)
	close(t.reset)
	t.reset = make(chan struct{})
	if t.clock.AsFastAs(before) {
		return
	}
	t.list.Lock()
	defer t.list.Unlock()
	for w := range t.waits {
		w.retime(now, before, t.clock)
	}
}

// Now is the node's clock. It is read several times for each request of a server, and nearly always it is the machine's.
func (n *Node) Now() time.Time {
	if !n.timing.moved.Load() {
		return clock.Clock{}.Now(n.timing.now())
	}
	present, _ := n.timing.present()
	return present.Now(n.timing.now())
}

// Elapsed is how much of the node's time has passed since New, by the machine's monotonic clock.
func (n *Node) Elapsed() time.Duration {
	if !n.timing.moved.Load() {
		return time.Since(n.timing.start)
	}
	present, _ := n.timing.present()
	return present.Since(n.timing.began, n.timing.now())
}

// countdown is a wait by a timer in the hands of the one who waits. The timer rings when it is over.
type countdown struct {
	timing *timing
	timer  *time.Timer
	clock  clock.Clock
	reset  <-chan struct{} // to be met by again
	due    time.Time       // the machine's
}

// begin sets the timer to when d has passed on the clock; a deadline that is not zero counts instead.
func (t *timing) begin(timer *time.Timer, d time.Duration, deadline time.Time) countdown {
	present, reset := t.present()
	now, wait := time.Now(), present.Wait(d)
	if !deadline.IsZero() {
		wait = present.Until(deadline, t.now())
	}
	c := countdown{timing: t, timer: timer, clock: present, reset: reset, due: now.Add(wait)}
	timer.Reset(wait)
	return c
}

// again sets the timer anew, by the clock in force.
func (c *countdown) again() {
	before, now := c.clock, time.Now()
	c.clock, c.reset = c.timing.present()
	c.due = now.Add(c.clock.Rest(c.due.Sub(now), before))
	c.timer.Reset(c.due.Sub(now))
}

// Sleep waits for d on the node's clock; ErrStopped once the node stops.
func (n *Node) Sleep(d time.Duration) error {
	n.waits()
	if n.stopped.Err() != nil {
		return sdk.ErrStopped
	}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for c := n.timing.begin(timer, d, time.Time{}); ; {
		select {
		case <-timer.C:
			return nil
		case <-c.reset:
			c.again()
		case <-n.stopped.Done():
			return sdk.ErrStopped
		}
	}
}

// afterFunc is the handle of Env.AfterFunc.
type afterFunc struct {
	timing *timing
	timer  *time.Timer
	due    time.Time // the machine's
}

// AfterFunc runs f as a task after d, unless the node has stopped by then. When Stop of the timer returns true, f never
// runs.
func (n *Node) AfterFunc(d time.Duration, f func()) sdk.Timer {
	t := n.timing
	t.mu.RLock()
	defer t.mu.RUnlock()
	now := time.Now()
	a := &afterFunc{timing: t, due: now.Add(t.clock.Wait(d))}
	t.keep(a)
	a.timer = time.AfterFunc(a.due.Sub(now), func() {
		t.forget(a)
		n.Go(f)
	})
	return a
}

// Stop reports whether it prevented the function from starting.
func (a *afterFunc) Stop() bool {
	a.timing.mu.RLock() // a change of the clock stops the timer, too, for a moment
	defer a.timing.mu.RUnlock()
	a.timing.forget(a)
	return a.timer.Stop()
}

func (a *afterFunc) retime(now time.Time, before, after clock.Clock) {
	if a.timer.Stop() {
		a.due = now.Add(after.Rest(a.due.Sub(now), before))
		a.timer.Reset(a.due.Sub(now))
	}
}
