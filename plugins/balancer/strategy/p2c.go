package strategy

import "sync/atomic"

// p2c is the power of two choices: it draws two backends and picks the one with fewer requests in flight for its
// weight, see Lottery.prefers. That is nearly as even as looking at all of them, and many balancers that do it do not
// all run to the same idle backend. Source: Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, IEEE
// TPDS 12(10), 2001.
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
	draw := r.Rand.Uint64()
	i, j := l.two(draw)
	if !l.prefers(l.busy(i), l.busy(j), draw) {
		return l.backends[j]
	}
	return l.backends[i]
}

// busy is a backend whose requests all cost the same.
func (l *Lottery) busy(i int) contender {
	pending := float64(max(l.backends[i].inflight.Load(), 0))
	return contender{i, pending, pending + 1}
}
