package strategy

import "math"

// bound limits the requests in flight of a backend to LoadFactor times its share of all requests in flight, the new one
// included. A hashing strategy passes over a backend that has as many, and takes the
// next one for that key. Source: Mirrokni, Thorup, Zadimoghaddam, Consistent Hashing with Bounded Loads, arXiv
// 1608.01350: the factor is their c = 1 + epsilon, and the bound is rounded up, so that there is room for every request.
// Envoy (hash_balance_factor) and HAProxy (hash-balance-factor) do the same. The zero value is no bound.
type bound struct{ perWeight float64 }

// boundOf looks at the load of the backends. It costs a look at each, and nothing when the request asks for no bound.
func (r *Request) boundOf(backends []*Backend) bound {
	if r.LoadFactor <= 0 {
		return bound{}
	}
	inflight, weights := int64(1), 0
	for _, b := range backends {
		inflight += max(b.inflight.Load(), 0)
		weights += b.Weight()
	}
	return bound{r.LoadFactor * float64(inflight) / float64(weights)}
}

// full reports whether the backend has as many requests as it may have.
func (l bound) full(b *Backend) bool {
	return l.perWeight > 0 && float64(b.inflight.Load()) >= math.Ceil(l.perWeight*float64(b.Weight()))
}
