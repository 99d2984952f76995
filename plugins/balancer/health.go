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
	if c.limits.every <= 0 {
		return
	}
	pause := time.Duration(c.env.Rand().Int64N(int64(c.limits.every)))
	c.env.Go(func() {
		for c.env.Sleep(pause) == nil && !c.gone(b) {
			c.judge(b, c.check(b.addr))
			if c.limits.idle > 0 {
				b.pool.expire(c.env.Now(), c.limits.idle)
			}
			pause = c.limits.every
		}
	})
}

func (c *core) gone(b *backend) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return b.removed
}

// check asks a backend whether it is well: whether it accepts a connection, and in mode http answers on it.
func (c *core) check(addr sdk.Addr) error {
	deadline := c.env.Now().Add(c.limits.timeout)
	conn, err := c.env.DialTimeout(string(addr), c.limits.timeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	if !c.http {
		return nil
	}
	if err := conn.SetDeadline(deadline); err != nil {
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

// judge counts a check, passed or failed, and takes the backend up or down when there were enough in a row. A
// connection that a request could not get counts as a check, so that a dead backend under load is found out at once.
func (c *core) judge(b *backend, err error) {
	if err == nil {
		b.reached.Store(true)
	}
	c.mu.Lock()
	was := b.up
	if err == nil {
		b.passed, b.failed = b.passed+1, 0
		b.up = b.up || b.passed >= c.limits.rise
	} else {
		b.passed, b.failed = 0, b.failed+1
		b.up = b.up && b.failed < c.limits.fall
	}
	up, gone := b.up, b.removed
	if up != was && !gone {
		c.republish()
	}
	c.mu.Unlock()
	switch {
	case up == was || gone:
	case up:
		c.env.Emit(backendUp{Backend: b.Name})
	default:
		b.pool.expire(c.env.Now(), 0)
		c.env.Emit(backendDown{Backend: b.Name, Reason: reason(err)})
		if !b.reached.Load() && errors.Is(err, sdk.ErrRefused) {
			c.env.Emit(backendUnreached{
				Error: fmt.Sprintf("%s had never been up when it was taken down: %s", b.addr, reason(err)),
			})
		}
	}
}
