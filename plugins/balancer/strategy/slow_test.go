package strategy

import "testing"

func TestABackendThatStartsSlowlyGetsAPartOfItsShare(t *testing.T) {
	for _, name := range []string{"weighted_round_robin", "random", "least_connections", "p2c", "peak_ewma"} {
		backends := fleet(1, 2, 4)
		backends[2].SetWarmth(500)
		wantShares(t, count(made(t, name, backends), 50_000), fleet(1, 2, 2), 5)
	}
}

func TestHashingDoesNotMoveKeysWithEachStepOfASlowStart(t *testing.T) {
	for _, name := range []string{"ring", "maglev", "rendezvous"} {
		backends := fleet(1, 2, 4)
		s, r := made(t, name, backends), request(1)
		for i := range 1000 {
			r.Key = string(rune(i))
			before := s.Pick(r)
			backends[i%3].SetWarmth(100 + i%900)
			if i%100 == 0 {
				s.Update(backends)
			}
			if after := s.Pick(r); after != before {
				t.Fatalf("%s: key %d went from %s to %s", name, i, before.Name, after.Name)
			}
		}
	}
}

func TestWeightsStayWithin32Bits(t *testing.T) {
	weights := make([]int, MaxBackends)
	for i := range weights {
		weights[i] = MaxWeight
	}
	backends := fleet(weights...)
	backends[7].SetWarmth(100)
	var sum uint64
	for _, w := range weightsNow(backends) {
		sum += w
	}
	if sum >= 1<<32 {
		t.Errorf("the sum of weights is %d, want less than 2^32", sum)
	}
}
