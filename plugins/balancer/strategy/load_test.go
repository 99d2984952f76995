package strategy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// loaded makes backends with so many requests in flight.
func loaded(loads []int, weights ...int) []*Backend {
	if weights == nil {
		weights = slices.Repeat([]int{1}, len(loads))
	}
	backends := fleet(weights...)
	for i, b := range backends {
		for range loads[i] {
			b.Picked()
		}
	}
	return backends
}

// orders calls f with all orders of the numbers.
func orders(numbers []int, f func([]int)) {
	var place func(int)
	place = func(k int) {
		if k == len(numbers) {
			f(numbers)
		}
		for i := k; i < len(numbers); i++ {
			numbers[k], numbers[i] = numbers[i], numbers[k]
			place(k + 1)
			numbers[k], numbers[i] = numbers[i], numbers[k]
		}
	}
	place(0)
}

func TestLeastConnectionsPicksTheLeastInEveryOrder(t *testing.T) {
	for _, loads := range [][]int{{0, 1, 2, 3, 4}, {2, 2, 1, 3, 3}, {1, 1, 1, 0, 5}, {4, 0, 0, 4, 4}} {
		least := slices.Min(loads)
		orders(loads, func(loads []int) {
			s, r := made(t, "least_connections", loaded(loads)), request(1)
			for range 20 {
				if b := s.Pick(r); b.Inflight() != least {
					t.Fatalf("loads %v: picked %s with %d", loads, b.Name, b.Inflight())
				}
			}
		})
	}
}

func TestLeastConnectionsWeighsLoads(t *testing.T) {
	// One more makes 3, 7/4 or 4, so the level is 7/4, and only b has room below it; with two more at b it is 9/4.
	for _, test := range []struct {
		loads []int
		want  string
	}{{[]int{2, 6, 3}, "b"}, {[]int{2, 8, 3}, "ab"}, {[]int{0, 8, 1}, "a"}, {[]int{3, 13, 3}, "abc"}} {
		s, r := made(t, "least_connections", loaded(test.loads, 1, 4, 1)), request(1)
		picked := map[string]bool{}
		for range 100 {
			picked[s.Pick(r).Name] = true
		}
		for _, name := range []string{"a", "b", "c"} {
			if want := slices.Contains([]byte(test.want), name[0]); picked[name] != want {
				t.Errorf("loads %v of weights 1, 4, 1: %s is picked: %t, want %t", test.loads, name, !want, want)
			}
		}
	}
}

func TestLeastConnectionsBreaksTiesAtRandom(t *testing.T) {
	backends := loaded([]int{1, 0, 0, 2, 0, 0, 1, 0})
	counts := count(made(t, "least_connections", backends), 50_000)
	tied := slices.DeleteFunc(slices.Clone(backends), func(b *Backend) bool { return b.Inflight() > 0 })
	wantShares(t, counts, tied, 5)
}

func TestOfTwoChoicesTheLessLoadedIsPicked(t *testing.T) {
	// With five backends of different loads the k-th least is picked when it is drawn with one of the 4-k above it.
	counts := count(made(t, "p2c", loaded([]int{0, 1, 2, 3, 4})), 50_000)
	if counts["e"] != 0 {
		t.Errorf("the most loaded backend got %d picks, want none", counts["e"])
	}
	wantShares(t, counts, fleet(4, 3, 2, 1), 5)
}

func TestOfTwoChoicesLoadsCountInRelationToWeights(t *testing.T) {
	// 6 of weight 4, and one more, is less than 2 of weight 1, and more than 1 of weight 1.
	for _, test := range []struct {
		loads []int
		want  string
	}{{[]int{2, 6}, "b"}, {[]int{0, 6}, "a"}} {
		s, r := made(t, "p2c", loaded(test.loads, 1, 4)), request(1)
		for range 50 {
			if b := s.Pick(r); b.Name != test.want {
				t.Fatalf("loads %v of weights 1 and 4: picked %s, want %s", test.loads, b.Name, test.want)
			}
		}
	}
}

// traffic is requests that come evenly to backends, each of which answers after its own time.
type traffic struct {
	strategy Strategy
	request  *Request
	latency  func(name string) (took time.Duration, ok bool)
	running  []running // by end
}

type running struct {
	backend *Backend
	result  Result
}

func newTraffic(s Strategy, latency func(name string) (time.Duration, bool)) *traffic {
	return &traffic{strategy: s, request: request(5), latency: latency}
}

// drive sends n requests, one every interval, and returns how many went to each backend.
func (tr *traffic) drive(n int, interval time.Duration) map[string]int {
	counts := map[string]int{}
	for range n {
		tr.request.Now = tr.request.Now.Add(interval)
		for len(tr.running) > 0 && !tr.running[0].result.Now.After(tr.request.Now) {
			over := tr.running[0]
			tr.running = tr.running[1:]
			over.backend.Finished(over.result)
			Done(tr.strategy, over.backend, over.result)
		}
		b := tr.strategy.Pick(tr.request)
		b.Picked()
		counts[b.Name]++
		took, ok := tr.latency(b.Name)
		started := running{b, Result{OK: ok, Took: took, Now: tr.request.Now.Add(took)}}
		at, _ := slices.BinarySearchFunc(tr.running, started, func(a, b running) int {
			return a.result.Now.Compare(b.result.Now)
		})
		tr.running = slices.Insert(tr.running, at, started)
	}
	return counts
}

func slow(name string, took time.Duration) func(string) (time.Duration, bool) {
	return func(asked string) (time.Duration, bool) {
		if asked == name {
			return took, true
		}
		return 2 * time.Millisecond, true
	}
}

func TestLoadAwareStrategiesSpareASlowBackend(t *testing.T) {
	const n = 20_000
	for name, most := range map[string]int{
		"least_connections": n / 20, "p2c": n / 20, "peak_ewma": n / 500, // of n/4 without looking
	} {
		counts := newTraffic(made(t, name, fleet(1, 1, 1, 1)), slow("b", 200*time.Millisecond)).drive(n, time.Millisecond)
		if counts["b"] > most || counts["b"] == 0 {
			t.Errorf("%s: the slow backend gets %d of %d requests, want 1 to %d", name, counts["b"], n, most)
		}
	}
}

func TestPeakEWMATakesABackendBackThatWasSlow(t *testing.T) {
	tr := newTraffic(made(t, "peak_ewma", fleet(1, 1, 1, 1)), slow("b", 2*time.Second))
	before := tr.drive(1000, 10*time.Millisecond)
	if before["b"] > 20 {
		t.Errorf("while it is slow it gets %d of 1000 requests", before["b"])
	}
	tr.latency = slow("b", 2*time.Millisecond)
	tr.drive(700, 10*time.Millisecond) // for the probe, due after five seconds, to be drawn
	after := tr.drive(4000, 10*time.Millisecond)
	wantShares(t, after, fleet(1, 1, 1, 1), 6)
}

func TestPeakEWMAProbesASlowBackendAtMostOnceInFiveSeconds(t *testing.T) {
	tr := newTraffic(made(t, "peak_ewma", fleet(1, 1, 1, 1)), slow("b", 2*time.Second))
	tr.drive(100, 10*time.Millisecond)
	if probes := tr.drive(10_000, 10*time.Millisecond)["b"]; probes < 10 || probes > 21 {
		t.Errorf("in 100s it is probed %d times, want 10 to 21", probes)
	}
}

func TestPeakEWMAIsNotDrawnToABackendThatFailsFast(t *testing.T) {
	tr := newTraffic(made(t, "peak_ewma", fleet(1, 1, 1, 1)), func(name string) (time.Duration, bool) {
		if name == "c" {
			return 10 * time.Microsecond, false
		}
		return 20 * time.Millisecond, true
	})
	if counts := tr.drive(20_000, 10*time.Millisecond); counts["c"] > 400 {
		t.Errorf("the backend that fails gets %d of 20000 requests, want at most 400", counts["c"])
	}
}

// Clients that have no patience hide how slow a backend is: only that it takes longer than they wait is seen.
func TestPeakEWMALearnsFromClientsThatLeave(t *testing.T) {
	backends := fleet(1, 1)
	s := made(t, "peak_ewma", backends)
	now := start
	for range 10 {
		for _, b := range backends {
			now = now.Add(time.Millisecond)
			b.Picked()
			b.Finished(Result{OK: true, Took: 5 * time.Millisecond, Now: now})
			Done(s, b, Result{OK: true, Took: 5 * time.Millisecond, Now: now})
		}
	}
	a := Result{OK: true, Abandoned: true, Took: time.Second, Now: now}
	backends[0].Picked()
	backends[0].Finished(a)
	Done(s, backends[0], a)
	if got := backends[0].EWMA(); got < 50*time.Millisecond {
		t.Errorf("after a client has waited for 1s in vain, the average is %v", got)
	}
	for i := range 100 {
		if s.Pick(&Request{Now: now, Rand: rand.New(rand.NewPCG(uint64(i), 1))}) == backends[0] {
			t.Fatal("the backend that took more than 1s is picked")
		}
	}
	early := Result{OK: true, Abandoned: true, Took: time.Microsecond, Now: now}
	before := backends[1].EWMA()
	backends[1].Picked()
	backends[1].Finished(early)
	Done(s, backends[1], early)
	if got := backends[1].EWMA(); got != before {
		t.Errorf("a client that leaves at once moves the average from %v to %v", before, got)
	}
}

func TestPeakEWMAGetsToKnowANewBackendByOneRequest(t *testing.T) {
	backends := fleet(1, 1, 1)
	s := made(t, "peak_ewma", backends[:2])
	tr := newTraffic(s, slow("c", time.Minute))
	tr.drive(1000, time.Millisecond)
	s.Update(backends)
	if counts := tr.drive(1000, time.Millisecond); counts["c"] != 1 {
		t.Errorf("until its first answer it gets %d requests, want 1", counts["c"])
	}
}

func TestPeakEWMACountsRequestsInFlight(t *testing.T) {
	backends := fleet(1, 1)
	s, r := made(t, "peak_ewma", backends), request(1)
	for i, took := range []time.Duration{10 * time.Millisecond, 25 * time.Millisecond} {
		for range firstSamples {
			Done(s, backends[i], Result{OK: true, Took: took, Now: start})
		}
	}
	// The loads are 10 to 25, 20 to 25, 30 to 25, then with one at b 30 to 50 and 40 to 50.
	for i, want := range []string{"a", "a", "b", "a", "a"} {
		b := s.Pick(r)
		if b.Name != want {
			t.Errorf("pick %d is %s, want %s", i, b.Name, want)
		}
		b.Picked()
	}
}

func TestPeakEWMAKeepsWhatItKnowsOverAnUpdate(t *testing.T) {
	backends := fleet(1, 1, 1)
	s := made(t, "peak_ewma", backends)
	tr := newTraffic(s, slow("c", time.Second))
	tr.drive(2000, time.Millisecond)
	s.Update(backends[1:])
	if counts := tr.drive(1000, time.Millisecond); counts["c"] > 10 {
		t.Errorf("the slow backend gets %d of 1000 requests after an update, want at most 10", counts["c"])
	}
}

func TestPeakEWMALearnsNothingFromAnAttemptThatWasNotMade(t *testing.T) {
	one, two := made(t, "peak_ewma", fleet(1, 1, 1)), made(t, "peak_ewma", fleet(1, 1, 1))
	a, b := newTraffic(one, slow("a", 50*time.Millisecond)), newTraffic(two, slow("a", 50*time.Millisecond))
	for i := range 100 {
		field := two.(*peakEWMA).field.Load()
		Done(two, field.backends[i%3], Result{Unasked: true, Now: start.Add(time.Hour)})
		if x, y := fmt.Sprint(a.drive(10, time.Millisecond)), fmt.Sprint(b.drive(10, time.Millisecond)); x != y {
			t.Fatalf("picks %s and %s", x, y)
		}
	}
}

func TestPeakEWMAIsNotDrawnToABackendThatFailsFastWhileTheOthersAreBusy(t *testing.T) {
	// At 2000 a second three servers of 20ms have 13 requests in flight each; a second of cost for a failure would be
	// less than what queues have.
	tr := newTraffic(made(t, "peak_ewma", fleet(1, 1, 1, 1)), func(name string) (time.Duration, bool) {
		if name == "c" {
			return 10 * time.Microsecond, false
		}
		return time.Second, true
	})
	if counts := tr.drive(20_000, 500*time.Microsecond); counts["c"] > 100 {
		t.Errorf("the backend that fails gets %d of 20000 requests, want at most 100", counts["c"])
	}
}

func TestPeakEWMATakesABackendThatFailsNowAndThenForWhatItIs(t *testing.T) {
	n := 0
	tr := newTraffic(made(t, "peak_ewma", fleet(1, 1, 1, 1)), func(name string) (time.Duration, bool) {
		n++
		return 5 * time.Millisecond, name != "c" || n%20 > 0
	})
	if counts := tr.drive(20_000, time.Millisecond); counts["c"] < 3000 || counts["c"] > 5500 {
		t.Errorf("a backend that fails 5 %% gets %d of 20000 requests, want 3000 to 5500", counts["c"])
	}
}

func TestPeakEWMAIsNotMisledByTheFirstSample(t *testing.T) {
	cold := true
	tr := newTraffic(made(t, "peak_ewma", fleet(1, 1)), func(name string) (time.Duration, bool) {
		if name == "a" && cold {
			cold = false
			return 200 * time.Millisecond, true
		}
		return 5 * time.Millisecond, true
	})
	if counts := tr.drive(400, 10*time.Millisecond); counts["a"] < 40 {
		t.Errorf("after a slow first answer it gets %d of 400 requests, want 40 and more", counts["a"])
	}
}

func TestPeakEWMAKeepsWhatItKnowsOfABackendThatFlaps(t *testing.T) {
	backends := fleet(1, 1, 1)
	s := made(t, "peak_ewma", backends)
	tr := newTraffic(s, slow("c", time.Second))
	tr.drive(2000, time.Millisecond)
	for i := range 20 {
		s.Update(backends[:2])
		tr.drive(10, time.Millisecond)
		if i%2 > 0 {
			backends = []*Backend{backends[0], backends[1], NewBackend("c", 1)} // as after it was configured away
		}
		s.Update(backends)
		if counts := tr.drive(10, time.Millisecond); counts["c"] > 1 {
			t.Errorf("flap %d: the slow backend gets %d of 10 requests", i, counts["c"])
		}
	}
}

func TestAtLowLoadSharesAreByWeight(t *testing.T) {
	for _, name := range []string{"weighted_round_robin", "random", "least_connections", "p2c", "peak_ewma"} {
		tr := newTraffic(made(t, name, fleet(1, 9)), func(string) (time.Duration, bool) { return 5 * time.Millisecond, true })
		if share := tr.drive(20_000, 5*time.Millisecond)["b"]; share < 16_400 || share > 18_800 {
			t.Errorf("%s: weight 9 of 10 gets %d of 20000 requests, want about 18000", name, share)
		}
	}
}

// Of two idle backends the heavier one gets its share of the weights over the latencies, so one that answers at once gets nearly
// all, also when it fails every other time: ejection is against that.
func TestPeakEWMAWeighsTwoBackendsByTheirLatency(t *testing.T) {
	for _, c := range []struct {
		heavy, light time.Duration
		fails        bool
		share        float64
	}{
		{5 * time.Millisecond, 5 * time.Millisecond, false, 0.8}, {10 * time.Millisecond, 5 * time.Millisecond, false, 0.667},
		{5 * time.Millisecond, 10 * time.Millisecond, false, 0.889}, {5 * time.Millisecond, time.Microsecond, true, 0.01},
	} {
		n := 0
		tr := newTraffic(made(t, "peak_ewma", fleet(4, 1)), func(name string) (time.Duration, bool) {
			if name == "a" {
				return c.heavy, true
			}
			n++
			return c.light, !c.fails || n%2 == 0
		})
		if got := float64(tr.drive(10_000, 20*time.Millisecond)["a"]) / 10_000; got < c.share-0.02 || got > c.share+0.02 {
			t.Errorf("%v against %v of a fourth of the weight: got %v, want %v", c.heavy, c.light, got, c.share)
		}
	}
}

func TestUnderLoadInflightFollowsTheWeights(t *testing.T) {
	for name, off := range map[string]int64{"least_connections": 1, "p2c": 12} {
		backends := fleet(1, 2, 3, 10, 100, 99)
		s, r := made(t, name, backends), request(9)
		for range 2150 {
			s.Pick(r).Picked()
		}
		for i, w := range []int64{10, 20, 30, 100, 1000, 990} {
			if d := backends[i].inflight.Load() - w; d < -off || d > off {
				t.Errorf("%s: weight %d has %d in flight, want %d", name, backends[i].Weight(), w+d, w)
			}
		}
	}
}
