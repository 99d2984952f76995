package strategy

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/cespare/xxhash/v2"
)

var hashing = []string{"ring", "maglev", "rendezvous"}

const keys = 20_000

// owners is who gets each key.
func owners(s Strategy) []string {
	names, r := make([]string, keys), &Request{}
	for i := range names {
		r.Key = fmt.Sprint("key ", i)
		names[i] = s.Pick(r).Name
	}
	return names
}

func TestAKeyStaysWhileTheBackendsStay(t *testing.T) {
	for _, name := range hashing {
		backends := fleet(1, 3, 2, 1)
		s := made(t, name, backends)
		before := owners(s)
		s.Update(backends[1:])
		s.Update(backends)
		if !slices.Equal(before, owners(s)) {
			t.Errorf("%s: keys have moved although all backends are back", name)
		}
	}
}

func TestBalancersAgreeOnKeysWhateverTheirSeeds(t *testing.T) {
	for _, name := range hashing {
		named, _ := Find(All(), name)
		one, two := named.New(1), named.New(2)
		one.Update(fleet(1, 3, 2, 1))
		two.Update(fleet(1, 3, 2, 1))
		if !slices.Equal(owners(one), owners(two)) {
			t.Errorf("%s: two balancers send a key to different backends", name)
		}
	}
}

func TestFewKeysMoveWhenABackendLeaves(t *testing.T) {
	// The share of keys that may move from one backend that stays to another: none, but for maglev, whose paper shows
	// some (section 5.3).
	for name, most := range map[string]float64{"ring": 0, "rendezvous": 0, "maglev": 0.05} {
		for _, weights := range [][]int{{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 5, 2, 1, 1, 3}} {
			for _, gone := range []int{0, 3, len(weights) - 1} {
				backends := fleet(weights...)
				s := made(t, name, backends)
				before := owners(s)
				s.Update(slices.Delete(slices.Clone(backends), gone, gone+1))
				moved, orphans := 0, map[string]int{}
				for i, owner := range owners(s) {
					switch {
					case before[i] == backends[gone].Name:
						orphans[owner]++
					case before[i] != owner:
						moved++
					}
				}
				if share := float64(moved) / keys; share > most {
					t.Errorf("%s %v without %s: %.3f of the keys move from others, want at most %.3f",
						name, weights, backends[gone].Name, share, most)
				}
				if len(orphans) != len(weights)-1 {
					t.Errorf("%s %v: the keys of %s go to %v, want all others", name, weights, backends[gone].Name, orphans)
				}
			}
		}
	}
}

func TestSharesOfKeysFollowTheWeights(t *testing.T) {
	for name, tolerance := range map[string]float64{"ring": 0.25, "maglev": 0.08, "rendezvous": 0.08} {
		for _, weights := range [][]int{{1, 1, 1, 1, 1}, {5, 1, 2}, {1, 2, 3, 4}} {
			backends, total := fleet(weights...), 0
			for _, w := range weights {
				total += w
			}
			counts := map[string]int{}
			for _, owner := range owners(made(t, name, backends)) {
				counts[owner]++
			}
			for i, b := range backends {
				want := float64(keys) * float64(weights[i]) / float64(total)
				if got := float64(counts[b.Name]); math.Abs(got/want-1) > tolerance {
					t.Errorf("%s %v: %s gets %.0f keys, want %.0f within %.0f %%", name, weights, b.Name, got, want, tolerance*100)
				}
			}
		}
	}
}

func TestTheMaglevTableHoldsSlotsByWeight(t *testing.T) {
	for _, weights := range [][]int{{1, 1, 1, 1, 1, 1, 1}, {5, 1, 2}, {1000, 999, 1}, {MaxWeight, 1}, {7, 3, 3, 3, 1, 1}} {
		backends, total := fleet(weights...), 0
		for _, w := range weights {
			total += w
		}
		counts := make([]int, len(weights))
		for _, owner := range fill(backends, slotsOfFew) {
			counts[owner]++
		}
		for i, w := range weights {
			// A backend that the last turn has not reached lacks a slot, to the gain of the others.
			want, turns := float64(slotsOfFew)*float64(w)/float64(total), float64(len(weights))
			if got := float64(counts[i]); math.Abs(got-want) > turns {
				t.Errorf("%v: backend %d has %.0f slots, want %.1f within %.0f", weights, i, got, want, turns)
			}
		}
	}
}

func TestMaglevTablesArePrimeAndLargeEnough(t *testing.T) {
	for size, most := range map[int64]int{slotsOfFew: MaxBackends / 2, slotsOfMany: MaxBackends} {
		if !big.NewInt(size).ProbablyPrime(20) || size < int64(100*most) {
			t.Errorf("%d is not a prime, or less than 100 x %d", size, most)
		}
	}
}

func TestAKeyBelongsToTheNextPointOfTheRing(t *testing.T) {
	s := made(t, "ring", fleet(1, 1)).(*ring)
	c, r, last := s.circle.Load(), &Request{}, 0
	for i := range keys {
		r.Key = fmt.Sprint("key ", i)
		hash, next := xxhash.Sum64String(r.Key), 0
		for next < len(c.hashes) && c.hashes[next] < hash {
			next++
		}
		if next == len(c.hashes) {
			next = 0
			last++
		}
		if got := s.Pick(r); got != c.owners[next] {
			t.Fatalf("%s goes to %s, want %s, which has the next point", r.Key, got.Name, c.owners[next].Name)
		}
	}
	if last == 0 || c.owners[0] == c.owners[len(c.owners)-1] {
		t.Error("no key is after the last point, or the first and the last point are of one backend: choose other names")
	}
}

func TestTheRingStaysBoundedWhateverTheWeights(t *testing.T) {
	s := made(t, "ring", fleet(slices.Repeat([]int{MaxWeight}, 100)...)).(*ring)
	if n := len(s.circle.Load().hashes); n > maxPoints || n < maxPoints/2 {
		t.Errorf("the ring has %d points, want %d to %d", n, maxPoints/2, maxPoints)
	}
}

func TestTheClientIsTheKeyOfARequestWithoutOne(t *testing.T) {
	for _, name := range hashing {
		s := made(t, name, fleet(1, 1, 1, 1))
		differs := false
		for i := range 50 {
			client := fmt.Sprint("node", i)
			byClient, byKey := s.Pick(&Request{Client: client}), s.Pick(&Request{Key: client, Client: "other"})
			if byClient != byKey {
				t.Fatalf("%s: %s goes to %s as a client and to %s as a key", name, client, byClient.Name, byKey.Name)
			}
			differs = differs || byClient.Name != "a"
		}
		if !differs {
			t.Errorf("%s: all clients go to one backend", name)
		}
	}
}
