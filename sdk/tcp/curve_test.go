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

func TestTheWindowFollowsTheKernels(t *testing.T) {
	w, f := bulk(Default, line{rate: 10e6, queue: 128 << 10, delay: 10 * ms})
	for i, want := range []float64{48, 70, 91, 109, 84, 93} {
		w.run(time.Duration(i+1) * 500 * ms)
		within(t, w.now.String(), f.s.Window(), want, 0.02)
	}
}
