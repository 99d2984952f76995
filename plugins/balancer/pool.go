package balancer

import (
	"sync"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// upstream is a connection to a backend.
type upstream struct {
	stream
	in   *http1.Reader
	out  *http1.Writer
	used bool      // it has carried an exchange before
	idle time.Time // since when it waits in the pool
	slot int       // in pool.busy
}

func newUpstream(env sdk.Env, conn sdk.Conn, quiet time.Duration) *upstream {
	return &upstream{stream: newStream(env, conn, quiet)}
}

// speakHTTP readies the connection for exchanges. A response may be of any size: it is passed on as it comes.
func (u *upstream) speakHTTP() {
	if u.in == nil {
		u.in = http1.NewReader(&u.stream, http1.Limits{Body: -1})
		u.out = http1.NewWriter(u.writer())
	}
}

const (
	// maxIdle is how many connections to one backend are kept for later. Last in, first out keeps the number in use
	// small; the rest ends after the idle time.
	maxIdle = 128
	// trusted is how long a connection may have waited to be used for a request that cannot be sent twice: the longer it
	// has, the likelier the backend is closing it at this very moment.
	trusted = time.Second
)

// pool is the connections to one backend: those that wait to be used again, and those in use. Safe for concurrent use.
type pool struct {
	mu     sync.Mutex
	idle   []*upstream // the one that was used last comes last
	busy   []*upstream
	closed bool // nothing is kept any more
}

// take returns a connection that has waited no longer than most, nil if there is none. One on which something has come
// meanwhile is dropped: its backend has closed it, or has sent what would be taken for the next answer.
func (p *pool) take(now time.Time, most time.Duration) *upstream {
	for {
		u := p.last(now, most)
		if u == nil || u.Idle() {
			return u
		}
		p.drop(u, false)
	}
}

// last lends the connection that was used last.
func (p *pool) last(now time.Time, most time.Duration) *upstream {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 || now.Sub(p.idle[last].idle) > most {
		return nil
	}
	u := p.idle[last]
	p.idle[last] = nil
	p.idle = p.idle[:last]
	p.lend(u)
	return u
}

// add takes note of a fresh connection that is in use.
func (p *pool) add(u *upstream) {
	p.mu.Lock()
	p.lend(u)
	p.mu.Unlock()
}

func (p *pool) lend(u *upstream) {
	u.slot = len(p.busy)
	p.busy = append(p.busy, u)
}

func (p *pool) unlend(u *upstream) {
	last := len(p.busy) - 1
	p.busy[u.slot] = p.busy[last]
	p.busy[u.slot].slot = u.slot
	p.busy[last] = nil
	p.busy = p.busy[:last]
}

// give takes a connection back that can carry another exchange. In a full pool it takes the place of the oldest.
func (p *pool) give(u *upstream, now time.Time) {
	u.used, u.idle = true, now
	u.in.Release()
	p.mu.Lock()
	p.unlend(u)
	surplus := u
	if !p.closed {
		surplus = nil
		if len(p.idle) == maxIdle {
			surplus = p.idle[0]
			p.idle = append(p.idle[:0], p.idle[1:]...)
		}
		p.idle = append(p.idle, u)
	}
	p.mu.Unlock()
	if surplus != nil {
		_ = surplus.Close()
	}
}

// drop ends a connection in use: in good order, or by a reset so that nobody takes what broke off for whole.
func (p *pool) drop(u *upstream, reset bool) {
	p.mu.Lock()
	p.unlend(u)
	p.mu.Unlock()
	if u.in != nil {
		u.in.Release()
	}
	if reset {
		_ = u.Reset()
	} else {
		_ = u.Close()
	}
}

// expire closes the connections that have waited for at least the given time; with 0 all that wait.
func (p *pool) expire(now time.Time, after time.Duration) {
	p.mu.Lock()
	n := 0
	for n < len(p.idle) && now.Sub(p.idle[n].idle) >= after {
		n++
	}
	old := append([]*upstream(nil), p.idle[:n]...)
	p.idle = append(p.idle[:0], p.idle[n:]...)
	clear(p.idle[len(p.idle) : len(p.idle)+n])
	p.mu.Unlock()
	for _, u := range old {
		_ = u.Close()
	}
}

// retire has every connection closed that comes back.
func (p *pool) retire() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
}

// reopen ends a retirement.
func (p *pool) reopen() {
	p.mu.Lock()
	p.closed = false
	p.mu.Unlock()
}

// reset ends the connections in use: who uses them sees them closed.
func (p *pool) reset() {
	p.mu.Lock()
	busy := append([]*upstream(nil), p.busy...)
	p.mu.Unlock()
	for _, u := range busy {
		_ = u.Reset()
	}
}
