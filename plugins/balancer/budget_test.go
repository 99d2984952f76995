package balancer

import (
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// granted is how many of n retries the budget grants at an instant.
func granted(b *budget, n int, at time.Time) (count int) {
	for range n {
		if b.retry(at, 0.2) {
			count++
		}
	}
	return count
}

func TestRetriesAreAShareOfWhatIsAnsweredLessWhatIsNot(t *testing.T) {
	for _, test := range []struct{ answered, failed, want int }{
		{0, 0, freeRetries},
		{1000, 0, 200 + freeRetries},
		{1000, 150, 50 + freeRetries},
		{1000, 200, freeRetries},
		{0, 1000, freeRetries},
	} {
		b, now := &budget{}, sdk.Epoch
		for i := range test.answered + test.failed {
			b.end(now, i < test.answered)
		}
		if got := granted(b, 1000, now.Add(budgetWindow/2)); got != test.want {
			t.Errorf("after %d answers and %d failures: got %d retries, want %d", test.answered, test.failed, got, test.want)
		}
	}
}

func TestTheBudgetForgetsWhatIsOlderThanItsWindow(t *testing.T) {
	b, now := &budget{}, sdk.Epoch
	for range 1000 {
		b.end(now, true)
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{
		{0, 200 + freeRetries},
		{budgetWindow - budgetWindow/budgetSlots, 1}, // of the free ones
		{budgetWindow / budgetSlots, 1},              // likewise
		{time.Second, freeRetries},
		{time.Hour, freeRetries},
	} {
		now = now.Add(step.after)
		if got := granted(b, 1000, now); got != step.want {
			t.Errorf("%v later: got %d retries, want %d", step.after, got, step.want)
		}
	}
}

// storm asks 1000 times in two seconds where three of four attempts fail, and returns how often the backends were asked.
func storm(t *testing.T, config ...any) (w *world, attempts int) {
	w = newWorld(t, []string{"a", "b", "c", "d"}, append(config, "retries", 3)...)
	for _, name := range []string{"a", "b", "c", "d"} {
		w.raw(name, func(_ sdk.Env, conn sdk.Conn) {
			attempts++
			_ = conn.Reset()
		})
	}
	w.DoOn("client", func(env sdk.Env) {
		for range 1000 {
			env.Go(func() { get(t, env, http1.Request{}) })
			_ = env.Sleep(2 * time.Millisecond)
		}
	})
	w.Run(time.Second)
	return w, attempts
}

func TestRetriesDoNotMultiplyTheLoadOfBackendsThatFail(t *testing.T) {
	w, attempts := storm(t)
	if most := 1000 + 3*freeRetries; attempts > most {
		t.Errorf("1000 requests made %d attempts, want at most %d", attempts, most)
	}
	retries, denied := w.stat("", "retries").(int64), w.stat("", "retries_denied").(int64)
	if retries != int64(attempts-1000) || denied < 900 {
		t.Errorf("retries %d, denied %d, want %d and above 900", retries, denied, attempts-1000)
	}
	w.wantStat("", "errors", 1000)
	if _, attempts := storm(t, "retry_budget", 0.0); attempts != 4000 {
		t.Errorf("without a budget: got %d attempts, want 4000", attempts)
	}
}

func TestARequestHasATimeLimitOverAllItsTries(t *testing.T) {
	w := newWorld(t, []string{"a", "b", "c"}, "retries", 2, "answer_timeout", time.Second, "connect_timeout", time.Second,
		"request_timeout", 1500*time.Millisecond)
	for _, name := range []string{"a", "b", "c"} {
		w.names(name, time.Minute)
	}
	for _, test := range []struct {
		name string
		req  http1.Request
		want string
		took time.Duration
	}{
		{"held", http1.Request{}, `504 "backend: no answer in time\n"`, 1500 * time.Millisecond},
		{"streamed", post(strings.Repeat("x", 2*heldBytes)), `504 "backend: no answer in time\n"`, time.Second},
	} {
		start := w.Now()
		w.want(test.name, w.get(test.req), test.want)
		if took := w.Now() - start; took < test.took || took > test.took+20*time.Millisecond {
			t.Errorf("%s: it took %v, want %v", test.name, took, test.took)
		}
	}
	w.Cut("lb", "a")
	w.Cut("lb", "b")
	w.Cut("lb", "c")
	start := w.Now()
	w.want("connecting", w.get(http1.Request{}), `504 "backend: timed out\n"`)
	if took := w.Now() - start; took < 1500*time.Millisecond || took > 1520*time.Millisecond {
		t.Errorf("connecting took %v, want 1.5s", took)
	}
}

func TestATCPConnectionHasATimeLimitOverAllItsDials(t *testing.T) {
	w := newWorld(t, []string{"a", "b", "c"}, "mode", "tcp", "retries", 2, "connect_timeout", time.Second,
		"request_timeout", 1500*time.Millisecond)
	for _, name := range []string{"a", "b", "c"} {
		w.greets(name)
		w.Cut("lb", name)
	}
	start := w.Now()
	_, _ = w.exchange("")
	if took := w.Now() - start; took < 1500*time.Millisecond || took > 1520*time.Millisecond {
		t.Errorf("it took %v, want 1.5s", took)
	}
	w.wantStat("", "retries", 1)
}

func TestTheBudgetIsToldOfEachTCPClientThatGetsNoBackend(t *testing.T) {
	w := newWorld(t, nil)
	w.DoOn("client", func(env sdk.Env) {
		c := newCore(env, plain(), nil)
		c.table.Store(&table{budget: 0.2})
		conn := dial(t, env)
		c.turnAway(conn, nil, false)
		c.turnAway(conn, &failure{status: 503, shed: true}, true)
		c.turnAway(conn, &failure{status: 503, shed: true}, false)
		c.turnAway(conn, &failure{client: true}, true)
		if told := c.budget.slot(c.now()).failed; told != 2 || c.errors.Load() != 2 {
			t.Errorf("the budget was told of %d failures, and %d errors were counted, want 2", told, c.errors.Load())
		}
	})
}
