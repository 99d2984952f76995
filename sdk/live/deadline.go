package live

import (
	"sync"
	"time"

	"github.com/netlab-dev/netlab/sdk/clock"
)

// deadlines are those of a kernel's socket, which knows the machine's time only.
type deadlines struct {
	node   *Node
	socket interface {
		SetReadDeadline(time.Time) error
		SetWriteDeadline(time.Time) error
	}

	mu          sync.Mutex
	read, write time.Time // the machine's; zero for none
	kept        bool      // by the node's timing
}

// setRead sets the deadline of reads, an instant of the node's clock; the zero time means none.
func (d *deadlines) setRead(deadline time.Time) error {
	d.node.timing.mu.RLock()
	defer d.node.timing.mu.RUnlock()
	return d.put(d.node.kernelDeadline(deadline), &d.read, d.socket.SetReadDeadline)
}

// setWrite does the same for writes.
func (d *deadlines) setWrite(deadline time.Time) error {
	d.node.timing.mu.RLock()
	defer d.node.timing.mu.RUnlock()
	return d.put(d.node.kernelDeadline(deadline), &d.write, d.socket.SetWriteDeadline)
}

func (d *deadlines) setBoth(deadline time.Time) error {
	if err := d.setRead(deadline); err != nil {
		return err
	}
	return d.setWrite(deadline)
}

// within sets both deadlines to an instant of the machine's that was found by the node's clock.
func (d *deadlines) within(due time.Time) error {
	d.node.timing.mu.RLock()
	defer d.node.timing.mu.RUnlock()
	if err := d.put(due, &d.read, d.socket.SetReadDeadline); err != nil {
		return err
	}
	return d.put(due, &d.write, d.socket.SetWriteDeadline)
}

// put sets one of the deadlines of the socket. The caller holds timing.mu for reading.
func (d *deadlines) put(due time.Time, field *time.Time, set func(time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := set(due); err != nil {
		return err
	}
	*field = due
	if !due.IsZero() && !d.kept {
		d.kept = true
		d.node.timing.keep(d)
	}
	return nil
}

// end forgets the deadlines of a socket that is closed.
func (d *deadlines) end() {
	d.node.timing.mu.RLock() // not in the midst of a retime
	defer d.node.timing.mu.RUnlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept {
		d.kept = false
		d.node.timing.forget(d)
	}
}

func (d *deadlines) retime(now time.Time, before, after clock.Clock) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, each := range []struct {
		due *time.Time
		set func(time.Time) error
	}{{&d.read, d.socket.SetReadDeadline}, {&d.write, d.socket.SetWriteDeadline}} {
		if each.due.After(now) {
			*each.due = now.Add(after.Rest(each.due.Sub(now), before))
			_ = each.set(*each.due) // it fails on a socket that is closed
		}
	}
}

// kernelDeadline is the machine's instant of a deadline on the node's clock. The zero time, which means none, stays.
// The caller holds timing.mu for reading.
func (n *Node) kernelDeadline(deadline time.Time) time.Time {
	if deadline.IsZero() {
		return deadline
	}
	return time.Now().Add(n.timing.clock.Until(deadline, n.timing.now()))
}
