package network

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// TestCodelForgetsWhatWasAboveTheTargetWhenTheQueueIsEmpty: after a rest a wait must last for an interval again.
func TestCodelForgetsWhatWasAboveTheTargetWhenTheQueueIsEmpty(t *testing.T) {
	l := newPostal(link.Profile{Rate: 8 * link.Mbit, Codel: link.Codel{Target: 5 * ms, Limit: 1 << 20}})
	if n := l.burst(10); n > 0 {
		t.Fatalf("%d lost of the first burst, want none: it is shorter than an interval", n)
	}
	l.Run(l.Now() + time.Second)
	if n := l.burst(10); n > 0 {
		t.Errorf("%d lost of a burst after a rest, want none: it is shorter than an interval", n)
	}
}

// burst sends datagrams that take 8 ms each, and counts those that are lost.
func (l *postal) burst(count int) int { return lost(l.post(count, 8000, 0)) }

// TestCodelBeginsAnewWhenItIsSetAnew: what it knew is of another time, and would drop all until the pace has come up.
func TestCodelBeginsAnewWhenItIsSetAnew(t *testing.T) {
	p := link.Profile{Rate: 8 * link.Mbit, Codel: link.Codel{Target: 5 * ms, Limit: 1 << 30}}
	l := newPostal(p)
	list := l.begin(10_000) // for 10 s
	l.Run(time.Second)
	l.path.SetProfile(link.Profile{Rate: p.Rate})
	l.Run(5 * time.Second)
	l.path.SetProfile(p)
	before := lost(list)
	l.Run(l.Now() + 90*ms)
	if n := lost(list) - before; n > 0 {
		t.Errorf("%d lost in the first 90 ms, want none before an interval is over", n)
	}
}

// begin sends datagrams that take 1 ms each.
func (l *postal) begin(count int) (list []*sentDatagram) {
	for range count {
		list = append(list, l.one(1000))
	}
	return list
}

// lost counts those that are known to be lost.
func lost(list []*sentDatagram) (n int) {
	for _, d := range list {
		if d.copies == 0 {
			n++
		}
	}
	return n
}
