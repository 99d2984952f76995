package strategy

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkPick is one decision among 16 backends: the balancer's counters around it are not part of it.
func BenchmarkPick(b *testing.B) {
	for _, named := range All() {
		b.Run(named.Name, func(b *testing.B) {
			s := named.New(1)
			s.Update(fleet(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))
			r := &Request{Client: "client", Now: start, Rand: rand.New(rand.NewPCG(1, 2))}
			for b.Loop() {
				if s.Pick(r) == nil {
					b.Fatal("no backend")
				}
			}
		})
	}
}

// BenchmarkUpdate is what a change of the backends costs with 16 of them.
func BenchmarkUpdate(b *testing.B) {
	for _, named := range All() {
		b.Run(named.Name, func(b *testing.B) {
			s, backends := named.New(1), fleet(1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 1, 1, 1, 1, 1, 1)
			for b.Loop() {
				s.Update(backends)
			}
		})
	}
}

var start = time.Unix(1_000_000_000, 0)

// fleet makes backends a, b, c ... with these weights.
func fleet(weights ...int) []*Backend {
	backends := make([]*Backend, len(weights))
	for i, w := range weights {
		name := string(rune('a' + i))
		if len(weights) > 26 {
			name = fmt.Sprintf("n%04d", i)
		}
		backends[i] = NewBackend(name, w)
	}
	return backends
}
