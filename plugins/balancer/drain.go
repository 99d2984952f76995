package balancer

import (
	"fmt"

	"github.com/netlab-dev/netlab/sdk"
)

type drainArgs struct {
	Backend string `lab:"backend,doc=its name, or its address"`
}

// drain takes a backend out of the choice and waits until what it serves has ended.
func (b *balancer) drain(env sdk.Env, args drainArgs) error {
	c := b.core
	c.mu.Lock()
	leaver, err := c.find(args.Backend)
	if err != nil {
		c.mu.Unlock()
		return err
	}
	fresh := !leaver.leaving.Swap(true)
	c.republish()
	c.mu.Unlock()
	if fresh {
		c.release(leaver)
	}
	return c.outlast(env, leaver)
}

// outlast returns when the backend has drained, or when the script gives up.
func (c *core) outlast(env sdk.Env, b *backend) error {
	c.drains.Lock()
	defer c.drains.Unlock()
	for b.leaving.Load() && b.Inflight() > 0 {
		if err := c.drains.Wait(sdk.Deadline(env)); err != nil {
			return sdk.Unknown(fmt.Errorf("%d requests are in flight still: %w", b.Inflight(), err))
		}
	}
	return nil
}

// release lets a backend go that is not picked any more: connections that wait are closed at once, those in use when
// they are given back, or reset when the time for that is over.
func (c *core) release(b *backend) {
	b.leaving.Store(true)
	b.pool.retire(c.env.Now())
	if c.limits.drain > 0 {
		deadline := c.env.AfterFunc(c.limits.drain, b.pool.reset)
		c.mu.Lock()
		b.deadline = deadline
		c.mu.Unlock()
	}
	if b.Inflight() == 0 {
		c.drained(b)
	}
}

// drained tells, once, that a leaving backend serves nothing any more.
func (c *core) drained(b *backend) {
	c.mu.Lock()
	first := !b.told && b.leaving.Load()
	b.told = b.told || first
	if first && b.deadline != nil {
		b.deadline.Stop()
		b.deadline = nil
	}
	c.mu.Unlock()
	c.drains.Lock()
	c.drains.Broadcast()
	c.drains.Unlock()
	if first {
		c.env.Emit(backendDrained{Backend: b.Name})
	}
}
