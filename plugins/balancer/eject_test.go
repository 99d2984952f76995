package balancer

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// load asks n times, once every so often, whatever became of the requests before, and counts how they ended: by status,
// and "late" for what takes longer than a second.
func (w *world) load(n int, every time.Duration) map[string]int {
	w.t.Helper()
	ends := map[string]int{}
	w.DoOn("client", func(env sdk.Env) {
		for range n {
			env.Go(func() {
				began := env.Now()
				a := get(w.t, env, http1.Request{})
				if end := fmt.Sprint(a.status); env.Now().Sub(began) > time.Second {
					ends["late"]++
				} else {
					ends[end]++
				}
			})
			_ = env.Sleep(every)
		}
	})
	w.Run(30 * time.Second) // all have ended
	return ends
}

// serial lets a node work on requests one after the other, each for a time. sick says when its /health fails.
func (w *world) serial(node string, work time.Duration, sick func() bool) {
	var free time.Time
	w.handle(node, func(env sdk.Env, req *http1.Request, reply *http1.Reply) error {
		if req.Target == "/health" {
			if sick != nil && sick() {
				return reply.Text(503, nil, "sick")
			}
			return reply.Text(200, nil, "well")
		}
		now := env.Now()
		if free.Before(now) {
			free = now
		}
		free = free.Add(work)
		_ = env.Sleep(free.Sub(now))
		return reply.Text(200, nil, node)
	})
}

// fails lets a node answer every request by 500 at once, while broken says so.
func (w *world) fails(node string, broken func(n int) bool) {
	n := 0
	w.handle(node, func(env sdk.Env, _ *http1.Request, reply *http1.Reply) error {
		if n++; broken(n) {
			return reply.Text(500, nil, "broken")
		}
		_ = env.Sleep(20 * time.Millisecond)
		return reply.Text(200, nil, node)
	})
}

func always(int) bool { return true }

func TestWithEjectionABackendThatFailsFastDoesNotSwallowTheTraffic(t *testing.T) {
	for _, test := range []struct {
		failures int
		standing bool
	}{{0, false}, {5, true}} {
		w := newWorld(t, []string{"a", "b", "c", "broken"}, "strategy", "least_connections", "eject_failures", test.failures)
		for _, name := range []string{"a", "b", "c"} {
			w.names(name, 20*time.Millisecond)
		}
		w.fails("broken", always)
		ends := w.load(1000, 5*time.Millisecond)
		if standing := ends["200"] > 980; standing != test.standing || !standing && ends["200"] > 800 {
			t.Errorf("eject_failures = %d: got %v, want that it stands: %v", test.failures, ends, test.standing)
		}
	}
}

func TestAnEjectionLastsLongerEachTimeAndIsTold(t *testing.T) {
	w := newWorld(t, []string{"good", "broken"}, "eject_failures", 3, "eject_time", 10*time.Second,
		"eject_every", time.Hour, "panic_threshold", 0.0)
	w.names("good", 0)
	w.fails("broken", always)
	w.DoOn("client", func(env sdk.Env) {
		for range 60 {
			get(t, env, http1.Request{})
			_ = env.Sleep(time.Second)
		}
	})
	w.wantEvents(
		"4s backend_ejected broken 3 failures in a row 10s",
		"14s backend_returned broken",
		"18s backend_ejected broken 3 failures in a row 20s",
		"38s backend_returned broken",
		"42s backend_ejected broken 3 failures in a row 30s",
	)
	w.wantStat("broken", "ejected", true)
	w.wantStat("broken", "up", true)
	w.wantStat("broken", "ejections", 3)
	w.wantStat("good", "ejected", false)
}

func TestAnIntervalWithoutEjectionForgivesOne(t *testing.T) {
	w := newWorld(t, []string{"good", "broken"}, "eject_failures", 3, "eject_time", 10*time.Second, "eject_every", 15*time.Second)
	w.names("good", 0)
	sick := true
	w.fails("broken", func(int) bool { return sick })
	ask := func() {
		w.DoOn("client", func(env sdk.Env) {
			for range 6 {
				get(t, env, http1.Request{})
			}
		})
	}
	ask()
	w.Run(16 * time.Second) // it is back, and 15s were not long enough to be forgiven
	w.Run(15 * time.Second)
	ask()
	if got := w.events(); len(got) != 3 || !strings.HasSuffix(got[2], "10s") {
		t.Errorf("got %v, want a second ejection of 10s", got)
	}
}

func TestAtMostAShareIsEjectedButOneMayAlwaysBe(t *testing.T) {
	for _, test := range []struct {
		share float64
		want  int
	}{{0, 1}, {0.1, 1}, {0.5, 2}, {1, 4}} {
		w := newWorld(t, []string{"a", "b", "c", "d"}, "eject_failures", 2, "eject_share", test.share, "eject_time", time.Hour)
		for _, name := range []string{"a", "b", "c", "d"} {
			w.fails(name, always)
		}
		w.load(40, 10*time.Millisecond)
		ejected := 0
		for _, name := range []string{"a", "b", "c", "d"} {
			if w.stat(name, "ejected") == true {
				ejected++
			}
		}
		if ejected != test.want {
			t.Errorf("eject_share = %v: %d of 4 are ejected, want %d", test.share, ejected, test.want)
		}
	}
}

func TestABackendWithFarFewerSuccessesThanTheOthersIsEjected(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	for _, deviations := range []float64{0, 1.9} {
		w := newWorld(t, names, "eject_deviations", deviations, "eject_every", 10*time.Second)
		for _, name := range names[:4] {
			w.fails(name, func(n int) bool { return n%50 == 0 })
		}
		w.fails("e", func(n int) bool { return n%2 == 0 })
		ends := w.load(3000, 10*time.Millisecond) // 30 s: 10 s, and then without e
		switch {
		case deviations == 0 && ends["500"] < 300:
			t.Errorf("without ejection: got %v, want a twelfth failed", ends)
		case deviations > 0 && (ends["500"] > 180 || w.stat("e", "ejections") != int64(1)):
			t.Errorf("with ejection: got %v", ends)
		case deviations > 0 && !strings.Contains(w.events()[0], "10s backend_ejected e success rate 0.5"):
			t.Errorf("got %v", w.events())
		}
	}
}

func TestOutliersAreFarBelowTheMean(t *testing.T) {
	e := ejection{deviations: 1.9}
	for _, test := range []struct {
		rates []float64
		out   int // how many
	}{
		{[]float64{1, 1, 1, 0.5}, 0}, // too few to tell what is usual
		{[]float64{1, 1, 1, 1, 1}, 0},
		{[]float64{1, 1, 1, 1, 0.5}, 1},
		{[]float64{0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, 0}, // all are equally bad
		{[]float64{1, 1, 1, 1, 0.5, 0.5}, 0},         // no outlier: a third is so
		{[]float64{0.99, 0.98, 0.97, 0.99, 0.98, 0.99, 0.7}, 1},
	} {
		lowest, _ := e.lowest(test.rates)
		out := 0
		for _, r := range test.rates {
			if r < lowest {
				out++
			}
		}
		if out != test.out {
			t.Errorf("%v: %d below %v, want %d", test.rates, out, lowest, test.out)
		}
	}
}

func TestAnEjectionHasALongestTime(t *testing.T) {
	for _, test := range []struct {
		base   time.Duration
		before int
		want   time.Duration
	}{
		{30 * time.Second, 0, 30 * time.Second}, {30 * time.Second, 2, 90 * time.Second},
		{30 * time.Second, 100, longestEjection}, {time.Hour, 3, time.Hour},
	} {
		if got := (ejection{base: test.base}).span(test.before); got != test.want {
			t.Errorf("base %v after %d: got %v, want %v", test.base, test.before, got, test.want)
		}
	}
}
