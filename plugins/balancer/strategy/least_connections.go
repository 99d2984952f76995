package strategy

import (
	"math/bits"
	"sync/atomic"
)

// leastConnections looks at all backends and picks the one with the fewest requests in flight for its weight; of equals
// it draws one, where turns or places would let several balancers move in step. Source: least_conn of nginx and
// leastconn of HAProxy.
//
// With unequal weights it does what Lottery.prefers does with two: one more request would raise inflight / weight of the
// best backend to a level, which is the inverse of Envoy's effective weight, weight / (active + 1), and each backend is
// drawn in proportion to the room it has below that level. Going by inflight / weight alone, nginx's rule, idle servers
// of any weight come before busy ones, and of two with weights 1 and 9 the first gets half of a light load, not a tenth.
//
// It takes one draw a pick, whether there are ties or not.
type leastConnections struct{ lottery atomic.Pointer[Lottery] }

func newLeastConnections(uint64) Strategy { return &leastConnections{} }

func (s *leastConnections) Update(backends []*Backend) { s.lottery.Store(NewLottery(backends)) }

func (s *leastConnections) Pick(r *Request) *Backend {
	l := s.lottery.Load()
	switch {
	case l == nil || len(l.backends) == 0:
		return nil
	case l.equal:
		return l.least(r.Rand.Uint64())
	}
	return l.roomiest(r.Rand.Uint64())
}

// least picks from those with the fewest requests in flight. They are counted first and then found: a request that
// begins or ends in between makes the draw a little uneven, no more.
func (l *Lottery) least(draw uint64) *Backend {
	best, least, tied := l.backends[0], l.backends[0].inflight.Load(), uint64(1)
	for _, b := range l.backends[1:] {
		switch load := b.inflight.Load(); {
		case load < least:
			best, least, tied = b, load, 1
		case load == least:
			tied++
		}
	}
	if tied == 1 {
		return best
	}
	skip, _ := bits.Mul64(draw, tied)
	for _, b := range l.backends {
		if b.inflight.Load() == least {
			if skip == 0 {
				return b
			}
			skip--
		}
	}
	return best
}

// roomiest draws in proportion to room below the level.
func (l *Lottery) roomiest(draw uint64) *Backend {
	best, top, weight := l.backends[0], uint64(0), uint64(0) // of the best: one more than in flight
	for i, b := range l.backends {
		if more, own := inflight(b)+1, l.weights[i]; weight == 0 || more*weight < top*own {
			best, top, weight = b, more, own
		}
	}
	var sum uint64
	for i, b := range l.backends {
		sum += room(inflight(b)*weight, top*l.weights[i])
	}
	ticket, _ := bits.Mul64(draw, sum)
	for i, b := range l.backends {
		own := room(inflight(b)*weight, top*l.weights[i])
		if ticket < own {
			return b
		}
		ticket -= own
	}
	return best // loads have changed meanwhile
}

// room is what a load leaves below a level; both are times the weight of the best, by which there are no fractions.
func room(load, level uint64) uint64 { return level - min(load, level) }

func inflight(b *Backend) uint64 { return uint64(max(b.inflight.Load(), 0)) }
