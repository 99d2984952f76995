package network

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk/link"
)

// sentDatagram is a datagram with its fate.
type sentDatagram struct {
	n      *Network
	copies int
	at     []time.Duration
	why    link.Drop
}

func (d *sentDatagram) Decided(copies int) { d.copies = copies }
func (d *sentDatagram) Arrive(int)         { d.at = append(d.at, d.n.Now()) }

// postal is a network of one path, without a floor.
type postal struct {
	*Network
	path *Path
	why  link.Drop
}

func newPostal(p link.Profile) *postal {
	l := new(postal)
	l.Network = New(Config{Seed: 1, Told: func(p *Packet) { l.why = p.Why }})
	l.path = l.AddHost("a", 1).Path(l.AddHost("b", 2))
	l.path.SetProfile(p)
	return l
}

// post sends n datagrams of size bytes, one every gap, and waits until all have their fate.
func (l *postal) post(n, size int, gap time.Duration) []*sentDatagram {
	list := make([]*sentDatagram, n)
	for i := range list {
		list[i] = l.one(size)
		l.Run(l.Now() + gap)
	}
	for l.Next() != Never {
		l.Step()
	}
	return list
}

// one sends a datagram. Why it was lost is known if that is so at once.
func (l *postal) one(size int) *sentDatagram {
	d := &sentDatagram{n: l.Network, copies: -1}
	l.why = link.NotDropped
	l.path.Send(1, 1, make([]byte, size), d)
	d.why = l.why
	return d
}

func TestRateSerialises(t *testing.T) {
	l := newPostal(link.Profile{Rate: link.Mbit, Latency: link.NewFixed(5 * ms)})
	for i, d := range l.post(10, 1000, 0) {
		if want := time.Duration(i+1)*8*ms + 5*ms; d.at[0] != want {
			t.Errorf("datagram %d arrives at %v, want %v", i, d.at[0], want)
		}
	}
	l.Run(time.Second)
	if d := l.post(1, 1000, 0)[0]; d.at[0] != time.Second+13*ms {
		t.Errorf("after a pause: %v, want no debt of the past", d.at[0])
	}
}

func TestRateIsExactForSmallDatagramsOnFastLinks(t *testing.T) {
	l := newPostal(link.Profile{Rate: 7 * link.Gbit})
	const n = 100_000
	list := l.post(n, 64, 0)
	got, want := float64(list[n-1].at[0]), 64.0*n*8/7e9*1e9
	if math.Abs(got-want) > 1e-6*want {
		t.Errorf("6.4 MB at 7 Gbit/s take %v ns, want %v", got, want)
	}
}

func TestAFullQueueDropsItsTail(t *testing.T) {
	for name, p := range map[string]link.Profile{
		"tail drop": {Rate: link.Mbit, Queue: 3000}, "codel": {Rate: link.Mbit, Codel: link.Codel{Target: 5 * ms, Limit: 3000}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newPostal(p)
			var why []link.Drop
			for range 5 {
				why = append(why, l.one(1000).why)
			}
			if diff := cmp.Diff([]link.Drop{0, 0, 0, link.DropQueue, link.DropQueue}, why); diff != "" {
				t.Error(diff)
			}
			l.Run(8 * ms)
			if d := l.one(1000); d.why != link.NotDropped {
				t.Errorf("one has left, yet the next is dropped: %v", d.why)
			}
			if d := l.one(1); d.why != link.DropQueue {
				t.Errorf("the queue is full to the byte, yet one more fits: %v", d.why)
			}
		})
	}
}

func TestOverloadDropsWhatExceedsTheRate(t *testing.T) {
	lost := 0
	for _, d := range newPostal(link.Profile{Rate: link.Mbit, Queue: 10_000}).post(20_000, 1000, 2*ms) { // 4 Mbit/s offered
		if d.copies == 0 {
			lost++
		}
	}
	if share := float64(lost) / 20_000; math.Abs(share-0.75) > 0.01 {
		t.Errorf("%v dropped, want three quarters", share)
	}
}

func TestTooLargeADatagramVanishes(t *testing.T) {
	l := newPostal(link.Profile{MTU: 1400})
	if d := l.one(1401); d.why != link.DropMTU || d.copies != 0 {
		t.Errorf("1401 bytes at mtu 1400: %+v", d)
	}
	if d := l.one(1400); d.why != link.NotDropped || d.copies != 1 {
		t.Errorf("1400 bytes at mtu 1400: %+v", d)
	}
}

func TestCutsAddUpAndCountWhatTheyMet(t *testing.T) {
	l := newPostal(link.Profile{})
	var first, second, all link.Meter
	l.path.AddEffect(link.Watch, &all)
	l.path.AddEffect(link.Cut, &first)
	l.one(1)
	l.path.AddEffect(link.Cut, &second)
	if d := l.one(1); d.why != link.DropCut {
		t.Errorf("through a cut: %+v", d)
	}
	l.path.RemoveEffect(link.Cut, &first)
	if !l.path.Has(link.Cut) {
		t.Error("one cut healed, the other is gone, too")
	}
	l.one(1)
	l.path.RemoveEffect(link.Cut, &second)
	if d := l.one(1); d.copies != 1 || l.path.Has(link.Cut) {
		t.Errorf("healed: %+v", d)
	}
	l.path.RemoveEffect(link.Watch, &all)
	l.one(1)
	if diff := cmp.Diff([]int64{2, 2, 4}, []int64{first.Count(), second.Count(), all.Count()}); diff != "" {
		t.Error(diff)
	}
	if !l.path.Plain() {
		t.Error("all is removed, and the link is not plain")
	}
}

func TestADatagramIsLostWhenItLeavesInABadSlot(t *testing.T) {
	burst := link.Burst{Bad: 0.02, Good: 0.25, Loss: 1, Slot: 10 * ms}
	l := newPostal(link.Profile{Burst: burst, Rate: 8 * link.Mbit}) // 1000 bytes take a millisecond
	bursts := link.NewBursts(l.path.key)
	for i, d := range l.post(100_000, 1000, ms) {
		left := time.Duration(i+1) * ms
		if lost := d.copies == 0; lost != bursts.Bad(burst, left) {
			t.Fatalf("datagram %d, which leaves at %v, is lost: %v", i, left, lost)
		}
	}
}

// What is lost on the wire has used the line all the same.
func TestLossOfOneShiftsNotTheArrivalOfAnother(t *testing.T) {
	limited := link.Profile{Rate: link.Mbit, Latency: link.NewFixed(ms)}
	want := newPostal(limited).post(500, 100, ms/2)
	limited.Loss = 0.5
	for i, d := range newPostal(limited).post(500, 100, ms/2) {
		if d.copies > 0 && d.at[0] != want[i].at[0] {
			t.Fatalf("datagram %d arrives at %v, without loss at %v", i, d.at[0], want[i].at[0])
		}
	}
}
