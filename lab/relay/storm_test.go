package relay

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// In a storm links change, are cut and heal, nodes crash and come back, and connections are dialled, used and ended in
// every way at any moment. After it nothing is left, and a new connection works.
func TestNothingIsLeftAfterAStorm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.listen(80)
	var servers, clients sync.WaitGroup
	servers.Go(func() {
		for {
			c, err := l.AcceptTCP()
			if err != nil {
				return
			}
			servers.Go(func() { use(c, rand.Uint64()) })
		}
	})
	over := make(chan struct{})
	for range 8 {
		clients.Go(func() { w.dialUntil(over) })
	}
	w.blow(500)
	close(over)
	clients.Wait()
	w.until("all is over", func() bool {
		w.pass(time.Second) // for those whose reset was swallowed: they give up
		return w.locked(func() bool { return len(w.conns) == 0 })()
	})
	count := map[string]int{}
	for _, e := range w.events() {
		count[e]++
	}
	if n := count["a b:80 closed"] + count["a b:80 reset"]; n == 0 || n != count["a b:80 opened"] {
		t.Errorf("told of %v, want an end for each that was opened", count)
	}
	w.until("a new connection works", func() bool { // some are reset by who accepts, at once
		client, err := w.dialer("a", patient).Dial("tcp", "b:80")
		return err == nil && client.Close() == nil
	})
	l.Close()
	servers.Wait()
}

// blow changes links and nodes.
func (w *world) blow(times int) {
	random := rand.New(rand.NewPCG(1, 2))
	var cut link.Meter
	for range times {
		var err error
		switch random.IntN(8) {
		case 0, 1:
			w.both(link.Profile{})
		case 2:
			w.both(link.Profile{Latency: link.NewFixed(ms), Jitter: link.NewFixed(ms), Loss: 0.2})
		case 3:
			w.both(link.Profile{Rate: link.Mbit, Queue: 20_000})
		case 4:
			err = w.AddEffect(link.Cut, "a", "b", &cut)
		case 5:
			err = w.RemoveEffect(link.Cut, "a", "b", &cut)
		case 6:
			w.Reset("a", "b")
		case 7:
			w.restart("b")
		}
		if err != nil {
			w.t.Error(err)
		}
		w.pass(time.Duration(random.IntN(20)) * ms)
		<-time.After(time.Duration(random.IntN(3)) * ms)
	}
	for cuts := 0; cuts < times; cuts++ {
		if err := w.RemoveEffect(link.Cut, "a", "b", &cut); err != nil {
			w.t.Error(err)
		}
	}
	w.both(link.Profile{})
}

// restart lets a node crash and listen again.
func (w *world) restart(name string) {
	at := w.named(name)
	real, _ := at.listener(80)
	w.Down(name)
	if err := w.Listening(name, TCP, 80, real); err != nil {
		w.t.Error(err)
	}
}

func (w *world) dialUntil(over <-chan struct{}) {
	for i := uint64(0); ; i++ {
		select {
		case <-over:
			return
		default:
		}
		if c, err := w.dialer("a", 50*ms).Dial("tcp", "b:80"); err == nil {
			use(c.(*net.TCPConn), i)
		}
	}
}

// use reads and writes for a moment, and ends a connection in one of several ways.
func use(c *net.TCPConn, how uint64) {
	_ = c.SetDeadline(time.Now().Add(time.Duration(how%7) * 5 * ms))
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(io.Discard, c) })
	_, _ = io.CopyN(c, zeros{}, int64(how%5)*40_000)
	switch how % 3 {
	case 0:
		_ = c.CloseWrite()
	case 1:
		_ = c.SetLinger(0)
		_ = c.Close()
	}
	reading.Wait()
	_ = c.Close()
}
