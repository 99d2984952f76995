package raft

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/sim"
)

// BenchmarkElection is what scripts/election.star does, without the script: five nodes elect a leader, it is cut off,
// the others elect another and commit, the old one comes back.
func BenchmarkElection(b *testing.B) {
	b.ReportAllocs()
	steps := int64(0)
	for seed := range b.N {
		w := newWorld(b, 5, sim.Config{Seed: uint64(seed)}, nil)
		old := w.elect()
		term := w.status(old).Term
		w.isolate(old)
		w.await("another leader", func() bool { return w.status(w.leader()).Term > term })
		w.propose(w.leader(), "x = 1")
		w.pass(100 * time.Millisecond)
		w.heal()
		w.await("the old leader follows", func() bool { return w.status(old).Role == "follower" })
		steps += w.Steps()
		w.Close()
	}
	b.ReportMetric(float64(steps)/float64(b.N), "steps/run")
	b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
}
