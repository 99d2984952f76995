package balancer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// count asks n times and counts the answers.
func (w *world) count(n int) string {
	w.t.Helper()
	counts := map[string]int{}
	w.DoOn("client", func(env sdk.Env) {
		conn := dial(w.t, env)
		defer conn.Close()
		client := http1.NewClient(conn, http1.Limits{})
		for range n {
			a := ask(client, http1.Request{})
			if a.status != 200 {
				a.body = a.String()
			}
			counts[a.body]++
		}
	})
	return strings.TrimPrefix(fmt.Sprint(counts), "map")
}

func (w *world) wantCount(what string, n int, want string) {
	w.t.Helper()
	if got := w.count(n); got != want {
		w.t.Errorf("%s: got %s, want %s", what, got, want)
	}
}

func (w *world) wantEvents(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.events()); diff != "" {
		w.t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestABackendGoesDownAfterFallChecksAndUpAfterRise(t *testing.T) {
	w := newWorld(t, []string{"web1", "web2"}, "health_every", time.Second, "fall", 3, "rise", 2, "retries", 0)
	sick, paths := false, map[string]bool{}
	w.handle("web1", func(_ sdk.Env, req *http1.Request, reply *http1.Reply) error {
		paths[req.Target] = true
		if sick {
			return reply.Text(503, nil, "sick")
		}
		return reply.Text(200, nil, "web1")
	})
	w.names("web2", 0)
	w.Run(10 * time.Second)
	w.wantCount("both are well", 10, "[web1:5 web2:5]")
	fell := w.Now()
	sick = true
	w.Run(10 * time.Second)
	w.wantCount("one is sick", 10, "[web2:10]")
	w.wantStat("web1", "up", false)
	rose := w.Now()
	sick = false
	w.Run(10 * time.Second)
	w.wantCount("both are well again", 10, "[web1:5 web2:5]")
	if !paths["/health"] {
		t.Errorf("asked for %v, want /health", paths)
	}
	events := w.Events()
	if len(events) != 2 {
		t.Fatalf("events: got %v, want down and up", w.events())
	}
	if d := events[0].At - fell; d < 2*time.Second || d > 3*time.Second+50*time.Millisecond {
		t.Errorf("it took %v to go down, want the third check", d)
	}
	if d := events[1].At - rose; d < time.Second || d > 2*time.Second+50*time.Millisecond {
		t.Errorf("it took %v to come up, want the second check", d)
	}
	if got := w.events()[0]; !strings.HasSuffix(got, " backend_down web1 status 503") {
		t.Errorf("got %q", got)
	}
	if got := w.events()[1]; !strings.HasSuffix(got, " backend_up web1") {
		t.Errorf("got %q", got)
	}
}

func TestOnlyChecksInARowCount(t *testing.T) {
	w := newWorld(t, []string{"web"}, "health_every", time.Second, "fall", 3, "rise", 2)
	checks := 0
	w.handle("web", func(_ sdk.Env, _ *http1.Request, reply *http1.Reply) error {
		checks++
		if checks%3 == 0 {
			return reply.Text(200, nil, "")
		}
		return reply.Text(500, nil, "")
	})
	w.Run(time.Minute)
	if got := w.events(); len(got) > 0 || checks < 50 {
		t.Errorf("after %d checks, of which at most two in a row failed: got %v", checks, got)
	}
}

func TestChecksTellWhyABackendIsDown(t *testing.T) {
	w := newWorld(t, []string{"closed", "mute", "cut", "liar"}, "health_every", time.Second, "fall", 1,
		"health_timeout", 500*time.Millisecond, "panic_threshold", 0.0)
	w.DoOn("closed", func(sdk.Env) {})
	w.names("cut", 0)
	w.names("mute", time.Minute)
	w.script("liar", "nonsense\r\n\r\n", nil)
	w.Cut("lb", "cut")
	w.Run(3 * time.Second)
	var reasons []string
	for _, line := range w.events() {
		_, reason, _ := strings.Cut(line, " ")
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	want := []string{
		"backend_down closed connection refused", "backend_down cut timed out",
		"backend_down liar malformed version", "backend_down mute no answer in time",
		"backend_unreached closed:80 had never been up when it was taken down: connection refused",
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.want("nobody is left", w.get(http1.Request{}), `503 "no backend is up\n"`)
}

func TestADeadBackendUnderLoadIsFoundOutBeforeItsChecks(t *testing.T) {
	w := newWorld(t, []string{"dead", "web"}, "health_every", time.Minute, "fall", 3)
	w.DoOn("dead", func(sdk.Env) {})
	w.names("web", 0)
	w.wantCount("nobody notices", 20, "[web:20]")
	w.wantStat("dead", "up", false)
	w.wantStat("", "retries", 3)
}

func TestADrainLosesNothingUnderLoad(t *testing.T) {
	w := newWorld(t, []string{"web1", "web2", "web3"})
	for _, name := range []string{"web1", "web2", "web3"} {
		w.names(name, 300*time.Millisecond)
	}
	answers := map[int]int{}
	load := func(env sdk.Env) {
		for range 20 {
			env.Go(func() {
				client := http1.NewClient(dial(t, env), http1.Limits{})
				for range 10 {
					answers[ask(client, http1.Request{}).status]++
				}
			})
		}
	}
	w.DoOn("client", load)
	w.Run(time.Second)
	start := w.Now()
	if a := w.Call("lb", "drain", sdk.Fields{{Name: "backend", Value: "web2"}}); !a.OK {
		t.Fatalf("drain: %+v", a)
	}
	if took := w.Now() - start; took == 0 || took > 310*time.Millisecond {
		t.Errorf("the drain took %v, want the rest of what was in flight", took)
	}
	w.wantStat("web2", "inflight", 0)
	w.wantStat("web2", "draining", true)
	served := w.stat("web2", "requests")
	w.Crash("web2")
	w.configure(w.backends[:1])
	w.Run(time.Minute)
	if fmt.Sprint(answers) != "map[200:200]" {
		t.Errorf("got %v, want 200 answers 200", answers)
	}
	if served == int64(0) {
		t.Error("web2 has served nothing: there was nothing to drain")
	}
	w.wantStat("", "errors", 0)
	w.wantStat("", "retries", 0)
	if got := len(w.Events()); got != 2 {
		t.Errorf("events: got %v, want that web2 and web3 have drained", w.events())
	}
}

func TestWhatDoesNotDrainInTimeIsCutOff(t *testing.T) {
	w := newWorld(t, []string{"web"}, "drain_timeout", 5*time.Second, "retries", 0)
	w.names("web", time.Hour)
	var got answer
	w.DoOn("client", func(env sdk.Env) { env.Go(func() { got = get(t, env, http1.Request{}) }) })
	w.Run(time.Second)
	if a := w.Call("lb", "drain", sdk.Fields{{Name: "backend", Value: "web:80"}}); !a.OK {
		t.Fatalf("drain: %+v", a)
	}
	w.Run(time.Second)
	w.want("the request", got, `502 "backend: ended the connection before its answer\n"`)
	w.wantEvents("6s backend_drained web")
}

func TestADrainedBackendIsLeftAlone(t *testing.T) {
	w := newWorld(t, []string{"web"})
	open := 0
	w.raw("web", func(_ sdk.Env, conn sdk.Conn) {
		open++
		server := http1.Server{Handle: func(_ *http1.Request, reply *http1.Reply) error { return reply.Text(200, nil, "") }}
		_ = server.Serve(conn)
		open--
	})
	w.get(http1.Request{})
	if open != 1 {
		t.Errorf("%d connections wait to be used again, want 1", open)
	}
	w.Call("lb", "drain", sdk.Fields{{Name: "backend", Value: "web"}})
	w.Run(time.Second)
	if open != 0 {
		t.Errorf("%d connections are open after the drain", open)
	}
}

func TestConfigureBringsADrainedBackendBack(t *testing.T) {
	w := newWorld(t, []string{"web1", "web2"})
	w.names("web1", 0)
	w.names("web2", 0)
	w.wantCount("before", 4, "[web1:2 web2:2]")
	w.Call("lb", "drain", sdk.Fields{{Name: "backend", Value: "web1"}})
	w.wantCount("drained", 4, "[web2:4]")
	w.configure(w.backends)
	w.wantCount("back", 4, "[web1:2 web2:2]")
}

func TestWeightsAndTheStrategyChangeWhileRequestsFlow(t *testing.T) {
	w := newWorld(t, []string{"web1", "web2"}, "strategy", "weighted_round_robin")
	w.names("web1", 0)
	w.names("web2", 0)
	w.wantCount("equal", 10, "[web1:5 web2:5]")
	set := func(config ...any) {
		t.Helper()
		if a := w.configure(w.backends, config...); !a.OK {
			t.Errorf("configure: %+v", a)
		}
	}
	set("strategy", "weighted_round_robin", "weights", sdk.Fields{{Name: "web2", Value: int64(4)}})
	w.wantCount("1 to 4", 10, "[web1:2 web2:8]")
	set("strategy", "weighted_round_robin", "weights", sdk.Fields{{Name: "web1:80", Value: int64(4)}})
	w.wantCount("4 to 1", 10, "[web1:8 web2:2]")
	set("strategy", "round_robin")
	w.wantCount("another strategy", 10, "[web1:5 web2:5]")
	if got := w.stat("", "strategy"); got != "round_robin" {
		t.Errorf("strategy: got %v", got)
	}
}

func TestAWrongConfigurationIsRefusedAndChangesNothing(t *testing.T) {
	w := newWorld(t, []string{"web1", "web2"}, "retries", 1)
	w.names("web1", 0)
	w.names("web2", 0)
	one := func(name string, value any) sdk.Fields { return sdk.Fields{{Name: name, Value: value}} }
	for _, test := range []struct {
		backends []any
		name     string
		value    any
		want     string
	}{
		{w.backends, "weights", one("web3", int64(1)), `weights: no backend "web3"; backends are web1, web2`},
		{nil, "weights", one("web3", int64(1)), `weights: no backend "web3": there are none`},
		{w.backends, "weights", one("web1", int64(-1)), `weights: web1: got -1, want a whole number from 0 to 1000`},
		{w.backends, "weights", one("web1", "much"), `weights: web1: got much, want a whole number from 0 to 1000`},
		{w.backends, "retries", -1, `configure: argument "retries": got -1, want 0 to 100`},
		{append(w.backends, sdk.Addr("web1:80")), "retries", 1, `backends: web1:80 is listed twice`},
		{[]any{sdk.Addr("web1")}, "retries", 1, `backends: address "web1": want node:port`},
	} {
		if a := w.configure(test.backends, test.name, test.value); a.OK || a.Unknown || a.Error != test.want {
			t.Errorf("%s = %v: got %+v, want %q", test.name, test.value, a, test.want)
		}
	}
	if a := w.configure(w.backends, "strategy", "round_robbin"); !strings.Contains(a.Error, "round_robin") {
		t.Errorf("got %+v, want the names of the strategies", a)
	}
	a := w.Call("lb", "drain", one("backend", "web3"))
	if a.Error != `no backend "web3"; backends are web1, web2` {
		t.Errorf("drain: got %+v", a)
	}
	w.wantCount("as before", 4, "[web1:2 web2:2]")
}

func TestANodeThatCannotBeConfiguredFails(t *testing.T) {
	for _, test := range []struct {
		name  string
		value any
		want  string
	}{
		{"hash", "cookie", `hash: got "cookie", want client, path, header:NAME or cookie:NAME`},
		{"retry_budget", -0.1, `"retry_budget": got -0.1, want 0 to 100`},
		{"slow_start", time.Second, "slow_start: strategy round_robin does not go by weights that change, want one of " +
			"weighted_round_robin, random, least_connections, p2c, peak_ewma"},
		{"hash_balance_factor", 0.8, "hash_balance_factor: got 0.8, want more than 1.0, or 0.0"},
		{"hash_balance_factor", 1.25,
			"hash_balance_factor: strategy round_robin does not hash, want one of ring, maglev, rendezvous"},
		{"health_path", "health", `health_path: got "health", want a path such as /health`},
		{"health_path", "/a b", `health_path: got "/a b", want a path such as /health`},
		{"hash", "header:a b", `hash: header:a b: http1: field's name is not a token: got "a b"`},
		{"hash", "header:content-length", "hash: header:content-length: http1: content-length in a header"},
		{"hash", "header:Keep-Alive", "it belongs to one connection and is not passed on"},
		{"hash", "header:x-forwarded-proto", "the balancer sets it, the same in all requests"},
	} {
		w := newWorld(t, []string{"web"}, test.name, test.value)
		w.Run(time.Second)
		if got := strings.Join(w.Failures(), "\n"); !strings.Contains(got, test.want) {
			t.Errorf("%s = %v: got %q, want %q", test.name, test.value, got, test.want)
		}
	}
}

func TestBackendsOnOneNodeGoByTheirAddresses(t *testing.T) {
	w := newWorld(t, nil)
	w.Run(time.Second)
	w.configure([]any{sdk.Addr("web1:80"), sdk.Addr("web1:81"), sdk.Addr("web2:80")})
	a := w.Call("lb", "stats", nil)
	for _, name := range []string{"web1:80", "web1:81", "web2"} {
		if backendFields(a.Value.(sdk.Fields), name) == nil {
			t.Errorf("no backend %q in %v", name, a.Value)
		}
	}
}

func TestWeightZeroTakesNoNewWork(t *testing.T) {
	for _, named := range strategy.All() {
		w := newWorld(t, []string{"web1", "web2"}, "strategy", named.Name,
			"weights", sdk.Fields{{Name: "web1", Value: int64(0)}}, "retries", 3)
		w.names("web1", 0)
		w.names("web2", 0)
		w.wantCount(named.Name, 20, "[web2:20]")
		w.wantStat("web1", "weight", 0)
		w.wantStat("web1", "up", true)
		w.configure(w.backends, "strategy", named.Name, "weights", sdk.Fields{
			{Name: "web1", Value: int64(0)}, {Name: "web2", Value: int64(0)},
		})
		w.want(named.Name+" with no weight at all", w.get(http1.Request{}), `503 "every backend has weight 0\n"`)
	}
}

func TestTheAnswerSaysWhyNoBackendMayBeAsked(t *testing.T) {
	w := newWorld(t, []string{"web1", "web2", "web3"}, "health_every", time.Second, "eject_failures", 1, "panic_threshold", 0.0)
	w.names("web1", 0)
	w.names("web2", 0)
	w.Run(10 * time.Second) // web3 goes down
	none := func(names ...string) (weights sdk.Fields) {
		for _, name := range names {
			weights = append(weights, sdk.Field{Name: name, Value: int64(0)})
		}
		return weights
	}
	for _, test := range []struct {
		backends []any
		weights  sdk.Fields
		want     string
	}{
		{w.backends[2:], nil, "no backend is up"},
		{w.backends[1:], none("web2"), "every backend has weight 0 or is down"},
		{w.backends, none("web1", "web2", "web3"), "every backend has weight 0"},
		{nil, nil, "no backend is configured"},
	} {
		w.configure(test.backends, "weights", test.weights)
		w.want("answer", w.get(http1.Request{}), fmt.Sprintf("503 %q", test.want+"\n"))
	}
	w.configure(w.backends[:1])
	w.handle("web4", func(_ sdk.Env, _ *http1.Request, reply *http1.Reply) error { return reply.Text(500, nil, "") })
	w.Call("lb", "drain", sdk.Fields{{Name: "backend", Value: "web1"}})
	w.want("drained", w.get(http1.Request{}), `503 "every backend is being drained\n"`)
	w.configure([]any{sdk.MakeAddr("web4", 80)})
	w.want("the first failure", w.get(http1.Request{}), `500 ""`)
	w.want("ejected", w.get(http1.Request{}), `503 "every backend is ejected\n"`)
}

func TestABackendThatIsConfiguredAwayAndBackKeepsWhatItServes(t *testing.T) {
	w := newWorld(t, []string{"web1", "web2", "web3"}, "strategy", "least_connections", "health_every", time.Second)
	for _, name := range []string{"web1", "web2", "web3"} {
		w.names(name, 10*time.Second)
	}
	load := func(n int) {
		for range n {
			w.DoOn("client", func(env sdk.Env) { env.Go(func() { get(t, env, http1.Request{}) }) })
			w.Run(10 * time.Millisecond)
		}
	}
	load(12)
	for range 3 {
		w.configure(w.backends[:2], "strategy", "least_connections", "health_every", time.Second)
		w.configure(w.backends, "strategy", "least_connections", "health_every", time.Second)
		load(3)
	}
	for _, name := range []string{"web1", "web2", "web3"} {
		w.wantStat(name, "inflight", 7)
	}
	w.Crash("web3")
	w.Run(10 * time.Second)
	w.wantStat("web3", "up", false) // it is watched as before
}
