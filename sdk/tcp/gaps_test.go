package tcp

import (
	"math/rand/v2"
	"testing"
)

// TestAReceiverPutsAnyOrderRight lets the segments of a stream arrive in random order, some of them twice.
func TestAReceiverPutsAnyOrderRight(t *testing.T) {
	const n = 200
	for seed := range uint64(50) {
		dice := rand.New(rand.NewPCG(seed, 3))
		var r Receiver
		r.Open(0, &Default, MSS, ms)
		arrived := [n + 1]bool{}
		for i, k := range append(dice.Perm(n), dice.Perm(n/2)...) {
			arrived[k] = true
			r.Arrive(0, &Segment{Offset: uint64(k) * 10, Length: 10, Fin: k == n-1, Count: 1, Transmission: uint64(i + 1)})
			checkAck(t, &r, arrived[:])
		}
		if r.InOrder() != n*10 || !r.Finished() || r.beyond.any() {
			t.Fatalf("seed %d: %d bytes in order, finished %v", seed, r.InOrder(), r.Finished())
		}
	}
}

// checkAck compares an acknowledgement with what has arrived.
func checkAck(t *testing.T, r *Receiver, arrived []bool) {
	t.Helper()
	next := uint64(0)
	for arrived[next] {
		next++
	}
	var a Ack
	ok := r.Ack(&a)
	if !ok || r.InOrder() != next*10 || a.Ack < next*10 {
		t.Fatalf("acknowledged %v, %d, with %d bytes in order, want %d", ok, a.Ack, r.InOrder(), next*10)
	}
	for i, b := range a.Blocks[:a.N] {
		if b.Lo <= a.Ack || b.Lo >= b.Hi || i > 0 && b == a.Blocks[0] {
			t.Fatalf("acknowledged %+v", a)
		}
		for k := b.Lo / 10; k < b.Hi/10; k++ {
			if !arrived[k] {
				t.Fatalf("acknowledged %+v without segment %d", a, k)
			}
		}
	}
}
