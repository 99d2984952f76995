package plot

import (
	"math"
	"strings"
	"testing"
	"time"
)

func texts(ticks []tick) string {
	var all []string
	for _, t := range ticks {
		all = append(all, t.text)
	}
	return strings.Join(all, " ")
}

func TestTicksAreRound(t *testing.T) {
	s := func(d time.Duration) float64 { return float64(d) }
	for _, c := range []struct {
		name string
		got  []tick
		want string
	}{
		{"a second", scale{high: s(time.Second)}.times(5), "0s 200ms 400ms 600ms 800ms 1s"},
		{"not from zero", scale{low: s(1210 * ms), high: s(1390 * ms)}.times(4), "1.25s 1.3s 1.35s"},
		{"microseconds", scale{high: s(45 * time.Microsecond)}.times(5), "0s 10us 20us 30us 40us"},
		{"a minute and a half", scale{high: s(90 * time.Second)}.times(6), "0s 15s 30s 45s 1m 1m15s 1m30s"},
		{"a day", scale{high: s(24 * time.Hour)}.times(5), "0s 6h 12h 18h 24h"},
		{"a year", scale{high: s(8760 * time.Hour)}.times(4), "0s 2400h 4800h 7200h"},
		{"one nanosecond", scale{high: 1}.times(10), "0s 0.001us"},
		{"counts", scale{high: 430}.counts(5), "0 100 200 300 400"},
		{"few", scale{high: 2.2}.counts(5), "0 1 2"},
		{"many", scale{high: 43_000}.counts(5), "0 10k 20k 30k 40k"},
		{"millions", scale{high: 4.3e6}.counts(4), "0 2M 4M"},
		{"parts", scale{high: 1}.multiples(0.25, percent), "0 % 25 % 50 % 75 % 100 %"},
		{"powers", scale{low: s(ms), high: s(120 * ms), log: true}.decades(8), "1ms 2ms 5ms 10ms 20ms 50ms 100ms"},
		{"many powers", scale{low: s(ms), high: s(100 * time.Second), log: true}.decades(7), "1ms 10ms 100ms 1s 10s 1m40s"},
		{"infinite", scale{high: math.Inf(1)}.counts(5), ""},
		{"no number", scale{high: math.NaN()}.times(5), ""},
	} {
		if got := texts(c.got); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestValuesLieWithinTheirScale(t *testing.T) {
	linear := scale{low: 0, high: 10, from: 100, to: 200}
	powers := scale{low: 1, high: 100, from: 200, to: 100, log: true}
	for _, c := range []struct {
		s       scale
		v, want float64
	}{
		{linear, 0, 100}, {linear, 2.5, 125}, {linear, 10, 200}, {linear, -5, 100}, {linear, 50, 200},
		{linear, math.NaN(), 100}, {linear, math.Inf(1), 200}, {linear, math.Inf(-1), 100},
		{powers, 1, 200}, {powers, 10, 150}, {powers, 100, 100}, {powers, 0, 200}, {powers, math.Inf(1), 100},
		{scale{from: 1, to: 2}, 3, 2}, {scale{low: 5, high: 5, from: 1, to: 2}, 5, 1},
	} {
		if got := c.s.at(c.v); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v of %+v lies at %v, want %v", c.v, c.s, got, c.want)
		}
	}
}

func TestNumbersAreShort(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.5: "0.5", 950: "950", 9999: "9999", 12_500: "12.5k", 3e6: "3M", -2e9: "-2G", 1e300: "1e+288T"} {
		if got := number(v); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0s", 1234567: "1.23ms", 41: "0.041us", 90*time.Second + 1: "1m30s"} {
		if got := brief(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
