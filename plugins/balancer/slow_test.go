package balancer

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

func TestWarmthGrowsFromATenthToAll(t *testing.T) {
	for _, test := range []struct {
		age  time.Duration
		want int
	}{{0, 100}, {time.Second, 100}, {2 * time.Second, 200}, {5 * time.Second, 500}, {10 * time.Second, 1000},
		{time.Hour, 1000}} {
		if got := warmth(test.age, 10*time.Second); got != test.want {
			t.Errorf("after %v of 10s: got %d thousandths, want %d", test.age, got, test.want)
		}
	}
}

// One of three backends comes back with cold caches: at first a request takes it 50 ms, and 5 ms only ten seconds later.
func TestABackendThatComesBackColdIsNotOverwhelmedWithSlowStart(t *testing.T) {
	for _, slow := range []time.Duration{0, 10 * time.Second} {
		w := newWorld(t, []string{"a", "b", "cold"}, "strategy", "weighted_round_robin", "health_every", 100*time.Millisecond,
			"rise", 1, "fall", 1, "retries", 0, "slow_start", slow)
		w.names("a", 5*time.Millisecond)
		w.names("b", 5*time.Millisecond)
		var began, free time.Time
		w.handle("cold", func(env sdk.Env, req *http1.Request, reply *http1.Reply) error {
			now := env.Now()
			switch {
			case req.Target == "/health" && began.IsZero():
				return reply.Text(503, nil, "starting")
			case req.Target == "/health":
				return reply.Text(200, nil, "well")
			}
			work := max(50*time.Millisecond-now.Sub(began)*45/10_000, 5*time.Millisecond)
			if free.Before(now) {
				free = now
			}
			free = free.Add(work)
			_ = env.Sleep(free.Sub(now))
			return reply.Text(200, nil, "cold")
		})
		w.Run(time.Second)
		w.wantStat("cold", "up", false)
		w.DoOn("cold", func(env sdk.Env) { began = env.Now() })
		ends := w.load(2250, 6666*time.Microsecond) // 15 s, 50/s for each; cold it serves 20/s
		if standing := ends["200"] == 2250; standing != (slow > 0) || !standing && ends["late"] < 200 {
			t.Errorf("slow_start = %v: got %v", slow, ends)
		}
	}
}

// shareOf asks a hundred times and returns how many of the answers came from a node.
func (w *world) shareOf(node string) (n int) {
	w.DoOn("client", func(env sdk.Env) {
		for range 100 {
			if get(w.t, env, http1.Request{}).body == node {
				n++
			}
		}
	})
	return n
}

func TestOnlyWhoComesWhileTheBalancerRunsStartsSlowly(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, "strategy", "weighted_round_robin", "slow_start", 10*time.Second)
	w.names("a", 0)
	w.names("b", 0)
	set := []any{"strategy", "weighted_round_robin", "slow_start", 10 * time.Second}
	if got := w.shareOf("b"); got != 50 {
		t.Errorf("from the beginning: got %d of 100, want 50", got)
	}
	w.configure(w.backends[:1], set...)
	w.Run(time.Second)
	w.configure(w.backends, set...)
	for _, want := range []int{9, 33, 50} { // a tenth, a half, and all of its weight
		if got := w.shareOf("b"); got != want {
			t.Errorf("%v: got %d of 100, want %d", w.Now(), got, want)
		}
		w.Run(5 * time.Second)
	}
}

func TestAVeryShortSlowStartEnds(t *testing.T) {
	set := []any{"strategy", "random", "slow_start", 10 * time.Nanosecond}
	w := newWorld(t, []string{"a", "b"}, set...)
	w.configure(w.backends[:1], set...)
	w.configure(w.backends, set...)
	w.Run(time.Second)
	w.wantStat("b", "up", true)
}
