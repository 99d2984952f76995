package strategy

import (
	"sort"
	"sync/atomic"
)

// roundRobin picks one backend after the other, in the order of their names, whatever their weights. As old as
// time-sharing; for servers that are alike.
//
// It takes no draws. The first pick is the first backend. When the backends change it goes on with the name that
// follows the last one picked: those that stay take turns as before, however often others come and go.
type roundRobin struct{ circle atomic.Pointer[turns] }

// turns is the backends of one Update.
type turns struct {
	backends []*Backend
	last     string // whose turn it was before
	first    uint64 // whose turn it is then, in backends
	taken    atomic.Uint64
}

func newRoundRobin(uint64) Strategy { return &roundRobin{} }

func (s *roundRobin) Update(backends []*Backend) {
	next := &turns{backends: backends, last: s.circle.Load().latest()}
	next.first = uint64(sort.Search(len(backends), func(i int) bool { return backends[i].Name > next.last }))
	s.circle.Store(next)
}

// latest is whose turn was the last.
func (t *turns) latest() string {
	if t == nil {
		return ""
	}
	taken := t.taken.Load()
	if taken == 0 || len(t.backends) == 0 {
		return t.last
	}
	return t.at(taken - 1).Name
}

func (t *turns) at(turn uint64) *Backend { return t.backends[(t.first+turn)%uint64(len(t.backends))] }

func (s *roundRobin) Pick(*Request) *Backend {
	t := s.circle.Load()
	if t == nil || len(t.backends) == 0 {
		return nil
	}
	return t.at(t.taken.Add(1) - 1)
}
