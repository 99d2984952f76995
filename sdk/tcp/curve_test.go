package tcp

import (
	"testing"
	"time"
)

func TestSlowStartTakesTheRoundsThatDoublingSays(t *testing.T) {
	w, f := single(Default, line{delay: 50 * ms})
	f.more = 100_000
	f.dial()
	w.run(5 * time.Second)
	if f.got != 100_000 || f.last != 350*ms { // the handshake, then 10, 20 and 39 segments
		t.Errorf("%d bytes after %v, want 100000 after 350ms", f.got, f.last)
	}
}

// TestTheWindowFollowsTheKernels compares with what Linux 6.18 does over lines of the same kind, each half second after the
// handshake: CUBIC with 1448 bytes a segment.
func TestTheWindowFollowsTheKernels(t *testing.T) {
	for _, c := range []struct {
		line   line
		kernel []float64
	}{
		{line{rate: 10e6, queue: 128 << 10, delay: 10 * ms}, []float64{49, 70, 92, 109, 85, 94, 101, 106}},
		{line{rate: 100e6, delay: 50 * ms}, []float64{160, 1173, 1389, 1605}},
		{line{rate: 100e6, queue: 250_000, delay: 50 * ms}, []float64{160, 647, 500, 519, 536, 549, 560}},
	} {
		w, f := bulk(Default, c.line)
		f.mss = 1448
		for i, want := range c.kernel {
			w.run(2*c.line.delay + time.Duration(i+1)*500*ms)
			within(t, w.now.String(), f.s.Window(), want, 0.02)
		}
	}
}
