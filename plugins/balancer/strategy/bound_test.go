package strategy

import (
	"fmt"
	"math"
	"testing"
)

func TestNoBackendHasMoreThanItsBoundHoweverHotAKeyIs(t *testing.T) {
	for _, name := range hashing {
		for _, weights := range [][]int{{1, 1, 1, 1, 1}, {1, 2, 3, 4}} {
			backends, total := fleet(weights...), 0
			for _, w := range weights {
				total += w
			}
			s, r := made(t, name, backends), request(1)
			r.Key, r.LoadFactor = "hot", 1.25
			for m := 1; m <= 500; m++ { // none of them ends
				s.Pick(r).Picked()
				for _, b := range backends {
					most := math.Ceil(1.25 * float64(m) * float64(b.Weight()) / float64(total))
					if got := float64(b.Inflight()); got > most {
						t.Fatalf("%s, weights %v: %s has %v of %d requests, want at most %v", name, weights, b.Name, got, m, most)
					}
				}
			}
		}
	}
}

func TestWithoutABoundAHotKeyHasOneBackend(t *testing.T) {
	for _, name := range hashing {
		backends := fleet(1, 1, 1, 1, 1)
		s, r := made(t, name, backends), request(1)
		r.Key = "hot"
		first := s.Pick(r)
		for range 100 {
			first.Picked()
			if b := s.Pick(r); b != first {
				t.Fatalf("%s: got %s and %s", name, first.Name, b.Name)
			}
		}
	}
}

func TestABoundMovesNoKeyWhoseBackendHasRoomAndOthersAlwaysToTheSame(t *testing.T) {
	for _, name := range hashing {
		backends := fleet(1, 1, 1, 1, 1)
		s, r := made(t, name, backends), request(1)
		next := map[string]*Backend{}
		for range 2 {
			for i := range 200 {
				r.Key, r.LoadFactor = fmt.Sprint(i), 0
				own := s.Pick(r)
				if r.LoadFactor = 1.25; s.Pick(r) != own {
					t.Errorf("%s: key %d leaves an idle backend", name, i)
				}
				own.Picked()
				own.Picked() // full: its bound is 1.25 x 3 / 5, rounded up
				b := s.Pick(r)
				if before := next[r.Key]; b == own || before != nil && b != before {
					t.Errorf("%s: key %d goes from %s to %s, and before to %v", name, i, own.Name, b.Name, before)
				}
				next[r.Key] = b
				own.inflight.Store(0)
			}
		}
	}
}
