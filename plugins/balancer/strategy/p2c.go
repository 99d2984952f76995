package strategy

import "sync/atomic"

// p2c is the power of two choices: it draws two backends and picks the one with fewer requests in flight for its
// weight. That is nearly as even as looking at all of them, and many balancers that do it do not all run to the same
// idle backend. Source: Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, IEEE TPDS 12(10), 2001.
//
// It takes one draw a pick, and none when there is one backend: see Lottery.Two. Among equals the first one drawn is
// picked, which is a draw in proportion to the weights.
type p2c struct{ lottery atomic.Pointer[Lottery] }

func newP2C(uint64) Strategy { return &p2c{} }

func (s *p2c) Update(backends []*Backend) { s.lottery.Store(NewLottery(backends)) }

func (s *p2c) Pick(r *Request) *Backend {
	l := s.lottery.Load()
	switch {
	case l == nil || len(l.backends) == 0:
		return nil
	case len(l.backends) == 1:
		return l.backends[0]
	}
	i, j := l.Two(r.Rand)
	a, b := l.backends[i], l.backends[j]
	if b.inflight.Load()*int64(l.weight(i)) < a.inflight.Load()*int64(l.weight(j)) {
		return b
	}
	return a
}
