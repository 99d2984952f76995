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
	outcomes outcomes
	failed   atomic.Int32 // checks and dials in a row, with no success of any kind between them

	// Guarded by core.mu.
	weight   int // 0 takes no new work; strategies see at least 1
	up       bool
	passed   int       // checks in a row
	missed   int       // likewise
	since    time.Time // it starts slowly
	ejected  bool
	level    int   // how many ejections there were, less those that are forgiven
	times    int64 // it was ejected
	removed  bool
	watched  bool      // a task checks it
	told     bool      // that it has drained
	deadline sdk.Timer // of a drain
}

// newBackend makes a backend that is up: it may serve before the first check, and is taken down soon if it cannot.
func newBackend(s server, decay time.Duration) *backend {
	b := &backend{Backend: strategy.NewBackend(s.name, s.weight), addr: s.addr, weight: s.weight, up: true}
	b.Owner = b
	b.SetDecay(decay)
	return b
}

// stay takes the backend's part in a new configuration, and ends a drain. Under core.mu.
func (b *backend) stay(s server) {
	b.weight, b.removed = s.weight, false
	b.SetWeight(s.weight)
	if b.deadline != nil {
		b.deadline.Stop()
		b.deadline = nil
	}
	b.leaving.Store(false)
	b.told = false
	b.pool.reopen()
}

// succeeded notes a success: a connection, an answer or a passed check. It ends a row of failures.
func (b *backend) succeeded() {
	if !b.reached.Load() {
		b.reached.Store(true)
	}
	if b.failed.Load() != 0 { // so that requests only read what they share
		b.failed.Store(0)
	}
}

// connect returns a connection that has waited no longer than most by now, or a fresh one.
func (b *backend) connect(c *core, now time.Time, most time.Duration, until time.Time) (*upstream, error) {
	if u := b.pool.take(now, most); u != nil {
		return u, nil
	}
	return b.dial(c, until)
}

// dial opens a connection. Failing to is as bad as a failed check.
func (b *backend) dial(c *core, until time.Time) (*upstream, error) {
	conn, err := c.env.DialTimeout(string(b.addr), remaining(c.limits.connect, c.now(), until))
	if err != nil {
		if c.limits.every > 0 {
			c.unreached(b, err)
		}
		return nil, err
	}
	b.succeeded()
	u := newUpstream(c.env, conn, c.limits.idle)
	b.pool.add(u)
	return u, nil
}
