package strategy

import (
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// maglev looks the hash of the key up in a table in which each backend owns as many slots as its weight asks for. One
// look finds the backend, shares are exact to about a slot a backend, and when a backend leaves few other keys move.
// Source: Eisenbud et al., Maglev, NSDI 2016, section 3.4: the size of the table is a prime, each backend has an order
// of its own in which it likes the slots, and the backends take turns to claim the next slot they like that is free.
// With unequal weights a backend takes part in as many turns, in proportion to the largest weight, as its own asks for.
//
// It takes no draws, and balancers with the same backends agree.
type maglev struct{ table atomic.Pointer[slots] }

// The paper wants at least a hundred slots a backend; Envoy's table has the first of these sizes. Both are primes.
const (
	slotsOfFew  = 65_537
	slotsOfMany = 131_101 // for more than half of MaxBackends
)

type slots struct {
	backends []*Backend
	owner    []uint16 // of each slot, in backends
}

func newMaglev(uint64) Strategy { return &maglev{} }

func (s *maglev) Update(backends []*Backend) {
	size := uint64(slotsOfFew)
	if len(backends) > MaxBackends/2 {
		size = slotsOfMany
	}
	backends = backends[:min(len(backends), 1<<16)] // what an owner can name, far above MaxBackends
	s.table.Store(&slots{backends: backends, owner: fill(backends, size)})
}

// taste is the order in which one backend likes the slots: from next on, every skip-th. As the size is a prime it comes
// by all of them. credit is what the backend has saved up of its turns.
type taste struct{ next, skip, weight, credit uint64 }

func fill(backends []*Backend, size uint64) []uint16 {
	if len(backends) == 0 {
		return nil
	}
	tastes, heaviest := make([]taste, len(backends)), uint64(0)
	for i, b := range backends {
		hash := xxhash.Sum64String(b.Name)
		tastes[i] = taste{next: hash % size, skip: mix(hash)%(size-1) + 1, weight: uint64(b.Weight())}
		heaviest = max(heaviest, tastes[i].weight)
	}
	owner, taken := make([]uint16, size), make([]bool, size)
	for left := size; ; {
		for i := range tastes {
			t := &tastes[i]
			t.credit += t.weight
			if t.credit < heaviest {
				continue
			}
			t.credit -= heaviest
			for taken[t.next] {
				if t.next += t.skip; t.next >= size {
					t.next -= size
				}
			}
			owner[t.next], taken[t.next] = uint16(i), true
			if left--; left == 0 {
				return owner
			}
		}
	}
}

func (s *maglev) Pick(r *Request) *Backend {
	t := s.table.Load()
	if t == nil || len(t.backends) == 0 {
		return nil
	}
	slot := int(xxhash.Sum64String(r.HashKey()) % uint64(len(t.owner)))
	first, bound := t.backends[t.owner[slot]], r.boundOf(t.backends)
	for n := 1; n < len(t.owner) && bound.full(first); n++ {
		if b := t.backends[t.owner[(slot+n)%len(t.owner)]]; !bound.full(b) {
			return b
		}
	}
	return first
}
