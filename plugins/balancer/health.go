package balancer

import (
	"errors"
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// health is how backends are checked.
type health struct {
	every, timeout time.Duration
	path           string
	rise, fall     int
}

// watch checks a backend from time to time until it is removed. The first check comes at a random time within the
// interval: checks of many backends are not to come at once.
func (c *core) watch(b *backend) {
	if c.limits.every <= 0 || !c.claim(b) {
		return
	}
	pause := time.Duration(c.env.Rand().Int64N(int64(c.limits.every)))
	c.env.Go(func() {
		for c.env.Sleep(pause) == nil && !c.dismissed(b) {
			c.judge(b, c.check(b.addr))
			if c.limits.idle > 0 {
				b.pool.expire(c.now(), c.limits.idle)
			}
			pause = c.limits.every
		}
	})
}

// claim reports whether nobody watches the backend yet.
func (c *core) claim(b *backend) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := !b.watched
	b.watched = true
	return fresh
}

// dismissed reports whether there is nothing to watch any more.
func (c *core) dismissed(b *backend) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.watched = !b.removed
	return b.removed
}

// check asks a backend whether it is well: whether it accepts a connection, and in mode http answers on it.
func (c *core) check(addr sdk.Addr) error {
	deadline := c.now().Add(c.limits.timeout)
	conn, err := c.env.DialTimeout(string(addr), c.limits.timeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	if !c.http {
		return nil
	}
	if err := conn.SetDeadline(wall(c.env, deadline)); err != nil {
		return err
	}
	client := http1.NewClient(conn, http1.Limits{})
	defer client.Release()
	req := http1.Request{
		Method: "GET", Target: c.limits.path, Header: http1.Header{{Name: "Host", Value: string(addr)}}, Close: true,
	}
	var resp http1.Response
	if err := client.Do(&req, &resp); err != nil {
		return err
	}
	if resp.Status < 200 || resp.Status > 399 {
		return fmt.Errorf("status %d", resp.Status)
	}
	_ = resp.Body.(*http1.Body).Discard(drainBytes) // closing before the end would be a reset
	return nil
}

// judge counts a check, passed or failed, and takes the backend up or down when there were enough in a row.
func (c *core) judge(b *backend, err error) {
	if err == nil {
		b.succeeded()
	}
	c.count(b, err, func() {
		if err == nil {
			b.passed, b.missed = b.passed+1, 0
		} else {
			b.passed, b.missed = 0, b.missed+1
		}
	})
}

// unreached counts a connection that a request could not get, so that a dead backend under load is found out at once.
func (c *core) unreached(b *backend, err error) { c.count(b, err, func() { b.passed = 0 }) }

// count notes how a backend was met, and acts on it. Two rows of failures take it down: that of its checks, which only a
// passed check ends, and that of all failures, which ends with whatever succeeds. Else a dial that is lost now and then
// among thousands would add up to a row, or answers would hide that a backend calls itself unhealthy.
func (c *core) count(b *backend, err error, note func()) {
	c.mu.Lock()
	was := b.up
	note()
	if err == nil {
		b.up = b.up || b.passed >= c.limits.rise
	} else {
		row := max(int(b.failed.Add(1)), b.missed)
		b.up = b.up && row < c.limits.fall
	}
	up, gone := b.up, b.removed
	if up != was && !gone {
		if up {
			c.startSlowly(b)
		}
		c.republish()
	}
	c.mu.Unlock()
	switch {
	case up == was || gone:
	case up:
		c.env.Emit(backendUp{Backend: b.Name})
	default:
		b.pool.expire(c.now(), 0)
		c.env.Emit(backendDown{Backend: b.Name, Reason: reason(err)})
		if !b.reached.Load() && errors.Is(err, sdk.ErrRefused) {
			c.env.Emit(backendUnreached{
				Error: fmt.Sprintf("%s had never been up when it was taken down: %s", b.addr, reason(err)),
			})
		}
	}
}
