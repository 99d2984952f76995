package strategy

import (
	"math"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// rendezvous scores each backend by a hash of key and backend together, and picks the highest score. There is no table,
// and when a backend leaves only its own keys move, evenly to all others; a pick looks at all backends. Source: Thaler,
// Ravishankar, Using Name-Based Mappings to Increase Hit Rates, IEEE/ACM ToN 6(1), 1998. With weight w the score is
// -w / ln(u), u being the hash as a number between 0 and 1, which gives shares in proportion to the weights
// (Schindelhauer, Schomaker, Weighted Distributed Hash Tables, SPAA 2005).
//
// It takes no draws, and balancers with the same backends agree.
type rendezvous struct{ scored atomic.Pointer[scored] }

type scored struct {
	backends []*Backend
	hashes   []uint64 // of their names
	weights  []float64
	equal    bool // all weights
}

func newRendezvous(uint64) Strategy { return &rendezvous{} }

func (s *rendezvous) Update(backends []*Backend) {
	next := &scored{backends: backends, equal: true}
	for _, b := range backends {
		next.hashes = append(next.hashes, xxhash.Sum64String(b.Name))
		next.weights = append(next.weights, float64(b.Weight()))
		next.equal = next.equal && b.Weight() == backends[0].Weight()
	}
	s.scored.Store(next)
}

func (s *rendezvous) Pick(r *Request) *Backend {
	t := s.scored.Load()
	if t == nil || len(t.backends) == 0 {
		return nil
	}
	key := xxhash.Sum64String(r.HashKey())
	first := t.highest(key, bound{})
	if bound := r.boundOf(t.backends); bound.full(first) {
		if next := t.highest(key, bound); next != nil {
			return next
		}
	}
	return first
}

// highest returns the backend with the highest score of those that are not full.
func (t *scored) highest(key uint64, bound bound) *Backend {
	var best *Backend
	most := math.Inf(-1)
	for i, hash := range t.hashes {
		// In the middle of one of 2^52 steps, which a float64 can tell apart, so that u is neither 0 nor 1.
		score := float64(mix(key^hash)>>12) + 0.5
		if !t.equal { // otherwise the logarithms would not change the order
			score = -t.weights[i] / math.Log(score/(1<<52))
		}
		if score > most && !bound.full(t.backends[i]) {
			best, most = t.backends[i], score
		}
	}
	return best
}
