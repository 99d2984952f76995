package strategy

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func request(seed uint64) *Request {
	return &Request{Client: "client", Now: start, Rand: rand.New(rand.NewPCG(seed, 0))}
}

// made is the strategy of that name, with backends.
func made(t *testing.T, name string, backends []*Backend) Strategy {
	t.Helper()
	named, ok := Find(All(), name)
	if !ok {
		t.Fatalf("no strategy %q", name)
	}
	s := named.New(1)
	s.Update(backends)
	return s
}

// count makes n picks and returns how many each backend got. Each request has a key of its own.
func count(s Strategy, n int) map[string]int {
	counts, r := map[string]int{}, request(7)
	for i := range n {
		r.Key = fmt.Sprint("key ", i)
		counts[s.Pick(r).Name]++
	}
	return counts
}

// wantShares checks counts against the weights, within so many standard deviations of independent draws.
func wantShares(t *testing.T, counts map[string]int, backends []*Backend, sigmas float64) {
	t.Helper()
	total, n := 0, 0
	for _, b := range backends {
		total += b.Weight()
		n += counts[b.Name]
	}
	for _, b := range backends {
		p := float64(b.Weight()) / float64(total)
		want, sd := p*float64(n), math.Sqrt(float64(n)*p*(1-p))
		if got := float64(counts[b.Name]); math.Abs(got-want) > sigmas*sd {
			t.Errorf("%s with weight %d got %.0f of %d picks, want %.0f, give or take %.0f",
				b.Name, b.Weight(), got, n, want, sigmas*sd)
		}
	}
}

func TestNamesAreUniqueAndTheDefaultIsThere(t *testing.T) {
	seen := map[string]bool{}
	for _, named := range All() {
		if seen[named.Name] || named.Doc == "" {
			t.Errorf("%s is there twice, or has no sentence of its own", named.Name)
		}
		seen[named.Name] = true
	}
	if !seen[Default] {
		t.Errorf("the default %s is not in the table", Default)
	}
}

func TestWithoutBackendsThereIsNoPick(t *testing.T) {
	for _, named := range All() {
		s := named.New(1)
		if b := s.Pick(request(1)); b != nil {
			t.Errorf("%s picks %s before the first update", named.Name, b.Name)
		}
		s.Update(fleet(1, 2))
		s.Update(nil)
		if b := s.Pick(request(1)); b != nil {
			t.Errorf("%s picks %s when none is left", named.Name, b.Name)
		}
	}
}

func TestOnlyBackendsOfTheLatestUpdateArePicked(t *testing.T) {
	for _, named := range All() {
		s, all := named.New(1), fleet(3, 1, 2, 1, 1)
		for _, now := range [][]*Backend{all, all[:1], all[1:4], all[4:], {all[0], all[2], all[4]}} {
			s.Update(now)
			r := request(1)
			for i := range 300 {
				r.Key = fmt.Sprint(i)
				b := s.Pick(r)
				if !slices.Contains(now, b) {
					t.Fatalf("%s picks %v, which is not one of %d backends", named.Name, b, len(now))
				}
				Done(s, b, Result{OK: true, Took: time.Millisecond, Now: start})
			}
		}
	}
}

func TestTheSameSeedGivesTheSamePicks(t *testing.T) {
	for _, named := range All() {
		if one, two := story(named), story(named); one != two {
			t.Errorf("%s:\n%s\n%s", named.Name, one, two)
		}
	}
}

// story is the picks of a strategy among backends that come to have different loads and latencies.
func story(named Named) string {
	s, backends, r := named.New(1), fleet(1, 2, 3, 1, 1), request(3)
	var picks strings.Builder
	for i := range 300 {
		if i%50 == 0 {
			s.Update(backends[i/100:])
		}
		r.Key, r.Now = fmt.Sprint(i), start.Add(time.Duration(i)*100*time.Millisecond)
		b := s.Pick(r)
		picks.WriteString(b.Name)
		b.Picked()
		if i%3 > 0 {
			result := Result{OK: i%7 > 0, Took: time.Duration(b.Name[0]) * time.Millisecond, Now: r.Now}
			b.Finished(result)
			Done(s, b, result)
		}
	}
	return picks.String()
}

func TestRoundRobinTakesTurnsWhateverTheWeights(t *testing.T) {
	s := made(t, "round_robin", fleet(5, 1, 1))
	var order string
	for range 7 {
		order += s.Pick(request(1)).Name
	}
	if order != "abcabca" {
		t.Errorf("got the order %s, want abcabca", order)
	}
}

func TestWeightedRoundRobinSpreadsTheTurnsOfAHeavyBackend(t *testing.T) {
	s := made(t, "weighted_round_robin", fleet(5, 1, 1))
	var order string
	for range 14 {
		order += s.Pick(request(1)).Name
	}
	if order != "aabacaaaabacaa" {
		t.Errorf("got the order %s, want aabacaa twice", order)
	}
}

func TestWeightedRoundRobinIsExactAfterEachCycle(t *testing.T) {
	backends := fleet(7, 1, 4, 2)
	wantShares(t, count(made(t, "weighted_round_robin", backends), 14*50), backends, 0)
}

func TestAnUpdateFreesWeightedRoundRobinFromOldWeights(t *testing.T) {
	backends := fleet(MaxWeight, 1, 1)
	s := made(t, "weighted_round_robin", backends)
	count(s, 100_000)
	backends[0].SetWeight(1)
	s.Update(backends)
	wantShares(t, count(s, 30), backends, 0)
}

func TestTurnsAreEvenBesideOneThatFlaps(t *testing.T) {
	for _, name := range []string{"round_robin", "weighted_round_robin"} {
		for flapper := range 5 {
			for _, every := range []int{1, 2, 3, 4, 7} {
				backends := fleet(1, 1, 1, 1, 1)
				s, counts := made(t, name, backends), map[string]int{}
				for i := range 3000 {
					if i%every == 0 {
						present := slices.Clone(backends)
						if i/every%2 > 0 {
							present = slices.Delete(present, flapper, flapper+1)
						}
						s.Update(present)
					}
					counts[s.Pick(request(1)).Name]++
				}
				delete(counts, backends[flapper].Name)
				calm := slices.Collect(maps.Values(counts))
				if len(calm) < 4 || slices.Max(calm)-slices.Min(calm) > 2 {
					t.Errorf("%s, %s flaps every %d picks: got %v", name, backends[flapper].Name, every, counts)
				}
			}
		}
	}
}

func TestTurnsGoOnOverAnUpdateThatChangesNothing(t *testing.T) {
	for _, name := range []string{"round_robin", "weighted_round_robin"} {
		for _, weights := range [][]int{{1, 1, 1}, {5, 1, 1}, {3, 7, 2, 1}} {
			one, two := made(t, name, fleet(weights...)), made(t, name, fleet(weights...))
			for i := range 200 {
				two.Update(nil)
				two.Update(fleet(weights...))
				if a, b := one.Pick(nil).Name, two.Pick(nil).Name; a != b {
					t.Fatalf("%s %v: pick %d is %s, want %s", name, weights, i, b, a)
				}
			}
		}
	}
}

func TestWeightsBelongToBackendsNotToPlaces(t *testing.T) {
	for _, name := range []string{"weighted_round_robin", "random", "least_connections", "p2c", "rendezvous"} {
		backends := fleet(1, 1, 8, 2, 1)
		s := made(t, name, backends)
		count(s, 100)
		s.Update(backends[1:])
		wantShares(t, count(s, 12_000), backends[1:], 5)
	}
}

func TestIdleBackendsGetSharesByWeight(t *testing.T) {
	for _, name := range []string{"random", "least_connections", "p2c", "rendezvous"} {
		for _, weights := range [][]int{{1, 1, 1, 1}, {5, 1, 1}, {1, 2, 3, 4, 5, 6}, {700, 7, 70}, {1, 1}, {1, 9}} {
			t.Run(fmt.Sprint(name, weights), func(t *testing.T) {
				backends := fleet(weights...)
				wantShares(t, count(made(t, name, backends), 40_000), backends, 5)
			})
		}
	}
}

func TestTheSumOfWeightsFitsTheDraws(t *testing.T) {
	if int64(MaxBackends)*MaxWeight >= 1<<32 {
		t.Fatal("the products of Lottery.Two and of ties overflow")
	}
	backends := make([]int, MaxBackends)
	for i := range backends {
		backends[i] = MaxWeight
	}
	l, r := NewLottery(fleet(backends...)), rand.New(rand.NewPCG(1, 2))
	halves := [2]int{}
	for range 20_000 {
		i, j := l.Two(r)
		if i == j {
			t.Fatalf("two draws %d twice", i)
		}
		halves[j*2/MaxBackends]++
	}
	if d := halves[0] - halves[1]; d < -800 || d > 800 {
		t.Errorf("the second draw falls on the halves %v times", halves)
	}
}

func TestTwoDrawsAreDistinctAndProportional(t *testing.T) {
	backends := fleet(5, 1, 2)
	l, r := NewLottery(backends), rand.New(rand.NewPCG(1, 2))
	first, second := map[string]int{}, [3][3]int{}
	for range 80_000 {
		i, j := l.Two(r)
		first[backends[i].Name]++
		second[i][j]++
	}
	wantShares(t, first, backends, 5)
	for i := range backends {
		rest := slices.Delete(slices.Clone(backends), i, i+1)
		counts := map[string]int{}
		for j, n := range second[i] {
			counts[backends[j].Name] = n
		}
		if counts[backends[i].Name] > 0 {
			t.Errorf("%s is drawn twice", backends[i].Name)
		}
		wantShares(t, counts, rest, 5)
	}
}

func TestPicksAndUpdatesMayHappenAtOnce(t *testing.T) {
	for _, named := range All() {
		s, backends := named.New(1), fleet(1, 2, 3, 4, 1, 1, 1, 1)
		s.Update(backends)
		var picking, updating sync.WaitGroup
		for seed := range uint64(4) {
			picking.Go(func() {
				r := request(seed)
				for i := range 500 {
					r.Key, r.Now = fmt.Sprint(seed, i), start.Add(time.Duration(i)*10*time.Millisecond)
					b := s.Pick(r)
					b.Picked()
					result := Result{OK: i%9 > 0, Took: time.Duration(i) * time.Microsecond, Now: r.Now}
					b.Finished(result)
					Done(s, b, result)
				}
			})
		}
		updating.Go(func() {
			for i := range 4 {
				backends[0].SetWeight(i)
				s.Update(backends[i%3:])
			}
		})
		picking.Wait()
		updating.Wait()
		for _, b := range backends {
			if b.Inflight() != 0 {
				t.Errorf("%s: %s has %d requests in flight at the end", named.Name, b.Name, b.Inflight())
			}
		}
	}
}
