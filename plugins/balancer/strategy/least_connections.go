package strategy

import "sync/atomic"

// leastConnections looks at all backends and picks the one with the fewest requests in flight for its weight. Among
// equals it draws in proportion to the weights, so that an idle balancer spreads its requests. Source: least_conn of
// nginx and leastconn of HAProxy, but for the draw: ties broken by turns or by place let several balancers move in
// step.
//
// It takes one draw a pick, whether there are ties or not.
type leastConnections struct{ lottery atomic.Pointer[Lottery] }

func newLeastConnections(uint64) Strategy { return &leastConnections{} }

func (s *leastConnections) Update(backends []*Backend) { s.lottery.Store(NewLottery(backends)) }

func (s *leastConnections) Pick(r *Request) *Backend {
	l := s.lottery.Load()
	if l == nil || len(l.backends) == 0 {
		return nil
	}
	draw := r.Rand.Uint64()
	var best *Backend
	var least, weight, tied uint64 // of the best: requests in flight, weight, and the weights of all that are tied with it
	for i, b := range l.backends {
		load, own := uint64(max(b.inflight.Load(), 0)), l.weight(i)
		mine, its := load*weight, least*own // load/own against least/weight, without division
		switch {
		case best == nil || mine < its:
			best, least, weight, tied = b, load, own, own
		case mine == its:
			// Of the ties so far each is the best with a chance in proportion to its weight (reservoir sampling).
			tied += own
			draw += golden
			if mix(draw)>>32*tied>>32 < own {
				best, least, weight = b, load, own
			}
		}
	}
	return best
}
