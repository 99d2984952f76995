package balancer

import (
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
)

// backend is one server: what strategies see of it, its connections and its health.
type backend struct {
	*strategy.Backend
	addr     sdk.Addr
	pool     pool
	requests atomic.Int64 // answered, or connected in mode tcp
	reached  atomic.Bool  // a connection was made, or a check has passed
	leaving  atomic.Bool  // it drains: who has picked it meanwhile picks again

	// Guarded by core.mu.
	up       bool
	passed   int // checks in a row
	failed   int // likewise
	removed  bool
	told     bool      // that it has drained
	deadline sdk.Timer // of a drain
}

// newBackend makes a backend that is up: it may serve before the first check, and is taken down soon if it cannot.
func newBackend(s server) *backend {
	b := &backend{Backend: strategy.NewBackend(s.name, s.weight), addr: s.addr, up: true}
	b.Owner = b
	return b
}

// stay ends a drain. Under core.mu.
func (b *backend) stay() {
	if b.deadline != nil {
		b.deadline.Stop()
		b.deadline = nil
	}
	b.leaving.Store(false)
	b.told = false
	b.pool.reopen()
}

// connect returns a connection that has waited no longer than most by now, or a fresh one.
func (b *backend) connect(c *core, now time.Time, most time.Duration) (*upstream, error) {
	if u := b.pool.take(now, most); u != nil {
		return u, nil
	}
	return b.dial(c)
}

// dial opens a connection. Failing to is as bad as a failed check.
func (b *backend) dial(c *core) (*upstream, error) {
	conn, err := c.env.DialTimeout(string(b.addr), c.limits.connect)
	if err != nil {
		if c.limits.every > 0 {
			c.judge(b, err)
		}
		return nil, err
	}
	b.reached.Store(true)
	u := newUpstream(c.env, conn, c.limits.idle)
	b.pool.add(u)
	return u, nil
}
