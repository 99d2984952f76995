package sim_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sim"
)

func TestADrawMovesNoDrawOfAnotherInstant(t *testing.T) {
	const instants = 50
	draw := func(skipped int) (got []uint64) {
		l := newLab(t, sim.Config{}, "n1")
		l.start("n1", func(e sdk.Env) error {
			for i := range instants {
				for range 2 {
					if i != skipped {
						got = append(got, e.Rand().Uint64())
					}
				}
				must(e.Sleep(ms))
			}
			return nil
		})
		l.run(long)
		return got
	}
	all := draw(instants)
	seen := map[uint64]bool{}
	for _, v := range all {
		seen[v] = true
	}
	if len(seen) != 2*instants {
		t.Errorf("%d draws have %d values", 2*instants, len(seen))
	}
	for i := range instants {
		(&lab{t: t}).wantEqual(fmt.Sprint("without those of instant ", i), slices.Delete(slices.Clone(all), 2*i, 2*i+2), draw(i))
	}
}

func TestDrawsAreEvenOverInstants(t *testing.T) {
	const instants = 100_000
	l := newLab(t, sim.Config{}, "n1")
	var sum, sumOfSquares float64
	ones := make([]int, 64)
	l.start("n1", func(e sdk.Env) error {
		for range instants {
			u := e.Rand().Float64()
			sum, sumOfSquares = sum+u, sumOfSquares+u*u
			for bit, v := 0, e.Rand().Uint64(); bit < 64; bit, v = bit+1, v>>1 {
				ones[bit] += int(v & 1)
			}
			must(e.Sleep(ms))
		}
		return nil
	})
	l.run(long)
	if mean, square := sum/instants, sumOfSquares/instants; math.Abs(mean-0.5) > 0.004 || math.Abs(square-1.0/3) > 0.004 {
		t.Errorf("the first draw of an instant has mean %.4f, of squares %.4f; want 0.5, 0.3333", mean, square)
	}
	for bit, n := range ones {
		if math.Abs(float64(n)/instants-0.5) > 0.008 {
			t.Errorf("bit %d is set in %d of %d draws, want half of them", bit, n, instants)
		}
	}
}

func TestADrawAllocatesNothing(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.start("n1", idle)
	l.call("n1", func(e sdk.Env) {
		if n := testing.AllocsPerRun(1000, func() { e.Rand().Uint64() }); n > 0 {
			t.Errorf("a draw allocates %v times", n)
		}
	})
}
