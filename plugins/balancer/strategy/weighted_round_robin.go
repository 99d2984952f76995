package strategy

import "sync"

// weightedRoundRobin picks in turn and in proportion to the weights, and spreads the picks of a heavy backend instead
// of making them in a row: with weights 5, 1, 1 the turns are a a b a c a a. Each pick adds to every backend's current
// value its weight, takes the backend with the largest value, the first of equals, and subtracts the sum of all weights
// from it. Source: nginx's smooth weighted round robin, commit 52327e062 (2012).
//
// It takes no draws. An Update starts the order anew: what a backend has saved up under other weights could keep all
// others waiting for long.
type weightedRoundRobin struct {
	mu    sync.Mutex
	turns []turn
	total int64
}

type turn struct {
	backend         *Backend
	weight, current int64
}

func newWeightedRoundRobin(uint64) Strategy { return &weightedRoundRobin{} }

func (s *weightedRoundRobin) Update(backends []*Backend) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turns, s.total = make([]turn, len(backends)), 0
	for i, b := range backends {
		s.turns[i] = turn{backend: b, weight: int64(b.Weight())}
		s.total += s.turns[i].weight
	}
}

func (s *weightedRoundRobin) Pick(*Request) *Backend {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.turns) == 0 {
		return nil
	}
	best := &s.turns[0]
	for i := range s.turns {
		t := &s.turns[i]
		t.current += t.weight
		if t.current > best.current {
			best = t
		}
	}
	best.current -= s.total
	return best.backend
}
