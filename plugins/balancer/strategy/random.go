package strategy

import "sync/atomic"

// random picks at random, in proportion to the weights. It needs to know nothing of the load, and spreads n requests
// with a standard deviation of about sqrt(n x share).
//
// It takes one draw a pick: see Lottery.one.
type random struct{ lottery atomic.Pointer[Lottery] }

func newRandom(uint64) Strategy { return &random{} }

func (s *random) Update(backends []*Backend) { s.lottery.Store(NewLottery(backends)) }

func (s *random) Pick(r *Request) *Backend {
	l := s.lottery.Load()
	if l == nil || len(l.backends) == 0 {
		return nil
	}
	return l.one(r.Rand)
}
