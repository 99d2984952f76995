package link

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func linkWith(p Profile) *Link {
	l := New(1, "a", "b")
	l.SetProfile(p)
	return l
}

// send sends n datagrams of size bytes, one every gap, and returns what became of them.
func send(l *Link, n, size int, gap time.Duration) []Fate {
	fates := make([]Fate, n)
	for i := range fates {
		fates[i] = l.Packet(time.Duration(i)*gap, size)
	}
	return fates
}

func share(fates []Fate, is func(Fate) bool) float64 {
	n := 0
	for _, f := range fates {
		if is(f) {
			n++
		}
	}
	return float64(n) / float64(len(fates))
}

func TestAnIdealLinkDeliversAtOnce(t *testing.T) {
	for i, f := range send(linkWith(Profile{}), 10, 65507, ms) {
		want := Fate{Copies: 1, At: [2]time.Duration{time.Duration(i) * ms}, FlipBit: -1}
		if diff := cmp.Diff(want, f); diff != "" {
			t.Error(diff)
		}
	}
}

func TestDelayIsLatencyPlusJitterAndNeverNegative(t *testing.T) {
	for _, c := range []struct {
		name               string
		profile            Profile
		low, p50, p99, top time.Duration
	}{
		{"fixed", Profile{Latency: NewFixed(20 * ms)}, 20 * ms, 20 * ms, 20 * ms, 20 * ms},
		{"fixed jitter is plus or minus", Profile{Latency: NewFixed(20 * ms), Jitter: NewFixed(10 * ms)},
			10 * ms, 20 * ms, 29800 * time.Microsecond, 30 * ms},
		{"drawn jitter is added as drawn", Profile{Latency: NewFixed(20 * ms), Jitter: NewUniform(0, 10*ms)},
			20 * ms, 25 * ms, 29900 * time.Microsecond, 30 * ms},
		{"never before it was sent", Profile{Latency: NewFixed(5 * ms), Jitter: NewFixed(10 * ms)},
			0, 5 * ms, 14800 * time.Microsecond, 15 * ms},
		{"a drawn latency", Profile{Latency: NewUniform(10*ms, 20*ms)}, 10 * ms, 15 * ms, 19900 * time.Microsecond, 20 * ms},
	} {
		t.Run(c.name, func(t *testing.T) {
			var delays []time.Duration
			for i, f := range send(linkWith(c.profile), 100_000, 100, ms) {
				delays = append(delays, f.At[0]-time.Duration(i)*ms)
			}
			slices.Sort(delays)
			if delays[0] < c.low || delays[len(delays)-1] > c.top {
				t.Errorf("delays from %v to %v, want within %v to %v", delays[0], delays[len(delays)-1], c.low, c.top)
			}
			near(t, "p50", float64(delays[len(delays)/2]), float64(c.p50), 0.01)
			near(t, "p99", float64(delays[len(delays)*99/100]), float64(c.p99), 0.01)
		})
	}
}

func TestProbabilitiesAreKept(t *testing.T) {
	p := Profile{Latency: NewFixed(10 * ms), Loss: 0.1, Duplicate: 0.2, Reorder: 0.3, Corrupt: 0.05}
	fates := send(linkWith(p), 200_000, 100, ms)
	near(t, "loss", share(fates, func(f Fate) bool { return f.Copies == 0 && f.Why == DropLoss }), 0.1, 0.03)
	near(t, "twice", share(fates, func(f Fate) bool { return f.Copies == 2 }), 0.9*0.2, 0.03)
	near(t, "corrupt", share(fates, func(f Fate) bool { return f.FlipBit >= 0 }), 0.9*0.05, 0.05)
	early, arrived := 0, 0
	for i, f := range fates {
		if f.Copies > 0 {
			arrived++
			if f.At[0] == time.Duration(i)*ms {
				early++
			}
		}
	}
	near(t, "reordered", float64(early)/float64(arrived), 0.3, 0.03)
}

func TestCorruptionMayHitEveryBitAndNoOther(t *testing.T) {
	hit := map[int]bool{}
	for _, f := range send(linkWith(Profile{Corrupt: 1}), 2000, 4, ms) {
		if f.FlipBit < 0 || f.FlipBit >= 32 {
			t.Fatalf("bit %d of 32", f.FlipBit)
		}
		hit[f.FlipBit] = true
	}
	if len(hit) != 32 {
		t.Errorf("only %d of 32 bits were ever hit", len(hit))
	}
	if f := linkWith(Profile{Corrupt: 1}).Packet(0, 0); f.FlipBit != -1 {
		t.Errorf("bit %d of an empty datagram", f.FlipBit)
	}
}

func TestJitteredDatagramsOvertakeEachOther(t *testing.T) {
	fates := send(linkWith(Profile{Latency: NewFixed(10 * ms), Jitter: NewFixed(5 * ms)}), 1000, 100, ms)
	overtaken := 0
	for i := 1; i < len(fates); i++ {
		if fates[i].At[0] < fates[i-1].At[0] {
			overtaken++
		}
	}
	if overtaken < 100 {
		t.Errorf("%d of 1000 overtook the one before, want many", overtaken)
	}
}

func TestRateSerialises(t *testing.T) {
	l := linkWith(Profile{Rate: Mbit, Latency: NewFixed(5 * ms)})
	for i, f := range send(l, 10, 1000, 0) {
		if want := time.Duration(i+1)*8*ms + 5*ms; f.At[0] != want {
			t.Errorf("datagram %d arrives at %v, want %v", i, f.At[0], want)
		}
	}
	if at := l.Packet(time.Second, 1000).At[0]; at != time.Second+13*ms {
		t.Errorf("after a pause: %v, want no debt of the past", at)
	}
}

func TestRateIsExactForSmallDatagramsOnFastLinks(t *testing.T) {
	l := linkWith(Profile{Rate: 7 * Gbit})
	var last Fate
	for range 1_000_000 {
		last = l.Packet(0, 64)
	}
	near(t, "time for 64 MB at 7 Gbit/s", float64(last.At[0]), 64e6*8/7e9*1e9, 1e-7)
}

func TestAFullQueueDropsItsTail(t *testing.T) {
	l := linkWith(Profile{Rate: Mbit, Queue: 3000})
	var why []Drop
	for _, f := range send(l, 5, 1000, 0) {
		why = append(why, f.Why)
	}
	if diff := cmp.Diff([]Drop{0, 0, 0, DropQueue, DropQueue}, why); diff != "" {
		t.Error(diff)
	}
	if f := l.Packet(8*ms, 1000); f.Why != NotDropped {
		t.Errorf("one has left, yet the next is dropped: %v", f.Why)
	}
	if f := l.Packet(8*ms, 1); f.Why != DropQueue {
		t.Errorf("the queue is full to the byte, yet one more fits: %v", f.Why)
	}
}

func TestOverloadDropsWhatExceedsTheRate(t *testing.T) {
	fates := send(linkWith(Profile{Rate: Mbit, Queue: 10_000}), 20_000, 1000, 2*ms) // 4 Mbit/s offered
	near(t, "dropped", share(fates, func(f Fate) bool { return f.Why == DropQueue }), 0.75, 0.01)
}

func TestTooLargeADatagramVanishes(t *testing.T) {
	l := linkWith(Profile{MTU: 1400})
	if f := l.Packet(0, 1401); f.Why != DropMTU || f.Copies != 0 {
		t.Errorf("1401 bytes at mtu 1400: %+v", f)
	}
	if f := l.Packet(0, 1400); f.Why != NotDropped || f.Copies != 1 {
		t.Errorf("1400 bytes at mtu 1400: %+v", f)
	}
}

func TestCutsAddUpAndCountWhatTheyMet(t *testing.T) {
	l := linkWith(Profile{})
	var first, second, all Meter
	l.Lay(Watch, &all)
	l.Lay(Cut, &first)
	l.Packet(0, 1)
	l.Lay(Cut, &second)
	if f := l.Packet(0, 1); f.Why != DropCut {
		t.Errorf("through a cut: %+v", f)
	}
	l.Lift(Cut, &first)
	if !l.Has(Cut) {
		t.Error("one cut healed, the other is gone, too")
	}
	l.Packet(0, 1)
	l.Lift(Cut, &second)
	if f := l.Packet(0, 1); f.Copies != 1 || l.Has(Cut) {
		t.Errorf("healed: %+v", f)
	}
	l.Lift(Watch, &all)
	l.Packet(0, 1)
	if diff := cmp.Diff([]int64{2, 2, 4}, []int64{first.Count(), second.Count(), all.Count()}); diff != "" {
		t.Error(diff)
	}
}
