package strategy

import (
	"math"
	"sync"
)

// weightedRoundRobin picks in turn and in proportion to the weights, and spreads the picks of a heavy backend instead
// of making them in a row: with weights 5, 1, 1 the turns are a a b a c a a. Each pick adds to every backend's credit
// its share of the weights, takes the backend with the largest credit, the first of equals, and takes one pick off it.
// Source: nginx's smooth weighted round robin, commit 52327e062 (2012).
//
// It takes no draws. Beyond the source: nginx counts credit in units of weight, so that a pick made while few backends
// are up costs less than one made among many; beside a backend that flaps in step with the requests some would get a
// quarter more than others. Here credit is in picks, and each keeps its own when others come and go, when weights
// change, and while it is away itself.
type weightedRoundRobin struct {
	mu      sync.Mutex // guards all that follows
	history history[credit]
	turns   []turn
	pick    int64 // what a pick costs: the sum of the weights
}

// credit is in picks.
type credit struct{ picks float64 }

// turn is a backend of the latest Update. Its credit is in units of weight there, which makes picks exact.
type turn struct {
	backend         *Backend
	credit          *credit // as it was at the Update
	weight, current int64
}

// fine is how many parts a unit of weight has, so that nothing is lost by rounding when the sum of weights changes.
const fine = 1 << 20

func newWeightedRoundRobin(uint64) Strategy { return &weightedRoundRobin{history: history[credit]{}} }

func (s *weightedRoundRobin) Update(backends []*Backend) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.turns {
		t.credit.picks = float64(t.current) / float64(s.pick)
	}
	s.turns, s.pick = make([]turn, len(backends)), 0
	weights := weightsNow(backends)
	for i, c := range s.history.of(backends) {
		s.turns[i] = turn{backend: backends[i], credit: c, weight: fine * int64(weights[i])}
		s.pick += s.turns[i].weight
	}
	for i := range s.turns {
		s.turns[i].current = int64(math.Round(s.turns[i].credit.picks * float64(s.pick)))
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
	best.current -= s.pick
	return best.backend
}
