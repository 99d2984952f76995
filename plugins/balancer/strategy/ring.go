package strategy

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// ring gives each backend many points on a circle, as many as its weight asks for; a request belongs to the first point
// at or after the hash of its key. When a backend leaves only its own keys move, to the backends that are next to its
// points. Source: Karger et al., Consistent Hashing and Random Trees, STOC 1997.
//
// It takes no draws, and balancers with the same backends agree. A backend of weight w has 256 x w points, which keeps
// shares within about 6 % of what they should be for equals; above 65,536 points in all everybody's number is halved
// until they fit, at the price of as many keys as change points then.
type ring struct{ circle atomic.Pointer[circle] }

const (
	pointsPerWeight = 256
	maxPoints       = 1 << 16
)

// circle is the points in order; hashes and owners are apart because a search reads hashes only.
type circle struct {
	backends []*Backend
	hashes   []uint64
	owners   []*Backend
}

func newRing(uint64) Strategy { return &ring{} }

func (s *ring) Update(backends []*Backend) {
	points := 0
	for _, b := range backends {
		points += pointsPerWeight * b.Weight()
	}
	halved := 0
	for points>>halved > maxPoints {
		halved++
	}
	type point struct {
		hash  uint64
		owner int
	}
	var all []point
	for i, b := range backends {
		label := append([]byte(b.Name), make([]byte, 4)...)
		for n := range max(pointsPerWeight*b.Weight()>>halved, 1) {
			binary.LittleEndian.PutUint32(label[len(b.Name):], uint32(n))
			all = append(all, point{xxhash.Sum64(label), i})
		}
	}
	slices.SortFunc(all, func(a, b point) int { return cmp.Or(cmp.Compare(a.hash, b.hash), a.owner-b.owner) })
	c := &circle{backends: backends, hashes: make([]uint64, len(all)), owners: make([]*Backend, len(all))}
	for i, p := range all {
		c.hashes[i], c.owners[i] = p.hash, backends[p.owner]
	}
	s.circle.Store(c)
}

func (s *ring) Pick(r *Request) *Backend {
	c := s.circle.Load()
	if c == nil || len(c.owners) == 0 {
		return nil
	}
	i, _ := slices.BinarySearch(c.hashes, xxhash.Sum64String(r.HashKey()))
	first := c.owners[i%len(c.owners)] // after the last point comes the first
	bound := r.boundOf(c.backends)
	for n := 1; n < len(c.owners) && bound.full(first); n++ {
		if b := c.owners[(i+n)%len(c.owners)]; !bound.full(b) {
			return b
		}
	}
	return first
}
