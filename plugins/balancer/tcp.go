package balancer

import (
	"time"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
)

// relay serves a client in mode tcp: its connection is carried to a backend, and another one is tried where connecting
// fails. A client for whom there is none is reset.
func (c *core) relay(client sdk.Conn) {
	defer client.Close()
	c.requests.Add(1)
	c.active.Add(1)
	defer c.active.Add(-1)
	asked := strategy.Request{
		Client: hostOf(client.RemoteAddr().String()), Rand: c.env.Rand(), Header: func(string) string { return "" },
		LoadFactor: c.limits.factor,
	}
	t, until := c.table.Load(), c.deadline()
	held := &ahead{conn: client}
	var tried []*backend
	for n := 0; ; n++ {
		b := c.relayOnce(held, &asked, tried, until)
		if b == nil {
			return
		}
		if n == t.retries || !c.mayRetry(t, until) {
			break
		}
		tried = append(tried, b)
	}
	c.turnAway(client, nil, true)
}

// turnAway resets a client that gets no backend. That is an error, unless the client has left or was refused on purpose
// before any backend was tried.
func (c *core) turnAway(client sdk.Conn, fail *failure, tried bool) {
	switch {
	case fail != nil && fail.client:
		c.abandoned.Add(1)
	case fail == nil || !fail.shed || tried:
		c.ended(c.table.Load(), false)
		c.errors.Add(1)
	}
	_ = client.Reset()
}

// relayOnce returns the backend when it could not be reached, nil when the client has been served or cannot be.
func (c *core) relayOnce(held *ahead, asked *strategy.Request, tried []*backend, until time.Time) *backend {
	client := held.conn
	p, fail := c.place(asked, tried, until, held.look)
	if p.backend == nil {
		c.turnAway(client, fail, len(tried) > 0)
		return nil
	}
	defer p.done()
	u, err := p.backend.dial(c, until)
	if err != nil {
		p.failed = true
		return p.backend
	}
	defer p.backend.pool.drop(u, false)
	p.answered(0)
	c.ended(c.table.Load(), true)
	if held.passOn(u) != nil {
		_ = client.Reset()
		return nil
	}
	carry(c.env, c.limits.idle, client, u.Conn)
	return nil
}
