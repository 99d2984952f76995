package balancer

import (
	"errors"
	"fmt"
	"slices"

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
	for b.Inflight() > 0 {
		if !b.leaving.Load() {
			return errors.New("configure has ended the drain")
		}
		if err := c.drains.Wait(sdk.Deadline(env)); err != nil {
			return sdk.Unknown(fmt.Errorf("%d requests are in flight still: %w", b.Inflight(), err))
		}
	}
	return nil
}

// release lets a leaving backend go: connections that wait are closed at once, those in use when they are given back, or
// reset when the time for that is over. It does nothing when configure has put the backend back meanwhile.
func (c *core) release(b *backend) {
	c.mu.Lock()
	if !b.leaving.Load() {
		c.mu.Unlock()
		return
	}
	b.pool.retire()
	if c.limits.drain > 0 {
		b.deadline = c.env.AfterFunc(c.limits.drain, b.pool.reset) // which never waits, so it may be under mu
	}
	c.mu.Unlock()
	b.pool.expire(c.now(), 0)
	if b.Inflight() == 0 {
		c.drained(b)
	}
}

// drained tells, once, that a leaving backend serves nothing any more.
func (c *core) drained(b *backend) {
	c.mu.Lock()
	first := !b.told && b.leaving.Load()
	b.told = b.told || first
	c.gone = slices.DeleteFunc(c.gone, func(other *backend) bool { return other == b })
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
