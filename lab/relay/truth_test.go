package relay

import (
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
)

// These tests hold a live link against what a real one does. Most let time pass on the network's clock only, so they do
// not depend on how busy the machine is.

// lossy is a link that loses all.
var lossy = link.Profile{Loss: 1}

// there gives a profile to the direction from a to b.
func (w *world) there(p link.Profile) {
	w.t.Helper()
	if err := w.SetProfile("a", "b", p); err != nil {
		w.t.Fatal(err)
	}
}

// within fails unless that much has passed on the network's clock.
func (w *world) within(what string, start, least, most time.Duration) {
	w.t.Helper()
	if took := w.clock() - start; took < least || took > most {
		w.t.Errorf("%s took %v, want %v to %v", what, took, least, most)
	}
}

// sender is what the network knows of the direction from a to b.
func (w *world) sender() network.Connection {
	w.t.Helper()
	for _, c := range w.Connections("a", "b") {
		if c.Src == "a" {
			return c
		}
	}
	w.t.Fatal("no connection")
	return network.Connection{}
}

// underWay waits until bytes that a has written are in the network.
func (w *world) underWay(bytes int64) {
	w.t.Helper()
	w.until("bytes are under way", func() bool { return w.sender().Waiting == bytes })
}

// flow writes for as long as it may from one end, and reads at the other.
type flow struct{ read atomic.Int64 }

func flowing(from, to *net.TCPConn) *flow {
	f := new(flow)
	go io.Copy(from, zeros{})
	go io.Copy(counting{&f.read}, struct{ io.Reader }{to})
	return f
}

func TestWhatWaitsInAQueueLeavesAtTheNewRate(t *testing.T) {
	w := newWorld(t)
	a, b := w.socket("a"), w.socket("b")
	var met link.Meter
	if err := w.AddEffect(link.Watch, "a", "b", &met); err != nil {
		t.Fatal(err)
	}
	w.there(link.Profile{Rate: 8 * link.Kbit, Queue: 64 << 10}) // a second each
	start := w.clock()
	for range 20 {
		post(t, a, facing(local(b)), make([]byte, 1000))
	}
	w.until("all wait", func() bool { return met.Count() == 20 })
	w.pass(time.Second)
	w.there(link.Profile{})
	for range 20 {
		receive(t, b)
	}
	w.within("all", start, time.Second, 3*time.Second)
}

// arriving is how many bytes come to the acceptor of the only connection in that time, whether it reads them or not.
func (w *world) arriving(d time.Duration) uint64 {
	arrived := func() (n uint64) {
		w.locked(func() bool { n = onlyConn(w).there.written; return true })()
		return n
	}
	before := arrived()
	<-time.After(d)
	return arrived() - before
}

func TestABrownOutPassesWithItsHeal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := link.Profile{Rate: 10 * link.Mbit, Queue: 128 << 10, Latency: link.NewFixed(10 * ms)}
	w.both(good)
	client, server := w.pair()
	f := flowing(client, server)
	w.until("it flows", func() bool { return f.read.Load() > 500_000 })
	bad := good
	bad.Rate = 8 * link.Kbit
	w.there(bad)
	if n := w.arriving(time.Second); n > 60_000 {
		t.Errorf("%d bytes in a second at 8 kbit, want 1000 and what was on the wire, 12500", n)
	}
	w.there(good)
	start, read := w.clock(), f.read.Load()
	w.until("it flows again", func() bool { return f.read.Load() > read+1_000_000 })
	w.within("a megabyte at 10 mbit", start, 700*ms, 3*time.Second)
}

func TestTotalLossIsOverSoonAfterItsHeal(t *testing.T) {
	w := newWorld(t)
	client, server := w.pair()
	say(t, client, "before")
	hear(t, server, "before")
	w.there(lossy)
	start := w.clock()
	say(t, client, "during")
	w.underWay(6)
	w.pass(time.Second)
	w.there(link.Profile{})
	hearNothing(t, server)
	w.pass(600 * ms)
	hear(t, server, "during")
	w.within("a byte in a second of loss", start, time.Second, 2*time.Second)
}

func TestADialIntoLossConnectsAtTheNextSyn(t *testing.T) {
	w := newWorld(t)
	l := w.listen(80)
	w.there(lossy)
	start := w.clock()
	dialled := make(chan net.Conn, 1)
	d := w.dialer("a", patient)
	go func() {
		c, err := d.Dial("tcp", "b:80")
		if err != nil {
			t.Error(err)
		}
		dialled <- c
	}()
	w.until("the dial is on its way", w.locked(func() bool { return len(w.conns) == 1 }))
	w.pass(1500 * ms) // with the SYN of 1 s
	w.there(link.Profile{})
	select {
	case <-dialled:
		t.Error("connected before the SYN of 3 s")
	case <-time.After(silence):
	}
	w.pass(1500 * ms)
	c := <-dialled
	w.within("the dial", start, 3*time.Second, 4*time.Second)
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	c.Close()
}

func TestWhatALongLatencyHoldsBackIsSentAgainAfterItsHeal(t *testing.T) {
	w := newWorld(t)
	client, server := w.pair()
	say(t, client, "before")
	hear(t, server, "before")
	w.there(link.Profile{Latency: link.NewFixed(5 * time.Second)})
	start := w.clock()
	say(t, client, "during")
	w.underWay(6)
	w.pass(500 * ms)
	w.there(link.Profile{})
	w.pass(600 * ms)
	hear(t, server, "during")
	w.within("a byte in 0.5 s of 5 s of latency", start, 500*ms, 2*time.Second)
}

func TestTheFirstLineOfALongAnswerComesWithItsFirstSegment(t *testing.T) {
	w := newWorld(t)
	client, server := w.pair()
	w.there(link.Profile{Rate: 64 * link.Kbit})
	start := w.clock()
	if _, err := client.Write(make([]byte, 8000)); err != nil {
		t.Fatal(err)
	}
	w.underWay(8000)
	w.pass(100 * ms)
	w.pass(90 * ms)
	if n, err := server.Read(make([]byte, 8000)); err != nil || n < 1 || n > 4000 {
		t.Errorf("read %d bytes (%v), want the first segments", n, err)
	}
	w.within("the first segment", start, 180*ms, 900*ms)
}

// One stream fills a long fat link: its window grows to rate times round trip, 856 segments.
func TestAWindowGrowsToRateTimesRoundTrip(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.both(link.Profile{Rate: 100 * link.Mbit, Latency: link.NewFixed(50 * ms)})
	client, server := w.pair()
	flowing(client, server)
	w.until("the window is wide", func() bool { return w.sender().Cwnd > 856 })
	if c := w.sender(); c.Retransmits > 0 {
		t.Errorf("%d segments sent again without a loss", c.Retransmits)
	}
}

func TestAnUploadThroughALargeQueueDelaysAllBesideIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.both(link.Profile{Rate: 10 * link.Mbit, Queue: 1 << 20, Latency: link.NewFixed(5 * ms)})
	client, server := w.pair()
	flowing(client, server)
	w.until("the queue fills", func() bool { return w.sender().RTT > 100*ms })
	start := w.clock()
	a, b := w.socket("a"), w.socket("b")
	post(t, a, facing(local(b)), []byte("beside"))
	receive(t, b)
	w.within("a datagram beside it", start, 50*ms, 2*time.Second)
}
