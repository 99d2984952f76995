package live

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/sdk/env"
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

// clock is how a node's clock differs from the machine's. It is a value: a fault puts another one in its place.
type clock struct {
	since  time.Time     // the machine's time from which speed counts
	offset time.Duration // what the node's clock is ahead at since
	speed  float64       // seconds of the node's clock in a second of the machine's
}

// trueClock is the machine's own.
var trueClock = clock{speed: 1}

// now is the node's time at the machine's time t.
func (c clock) now(t time.Time) time.Time {
	ahead := c.offset
	if c.speed != 1 {
		ahead += time.Duration(float64(t.Sub(c.since)) * (c.speed - 1))
	}
	return t.Add(ahead)
}

// wait is how long d of the node's clock lasts on the machine's. Durations follow the speed, never the offset.
func (c clock) wait(d time.Duration) time.Duration {
	if c.speed == 1 {
		return d
	}
	return time.Duration(float64(d) / c.speed)
}

// until is how long after the machine's time t the node's clock shows deadline.
func (c clock) until(deadline, t time.Time) time.Duration {
	return c.wait(deadline.Sub(c.now(t)))
}

// kernelDeadline is the machine's instant of a deadline on the node's clock. The zero time, which means none, stays.
func (n *Node) kernelDeadline(deadline time.Time) time.Time {
	if deadline.IsZero() {
		return deadline
	}
	now := time.Now()
	return now.Add(n.clock.until(deadline, now))
}

// Now is the node's clock.
func (n *Node) Now() time.Time { return n.clock.now(time.Now()) }

// Sleep waits for d on the node's clock; ErrStopped once the node stops.
func (n *Node) Sleep(d time.Duration) error {
	n.waits()
	if n.stopped.Err() != nil {
		return env.ErrStopped
	}
	timer := time.NewTimer(n.clock.wait(d))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-n.stopped.Done():
		return env.ErrStopped
	}
}

// AfterFunc runs f as a task after d, unless the node has stopped by then. When Stop of the timer returns true, f never
// runs.
func (n *Node) AfterFunc(d time.Duration, f func()) env.Timer {
	return time.AfterFunc(n.clock.wait(d), func() { n.Go(f) })
}
