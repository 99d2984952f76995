package strategy

import "sync/atomic"

// roundRobin picks one backend after the other, in the order of their names, whatever their weights. As old as
// time-sharing; for servers that are alike.
//
// It takes no draws. The first pick is the first backend. When the backends change it goes on with the next place in
// the new list.
type roundRobin struct {
	backends atomic.Pointer[[]*Backend]
	turn     atomic.Uint64
}

func newRoundRobin(uint64) Strategy { return &roundRobin{} }

func (s *roundRobin) Update(backends []*Backend) { s.backends.Store(&backends) }

func (s *roundRobin) Pick(*Request) *Backend {
	backends := s.backends.Load()
	if backends == nil || len(*backends) == 0 {
		return nil
	}
	turn := s.turn.Add(1) - 1
	return (*backends)[turn%uint64(len(*backends))]
}
