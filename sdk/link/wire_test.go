package link

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// wild turns everything on that a fate can meet.
var wild = Profile{
	Latency: NewLogNormal(10*ms, 0.4), Jitter: NewFixed(3 * ms), Loss: 0.1, Duplicate: 0.1, Reorder: 0.1, Corrupt: 0.1,
}

// send gives n datagrams of size bytes to the wire, one each millisecond, and returns what became of them.
func send(p Profile, n, size int) []Fate {
	fates, bursts := make([]Fate, n), NewBursts(1)
	for i := range fates {
		at := time.Duration(i) * ms
		p.Datagram(Mix(uint64(i)), at, size, p.Burst != Burst{} && bursts.Bad(p.Burst, at), &fates[i])
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
	for i, f := range send(Profile{}, 10, 65507) {
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
			for i, f := range send(c.profile, 100_000, 100) {
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
	fates := send(p, 200_000, 100)
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

func TestABurstLosesItsShareOnly(t *testing.T) {
	fates := send(Profile{Burst: Burst{Bad: 0.1, Good: 0.3, Loss: 0.4, Slot: ms}}, 300_000, 100)
	near(t, "loss", share(fates, func(f Fate) bool { return f.Copies == 0 }), 0.25*0.4, 0.03)
}

func TestCorruptionMayHitEveryBitAndNoOther(t *testing.T) {
	hit := map[int]bool{}
	for _, f := range send(Profile{Corrupt: 1}, 2000, 4) {
		if f.FlipBit < 0 || f.FlipBit >= 32 {
			t.Fatalf("bit %d of 32", f.FlipBit)
		}
		hit[f.FlipBit] = true
	}
	if len(hit) != 32 {
		t.Errorf("only %d of 32 bits were ever hit", len(hit))
	}
	if f := send(Profile{Corrupt: 1}, 1, 0)[0]; f.FlipBit != -1 {
		t.Errorf("bit %d of an empty datagram", f.FlipBit)
	}
}

func TestJitteredDatagramsOvertakeEachOther(t *testing.T) {
	fates := send(Profile{Latency: NewFixed(10 * ms), Jitter: NewFixed(5 * ms)}, 1000, 100)
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

func TestTurningAFeatureOnShiftsNoOtherDraw(t *testing.T) {
	plain := Profile{Latency: NewFixed(10 * ms), Jitter: NewFixed(5 * ms)}
	want := send(plain, 1000, 100)
	for name, change := range map[string]func(*Profile){
		"loss":      func(p *Profile) { p.Loss = 0.3 },
		"burst":     func(p *Profile) { p.Burst = lossy },
		"duplicate": func(p *Profile) { p.Duplicate = 0.3 },
		"reorder":   func(p *Profile) { p.Reorder = 0.3 },
		"corrupt":   func(p *Profile) { p.Corrupt = 0.3 },
	} {
		t.Run(name, func(t *testing.T) {
			p := plain
			change(&p)
			spared := 0
			for i, f := range send(p, 1000, 100) {
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

func BenchmarkDatagram(b *testing.B) {
	for name, p := range map[string]Profile{
		"ideal": {}, "latency": {Latency: NewFixed(ms)}, "jitter": {Latency: NewFixed(ms), Jitter: NewFixed(ms)},
		"normal": {Latency: NewNormal(ms, ms)}, "wild": wild,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var f Fate
			for i := range b.N {
				p.Datagram(uint64(i), 0, 1000, false, &f)
			}
		})
	}
}

func TestTheLongestDelaysComeLastAndNotAtOnce(t *testing.T) {
	for _, d := range []Draw{NewFixed(math.MaxInt64), NewFixed(Longest), NewPareto(time.Hour, 1e-6)} {
		p := Profile{Latency: d, Jitter: NewPareto(time.Hour, 1e-6)}
		for _, left := range []time.Duration{0, time.Second, Longest} {
			var f Fate
			if p.Datagram(1, left, 100, false, &f); f.At[0] != Longest {
				t.Errorf("latency %v, sent at %v: arrives at %v, want %v", d, left, f.At[0], Longest)
			}
		}
	}
}
