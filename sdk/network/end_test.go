package network

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

func TestALossInTheLastWindowIsMendedWhenAcknowledgementsTellOfIt(t *testing.T) {
	l := both(t, link.Profile{Latency: link.NewFixed(50 * ms)})
	a, b := l.dial()
	l.pass(time.Second)
	began, last := l.Now(), time.Duration(0)
	b.arrived = func(int64) { last = l.Now() - began }
	m := new(link.Meter)
	l.there().AddEffect(link.Cut, m)
	a.send(tcp.MSS)
	l.there().RemoveEffect(link.Cut, m)
	a.send(8 * tcp.MSS)
	l.pass(time.Second)
	l.wantBetween("sent again after a round trip, and arrived", last, 150*ms, 151*ms)
}

func TestAnAcknowledgementOfWhatADeadEndHasSentIsAnsweredByAReset(t *testing.T) {
	l := both(t, link.Profile{Latency: link.NewFixed(10 * ms)})
	a, b := l.dial()
	l.pass(time.Second)
	a.send(100)
	m := new(link.Meter)
	l.pass(time.Millisecond)
	l.there().AddEffect(link.Cut, m) // takes the reset
	a.end.Abort()
	l.there().RemoveEffect(link.Cut, m)
	l.pass(time.Second)
	if !b.gone {
		t.Error("b was told nothing, though its acknowledgement has come to an end that is dead")
	}
}

func TestAConnectionTellsOfWhatIsAcknowledgedThoughNobodyHasWaitedForIt(t *testing.T) {
	l := both(t, link.Profile{Latency: link.NewFixed(10 * ms)})
	a, _ := l.dial()
	a.send(5)
	l.pass(30 * ms)
	if c := a.end.Connection(); c.Waiting != 0 || c.Acked != 5 {
		t.Errorf("%d bytes wait and %d are acknowledged, want 0 and 5", c.Waiting, c.Acked)
	}
}

// TestASegmentIsTakenTogetherWithItsAcknowledgement: what Nagle has held back leaves when the answer comes, and
// acknowledges it. Otherwise the answerer, whom Nagle holds back as well, would wait 40 ms for a delayed acknowledgement.
func TestASegmentIsTakenTogetherWithItsAcknowledgement(t *testing.T) {
	set := tcp.Default
	set.Nagle = true
	l := both(t, link.Profile{Latency: link.NewFixed(ms)})
	l.SetTCP(nil, set)
	a, b := l.dial()
	b.arrived = b.send // an echo
	a.send(5)
	l.pass(100 * ms)
	began := l.Now()
	a.arrived = func(int64) { a.opened = l.Now() }
	a.send(1)
	a.send(2)
	l.pass(100 * ms)
	l.wantBetween("two writes, of which the second waits for the first one's echo", a.opened-began, 4*ms, 4*ms)
}

// TestAStreamKeepsItsOrderUnlessTheDelayChanges: jitter reorders no stream, also while something else changes.
func TestAStreamKeepsItsOrderUnlessTheDelayChanges(t *testing.T) {
	p := link.Profile{Latency: link.NewFixed(20 * ms), Jitter: link.NewFixed(20 * ms), Rate: 10 * link.Mbit}
	l := both(t, p)
	a, b := l.dial()
	a.send(100_000)
	for b.got < 100_000 && l.Now() < 10*time.Second {
		l.pass(ms)
		p.Corrupt = 0.5 - p.Corrupt // of datagrams
		l.there().SetProfile(p)
	}
	if n := a.end.Connection().Retransmits; n > 0 || b.got < 100_000 {
		t.Errorf("%d bytes have arrived and %d segments were sent again, want 100000 and none", b.got, n)
	}
}

func TestAConnectionIsSmallAgainAfterATransfer(t *testing.T) {
	l := both(t, link.Profile{Latency: link.NewFixed(50 * ms), Rate: link.Gbit})
	a, b := l.dial()
	a.send(64 << 20)
	l.pass(time.Minute)
	a.end.Connection() // takes the last acknowledgements
	most := func() (most int) {
		for _, e := range []*End{a.end, b.end} {
			most = max(most, e.acks.Cap(), e.out.line.waiting.Cap())
		}
		return most
	}
	if b.got != 64<<20 || most() > maxIdle {
		t.Errorf("%d bytes have arrived and a ring has room for %d items, want at most %d", b.got, most(), maxIdle)
	}
}

func TestALossIsMendedWithTheLongestTimeout(t *testing.T) {
	set := tcp.Default
	for set.MinRTO = time.Second; set.Validate() == nil; set.MinRTO += time.Second {
		l := both(t, link.Profile{Latency: link.NewFixed(5 * ms)})
		l.SetTCP(nil, set)
		a, b := l.dial()
		m := new(link.Meter)
		l.there().AddEffect(link.Cut, m)
		a.send(5)
		l.there().RemoveEffect(link.Cut, m)
		l.pass(2 * time.Minute)
		if a.gone || b.got != 5 {
			t.Errorf("min_rto %v: gone %v, %d of 5 bytes", set.MinRTO, a.gone, b.got)
		}
	}
}
