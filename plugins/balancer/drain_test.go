package balancer

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

func TestADrainThatConfigureEndsSaysSoAtOnce(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.names("web", 10*time.Second)
	w.DoOn("client", func(env sdk.Env) { env.Go(func() { get(t, env, http1.Request{}) }) })
	w.Run(time.Second)
	drain := w.Begin("lb", "drain", sdk.Fields{{Name: "backend", Value: "web"}})
	w.Run(time.Second)
	w.configure(w.backends)
	if a := w.Await(drain); a.OK || a.Unknown || a.Error != "configure has ended the drain" || w.Now() > 3*time.Second {
		t.Errorf("at %v the drain answers %+v", w.Now(), a)
	}
}

func TestAFullPoolKeepsTheYoungestConnections(t *testing.T) {
	p, now := &pool{}, time.Unix(0, 0)
	var given []*upstream
	for range maxIdle + 3 {
		u := newUpstream(nil, &closable{}, 0)
		u.speakHTTP()
		p.add(u)
		given = append(given, u)
	}
	for i, u := range given {
		p.give(u, now.Add(time.Duration(i)*time.Second))
	}
	for i, u := range given {
		if closed := u.Conn.(*closable).closed; closed != (i < 3) {
			t.Errorf("connection %d of %d: closed %v", i, len(given), closed)
		}
	}
	if u := p.take(now.Add(time.Hour), 24*time.Hour); u != given[len(given)-1] {
		t.Error("the connection that was given back last is not the first to be taken")
	}
}

// closable is a connection that only knows whether it is closed.
type closable struct {
	sdk.Conn
	closed bool
}

func (c *closable) Close() error {
	c.closed = true
	return nil
}

func (c *closable) Idle() bool { return true }
