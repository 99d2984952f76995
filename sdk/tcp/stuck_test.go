package tcp

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestNothingIsStuck breaks a connection in all ways for some seconds, mends it, and waits for the last byte.
func TestNothingIsStuck(t *testing.T) {
	var worst time.Duration
	for seed := range uint64(400) {
		worst = max(worst, survive(t, seed))
	}
	t.Logf("the last byte came %v after the end of all faults, at worst", worst)
}

func survive(t *testing.T, seed uint64) time.Duration {
	dice := rand.New(rand.NewPCG(seed, 7))
	set := Settings{
		Congestion: Congestion(dice.IntN(3)), DelayedAck: dice.IntN(2) == 0, Nagle: dice.IntN(2) == 0,
		InitialWindow: 1 + dice.IntN(20), MinRTO: 200 * ms,
	}
	w, f := single(set, line{rate: 10e6, queue: 20_000, delay: 10 * ms})
	f.dial()
	written := int64(0)
	for at := 20 * ms; at < 10*time.Second; at += time.Duration(dice.IntN(600)) * ms {
		w.run(at)
		written += harm(f, dice)
	}
	f.forth.lose, f.back.lose = nil, nil
	f.forth.change(10e6)
	f.close = true
	f.resume()
	f.pump()
	for mended := w.now; w.now < mended+GiveUp; w.run(w.now + 100*ms) {
		if f.s.Done() && f.got == written && f.r.Finished() {
			return w.now - mended
		}
	}
	t.Errorf("seed %d: %d of %d bytes, done %v, due %v at %v, in flight %v", seed, f.got, written, f.s.Done(), f.s.Due(), w.now, f.s.count)
	return 0
}

// harm does one thing to the flow and says how much it has written.
func harm(f *flow, dice *rand.Rand) int64 {
	some := func() func(*Segment) bool {
		p := []float64{0, 0.02, 0.3, 1}[dice.IntN(4)]
		return func(*Segment) bool { return dice.Float64() < p }
	}
	switch dice.IntN(8) {
	case 0:
		f.forth.lose = some()
	case 1:
		f.back.lose = some()
	case 2:
		f.forth.change([]float64{8e3, 1e6, 10e6, 100e6}[dice.IntN(4)])
	case 3:
		f.paused = !f.paused
		f.take()
		f.ack()
	default:
		n := int64(1 + dice.IntN(1<<(4+dice.IntN(14))))
		f.write(n)
		return n
	}
	return 0
}
