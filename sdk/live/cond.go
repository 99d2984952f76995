package live

import (
	"slices"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// cond is a condition variable whose waiters have deadlines. They are woken in the order in which they came.
type cond struct {
	sync.Mutex // the caller's lock
	node       *Node

	list    sync.Mutex // guards waiters: Signal needs no other lock
	waiters []*waiter
}

// waiter is one call of Wait. It is in the list until it is signalled or gives up, so being in the list tells which of
// the two came first.
type waiter struct {
	signal chan struct{}
	timer  *time.Timer
}

var idleWaiters = sync.Pool{New: func() any {
	w := &waiter{signal: make(chan struct{}, 1), timer: time.NewTimer(time.Hour)}
	w.timer.Stop()
	return w
}}

// NewCond makes a condition variable.
func (n *Node) NewCond() sdk.Cond { return &cond{node: n} }

// Wait unlocks, waits and locks again. See sdk.Cond.
func (c *cond) Wait(deadline time.Time) error {
	n := c.node
	n.waits()
	if n.stopped.Err() != nil {
		return sdk.ErrStopped
	}
	w := idleWaiters.Get().(*waiter)
	var left countdown // without a deadline its timer never rings, and its clock never changes
	var due <-chan time.Time
	if !deadline.IsZero() {
		left = n.timing.begin(w.timer, 0, deadline)
		due = w.timer.C
	}
	c.list.Lock()
	c.waiters = append(c.waiters, w)
	c.list.Unlock()

	c.Unlock()
	err := c.await(w, &left, due)
	c.Lock() // what is signalled while we wait for the lock still wins over the deadline
	if err != nil && !c.leave(w) {
		<-w.signal
		err = nil
	}
	w.timer.Stop()
	idleWaiters.Put(w)
	return err
}

// await waits until the waiter is signalled: nil, or until its deadline or the end of the node.
func (c *cond) await(w *waiter, left *countdown, due <-chan time.Time) error {
	for {
		select {
		case <-w.signal:
			return nil
		case <-due:
			return sdk.ErrTimeout
		case <-left.reset:
			left.again()
		case <-c.node.stopped.Done():
			return sdk.ErrStopped
		}
	}
}

// leave takes the waiter from the list; false if it has been signalled.
func (c *cond) leave(w *waiter) bool {
	c.list.Lock()
	defer c.list.Unlock()
	i := slices.Index(c.waiters, w)
	if i < 0 {
		return false
	}
	c.waiters = slices.Delete(c.waiters, i, i+1)
	return true
}

// Signal wakes the waiter that waits longest, if any.
func (c *cond) Signal() {
	c.list.Lock()
	defer c.list.Unlock()
	if len(c.waiters) > 0 {
		c.waiters[0].signal <- struct{}{}
		c.waiters = slices.Delete(c.waiters, 0, 1)
	}
}

// Broadcast wakes all waiters.
func (c *cond) Broadcast() {
	c.list.Lock()
	defer c.list.Unlock()
	for _, w := range c.waiters {
		w.signal <- struct{}{}
	}
	clear(c.waiters)
	c.waiters = c.waiters[:0]
}
