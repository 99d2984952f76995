package live

import (
	"math/rand/v2"
	"sync"
)

// lockedSource lets the tasks of a node share one stream: rand.Rand itself keeps no state.
type lockedSource struct {
	mu     sync.Mutex
	source rand.Source
}

func (s *lockedSource) Uint64() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.source.Uint64()
}
