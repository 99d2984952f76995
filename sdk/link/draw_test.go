package link

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const ms = time.Millisecond

// sampled draws n values of d and sorts them.
func sampled(d Draw, n int) []time.Duration {
	r := rand.New(Source(1, "test:"+d.String()))
	values := make([]time.Duration, n)
	for i := range values {
		values[i] = d.Sample(r.Float64(), r.Float64())
	}
	slices.Sort(values)
	return values
}

func mean(values []time.Duration) float64 {
	var sum float64
	for _, v := range values {
		sum += float64(v)
	}
	return sum / float64(len(values))
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance*math.Abs(want) {
		t.Errorf("%s: got %v, want %v within %v%%", what, got, want, 100*tolerance)
	}
}

func TestADrawHasTheMeanAndTailOfItsDistribution(t *testing.T) {
	for _, c := range []struct {
		draw     Draw
		p50, p99 time.Duration
	}{
		{NewFixed(7 * ms), 7 * ms, 7 * ms},
		{NewUniform(10*ms, 30*ms), 20 * ms, 29800 * time.Microsecond},
		{NewExponential(10 * ms), 6931471, 46051702}, // ln 2, ln 100
		{NewNormal(20*ms, 3*ms), 20 * ms, 26979044},  // 20 + 2.3263 sd
		{NewLogNormal(10*ms, 0.5), 10 * ms, 31999290},
		{NewPareto(5*ms, 3), 6299605, 23207944}, // 5 * 2^(1/3), 5 * 100^(1/3)
	} {
		t.Run(c.draw.String(), func(t *testing.T) {
			values := sampled(c.draw, 200_000)
			near(t, "mean", mean(values), float64(c.draw.Mean()), 0.01)
			near(t, "p50", float64(values[len(values)/2]), float64(c.p50), 0.01)
			near(t, "p99", float64(values[len(values)*99/100]), float64(c.p99), 0.02)
		})
	}
}

func TestADrawStaysFiniteAtTheEdgeOfItsVariates(t *testing.T) {
	last := math.Nextafter(1, 0)
	for _, d := range []Draw{
		NewUniform(-ms, ms), NewExponential(24 * time.Hour), NewNormal(0, time.Hour), NewLogNormal(time.Hour, 50),
		NewPareto(time.Hour, 0.01),
	} {
		for _, u := range [][2]float64{{0, 0}, {0, last}, {last, 0}, {last, 0.5}, {last, last}} {
			if got := d.Sample(u[0], u[1]); got > Longest || got < -Longest {
				t.Errorf("%v at %v: %d", d, u, got)
			}
		}
	}
	if got := NewPareto(time.Hour, 1).Mean(); got != Longest {
		t.Errorf("mean of a pareto draw without a mean: %v", got)
	}
}

func TestAProfileOutsideItsRangesIsRefusedWithFieldValueAndRange(t *testing.T) {
	for _, c := range []struct {
		profile Profile
		want    string
	}{
		{Profile{Latency: NewFixed(-ms)}, "latency is -1ms, want 0s or more"},
		{Profile{Latency: NewUniform(-20*time.Microsecond, 1)}, "latency is uniform(-20us, 0.001us), want 0s or more"},
		{Profile{Latency: NewUniform(-ms, ms)}, "latency is uniform(-1ms, 1ms), want 0s or more"},
		{Profile{Latency: NewUniform(2*ms, ms)}, "latency: uniform(2ms, 1ms): low is 2ms, want at most high, 1ms"},
		{Profile{Latency: NewNormal(ms, -ms)}, "latency: normal(1ms, -1ms): standard deviation is -1ms, want 0s or more"},
		{Profile{Latency: NewLogNormal(ms, -1)}, "latency: lognormal(1ms, -1): sigma is -1, want a finite number from 0"},
		{Profile{Latency: NewPareto(ms, 0)}, "latency: pareto(1ms, 0): alpha is 0, want a finite number above 0"},
		{Profile{Latency: Draw{Distribution: 9}}, "latency: distribution 9 is unknown, want 0 to 5"},
		{Profile{Jitter: NewFixed(-ms)}, "jitter is -1ms, want 0s or more"},
		{Profile{Jitter: NewExponential(-ms)}, "jitter: exponential(-1ms): mean is -1ms, want 0s or more"},
		{Profile{Loss: 1.5}, "loss is 1.5, want a probability from 0 to 1"},
		{Profile{Duplicate: -0.1}, "duplicate is -0.1, want a probability from 0 to 1"},
		{Profile{Reorder: math.NaN()}, "reorder is NaN, want a probability from 0 to 1"},
		{Profile{Corrupt: 2}, "corrupt is 2, want a probability from 0 to 1"},
		{Profile{Rate: -1}, "rate is -1 bits per second, want 0 (unlimited) or more"},
		{Profile{Queue: -1}, "queue is -1 bytes, want 0 (unlimited) or more"},
		{Profile{MTU: -1}, "mtu is -1 bytes, want 0 (unlimited) or more"},
	} {
		err := c.profile.Validate()
		if err == nil || err.Error() != c.want {
			t.Errorf("%+v: got %v, want %s", c.profile, err, c.want)
		}
	}
}

func TestAProfileWithinItsRangesIsAccepted(t *testing.T) {
	for _, p := range []Profile{
		{},
		{Latency: NewFixed(ms), Jitter: NewFixed(2 * ms), Loss: 1, Duplicate: 1, Reorder: 1, Corrupt: 1},
		{Latency: NewPareto(ms, 1.2), Jitter: NewNormal(-ms, ms), Rate: Mbit, Queue: 1, MTU: 1},
		{Latency: NewLogNormal(ms, 0), Jitter: NewUniform(-ms, ms)},
	} {
		if err := p.Validate(); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestStreamsOfRandomnessAreKeyedByName(t *testing.T) {
	seen := map[uint64]string{}
	for _, name := range []string{"link:a>b", "link:b>a", "node:a#0", "node:a#1", ""} {
		first := Source(7, name).Uint64()
		if other, twice := seen[first]; twice {
			t.Errorf("%q and %q share a stream", name, other)
		}
		seen[first] = name
		if again := Source(7, name).Uint64(); again != first {
			t.Errorf("%q: %d, then %d", name, first, again)
		}
	}
	if Source(7, "a").Uint64() == Source(8, "a").Uint64() {
		t.Error("two seeds share a stream")
	}
}
