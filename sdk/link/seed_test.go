package link

import (
	"math"
	"testing"
	"time"
)

func TestAStreamDependsOnItsNumberOnly(t *testing.T) {
	one, two := NewStreams(1, "work"), NewStreams(1, "work")
	for n := 99; n >= 0; n-- { // in the other order, and with more draws between
		two.Of(n).Uint64()
		if got, want := two.Of(n).Uint64(), one.Of(n).Uint64(); got != want {
			t.Fatalf("number %d draws %x, want %x", n, got, want)
		}
	}
	seen := map[uint64]string{}
	for name, s := range map[string]*Streams{
		"seed 1": one, "seed 2": NewStreams(2, "work"), "another name": NewStreams(1, "think"),
	} {
		for n := range 1000 {
			draw := s.Of(n).Uint64()
			if other := seen[draw]; other != "" {
				t.Fatalf("%s, number %d draws what %s draws", name, n, other)
			}
			seen[draw] = name
		}
	}
}

// The first draws of numbers that follow each other are as good as those of one stream.
func TestDrawsOverNumbersHaveTheDistribution(t *testing.T) {
	s, sum, below := NewStreams(7, "work"), 0.0, 0
	const count = 20_000
	for n := range count {
		d := s.Draw(n, NewExponential(10*time.Millisecond))
		sum += d.Seconds()
		if d < 10*time.Millisecond {
			below++
		}
	}
	if mean := sum / count; math.Abs(mean-0.010) > 0.0003 {
		t.Errorf("the mean is %.4fs, want 0.0100s", mean)
	}
	if share := float64(below) / count; math.Abs(share-(1-1/math.E)) > 0.012 {
		t.Errorf("a share of %.3f is below the mean, want %.3f", share, 1-1/math.E)
	}
}
