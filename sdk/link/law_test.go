package link

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// wild turns everything on that a fate can meet.
var wild = Profile{
	Latency: NewLogNormal(10*ms, 0.4), Jitter: NewFixed(3 * ms), Loss: 0.1, Duplicate: 0.1, Reorder: 0.1, Corrupt: 0.1,
}

func TestALinksFatesDependOnSeedAndNamesAlone(t *testing.T) {
	run := func(seed uint64, from, to string) []Fate {
		l := New(seed, from, to)
		l.SetProfile(wild)
		return send(l, 100, 100, ms)
	}
	base := run(1, "a", "b")
	if diff := cmp.Diff(base, run(1, "a", "b")); diff != "" {
		t.Errorf("the same link, twice: %s", diff)
	}
	for _, other := range [][]Fate{run(2, "a", "b"), run(1, "b", "a"), run(1, "a", "c")} {
		if cmp.Equal(base, other) {
			t.Error("another seed or name has the same fates")
		}
	}
}

func TestTurningAFeatureOnShiftsNoOtherDraw(t *testing.T) {
	plain := Profile{Latency: NewFixed(10 * ms), Jitter: NewFixed(5 * ms)}
	want := send(linkWith(plain), 1000, 100, ms)
	for name, change := range map[string]func(*Profile){
		"loss":      func(p *Profile) { p.Loss = 0.3 },
		"burst":     func(p *Profile) { p.Burst = lossy },
		"duplicate": func(p *Profile) { p.Duplicate = 0.3 },
		"reorder":   func(p *Profile) { p.Reorder = 0.3 },
		"corrupt":   func(p *Profile) { p.Corrupt = 0.3 },
		"mtu":       func(p *Profile) { p.MTU = 1000 },
	} {
		t.Run(name, func(t *testing.T) {
			p := plain
			change(&p)
			spared := 0
			for i, f := range send(linkWith(p), 1000, 100, ms) {
				if f.Copies == 0 || f.At[0] == time.Duration(i)*ms {
					continue
				}
				if f.At[0] != want[i].At[0] {
					t.Fatalf("datagram %d arrives at %v, without %s at %v", i, f.At[0], name, want[i].At[0])
				}
				spared++
			}
			if spared < 500 {
				t.Errorf("only %d of 1000 datagrams could be compared", spared)
			}
		})
	}
}

func TestEverySendTakesTheSameNumberOfVariates(t *testing.T) {
	sends := []func(*Link, *Flow){
		func(l *Link, f *Flow) { l.Packet(0, 1000) },
		func(l *Link, f *Flow) { l.Stream(f, 0, 1_000_000) },
		func(l *Link, f *Flow) { l.Resume(f, 0, 0, 1000) },
		func(l *Link, f *Flow) { l.Handshake(f, 0, 0) },
	}
	ideal, busy := linkWith(Profile{}), linkWith(wild)
	queued := wild
	queued.Rate, queued.Queue, queued.MTU = Mbit, 100, 500
	full, cut := linkWith(queued), linkWith(wild)
	cut.Lay(Cut, nil)
	bursting := linkWith(Profile{Burst: Burst{Bad: 0.5, Good: 0.5, Loss: 0.5, Slot: ms}})
	for _, send := range sends {
		for _, l := range []*Link{ideal, busy, full, cut, bursting} {
			send(l, new(Flow))
		}
		want := ideal.random.Uint64()
		for _, l := range []*Link{busy, full, cut, bursting} {
			if got := l.random.Uint64(); got != want {
				t.Fatal("the streams of random numbers have come apart")
			}
		}
	}
}

func TestLossOfOneShiftsNotTheArrivalOfAnother(t *testing.T) {
	limited := Profile{Rate: Mbit, Latency: NewFixed(ms)}
	want := send(linkWith(limited), 500, 100, ms/2)
	limited.Loss = 0.5
	for i, f := range send(linkWith(limited), 500, 100, ms/2) {
		if f.Copies > 0 && f.At[0] != want[i].At[0] {
			t.Fatalf("datagram %d arrives at %v, without loss at %v", i, f.At[0], want[i].At[0])
		}
	}
}
