package balancer

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
)

// The same strategy in Go and in a script: same seed, same loads, same picks.
func TestAScriptPicksAsGoDoesWhereItSaysTheSame(t *testing.T) {
	for _, test := range []struct{ name, source string }{
		{"round_robin", turnsByName},
		{"p2c", `it = struct(score = lambda b: b.inflight)`},
		{"random", `it = lambda backends, request: backends[request.rand.int(0, len(backends) - 1)]`},
		{"random", `it = lambda backends, request: request.rand.pick(backends)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			backends := views(1, 1, 1, 1, 1)
			inGo := builtIn(t, test.name, backends)
			inScript, blame := scriptedBy(t, test.source, backends)
			one, two := asking(9), asking(9)
			var running []*strategy.Backend
			for i := range 2000 {
				if i%500 == 499 {
					inGo.Update(backends[i/500:])
					inScript.Update(backends[i/500:])
				}
				want, got := inGo.Pick(one), inScript.Pick(two)
				if got != want {
					t.Fatalf("pick %d: the script picks %s, Go %s", i, got.Name, want.Name)
				}
				want.Picked()
				if running = append(running, want); i%3 > 0 {
					j := i % len(running)
					running[j].Finished(strategy.Result{OK: true, Took: time.Millisecond, Now: one.Now})
					running = slices.Delete(running, j, j+1)
				}
			}
			blame.want(t)
		})
	}
}

func TestAFunctionSeesBackendAndRequest(t *testing.T) {
	backends := views(3, 1)
	backends[0].Picked()
	backends[0].Picked()
	backends[0].Finished(strategy.Result{Now: sdk.Epoch})
	backends[1].Picked()
	backends[1].Finished(strategy.Result{OK: true, Took: 8 * time.Millisecond, Now: sdk.Epoch})
	s, blame := scriptedBy(t, `
def it(backends, request):
    a, b = backends
    seen = [
        (type(a), a.name, a.weight, a.inflight, a.ewma, a.errors), (b.name, b.weight, b.inflight, b.ewma, b.errors),
        (type(request), request.path, request.client, request.now, request.header("X-User"), request.header("x")),
        (a == a, a == b, a != b, a in {a: 1}, b in {a: 1}, str(a), dir(a), dir(request), dir(request.rand)),
        (request.rand.chance(0), request.rand.chance(1.0), request.rand.int(4, 4), request.rand.pick([7])),
        b.ewma * (b.inflight + 1),
    ]
    want = [
        ("backend", "a", 3, 1, 0 * s, 1), ("b", 1, 0, 8 * ms, 0),
        ("request", "/x", "client", 5 * s, "joe", ""),
        (True, False, True, True, False, "a", ["errors", "ewma", "inflight", "name", "weight"],
         ["client", "header", "now", "path", "rand"], ["chance", "int", "pick"]),
        (False, True, 4, 7),
        8 * ms,
    ]
    for i in range(len(want)):
        if seen[i] != want[i]:
            fail("got %s, want %s" % (seen[i], want[i]))
    return b
`, backends)
	r := asking(1)
	r.Path, r.Header = "/x", func(name string) string {
		if name == "X-User" {
			return "joe"
		}
		return ""
	}
	got := s.Pick(r)
	if blame.want(t); got != backends[1] {
		t.Errorf("picked %s, want b", got.Name)
	}
}

func TestARequestWithoutHeadersHasEmptyOnes(t *testing.T) {
	s, blame := scriptedBy(t, `it = lambda bs, request: bs[1 if request.header("Host") == "" else 0]`, views(1, 1))
	if got := s.Pick(asking(1)); got.Name != "b" {
		t.Errorf("picked %s, want b", got.Name)
	}
	blame.want(t)
}

func TestMistakesOfAScriptAreToldAndTheFallbackPicks(t *testing.T) {
	for source, want := range map[string][]string{
		`it = lambda bs, r: bs[0].name`:                         {`returned the text "a", want one of the backends or None`},
		`it = lambda bs, r: bs`:                                 {"returned a value of type list"},
		"def it(bs, r):\n    return bs[9]":                      {"pick: Traceback", "my.star:2:14: in it", "out of range"},
		`it = lambda bs, r: [i for i in range(1000000)]`:        {"takes too many steps"},
		`it = lambda bs, r: bs.append(1)`:                       {"frozen list"},
		`it = lambda bs, r: bs[0] < bs[1]`:                      {"backends have no order"},
		`it = lambda bs, r: bs[0].busy`:                         {"backend has no .busy"},
		`it = lambda bs, r: r.rand.int(3, 1)`:                   {"request.rand.int: low 3, high 1"},
		`it = lambda bs, r: r.rand.int(1.5, 2)`:                 {"request.rand.int: for parameter low"},
		`it = lambda bs, r: r.rand.chance(2)`:                   {"got 2, want a number from 0 to 1"},
		`it = lambda bs, r: r.rand.chance("x")`:                 {`got the text "x", want a number from 0 to 1`},
		`it = lambda bs, r: r.rand.pick([])`:                    {"the list is empty"},
		`it = lambda bs, r: {r: 1}`:                             {"unhashable type: request"},
		`it = lambda bs, r: fail("é"[0] + "x" * 100000)`:        {"fail: ", "..."},
		`it = struct(score = lambda b: b.name)`:                 {"score: lambda returned the text", "want a number, a duration or None"},
		`it = struct(score = lambda b: float("nan"))`:           {"lambda returned nan"},
		`it = struct(score = lambda b: 1 // 0)`:                 {"score: Traceback", "division by zero"},
		`it = struct(pick = lambda bs, r: 1, fallback = "p2c")`: {"returned a value of type int"},
	} {
		s, blame := scriptedBy(t, source, views(1, 1, 1))
		for i := range 3 {
			if got := s.Pick(asking(1)); got == nil || !strings.Contains(source, "p2c") && got.Name != string(rune('a'+i)) {
				t.Errorf("%s: pick %d is %v, want that of the fallback", source, i, got)
			}
		}
		blame.want(t, want...)
		if len(blame.errors) != 3 {
			t.Errorf("%s: %d mistakes told, want 3", source, len(blame.errors))
		} else if text := blame.errors[0].Error(); len(text) > 8<<10 || strings.ToValidUTF8(text, "") != text {
			t.Errorf("%s: a text of %d bytes", source, len(text))
		}
	}
}

func TestABackendThatHasLeftIsNotPicked(t *testing.T) {
	s, blame := scriptedBy(t, `
def pick(backends, request, state):
    if not state:
        state.append(backends[0])
    return state[0]
it = struct(pick = pick, init = lambda: [])
`, views(1, 1))
	s.Pick(asking(1))
	again := views(1, 1)
	s.Update(again) // the same names, as after a configuration
	if got := s.Pick(asking(1)); got != again[0] {
		t.Errorf("picked another %s than is there now", got.Name)
	}
	blame.want(t)
	s.Update(again[1:])
	if got := s.Pick(asking(1)); got != again[1] {
		t.Errorf("picked %s, want b", got.Name)
	}
	blame.want(t, "pick: pick returned backend a, which may not be picked any more")
}

func TestARequestCannotBeKeptPastItsPick(t *testing.T) {
	for _, use := range []string{"state[0].path", "rands[0].int(0, 1)", "headers[0](\"Host\")"} {
		s, blame := scriptedBy(t, `
def pick(backends, request, state):
    state, rands, headers = state
    if state:
        `+use+`
    state.append(request)
    rands.append(request.rand)
    headers.append(request.header)
    return backends[0]
it = struct(pick = pick, init = lambda: ([], [], []))
`, views(1))
		s.Pick(asking(1))
		blame.want(t)
		s.Pick(asking(1))
		blame.want(t, "this request is over")
	}
}

func TestDoneTeachesTheState(t *testing.T) {
	backends := views(1, 1)
	s, blame := scriptedBy(t, `
def pick(backends, request, state):
    for b in backends:
        if b not in state["bad"]:
            return b
    return None
def done(backend, result, state):
    if not result.ok and result.took > 5 * ms and dir(result) == ["now", "ok", "took"] and result.now == 7*s:
        state["bad"][backend] = True
it = struct(pick = pick, init = lambda: {"bad": {}}, done = done)
`, backends)
	failed := strategy.Result{Took: 6 * time.Millisecond, Now: sdk.Epoch.Add(7 * time.Second)}
	for i, result := range []strategy.Result{{OK: true, Took: time.Second}, {Unasked: true, Took: time.Second}, failed} {
		if got := s.Pick(asking(1)); got.Name != "a" {
			t.Errorf("pick %d is %s, want a", i, got.Name)
		}
		strategy.Done(s, backends[0], result)
	}
	if got := s.Pick(asking(1)); got.Name != "b" {
		t.Errorf("after the failure picked %s, want b", got.Name)
	}
	blame.want(t)
}

func TestAStateThatGrowsWithoutEndCostsTheFallbackAndNotTheNode(t *testing.T) {
	s, blame := scriptedBy(t, `
def pick(backends, request, state):
    for _ in range(5000):
        state.append("")
    state.append([0] * 400000)
    return backends[0]
it = struct(pick = pick, init = lambda: [])
`, views(1, 1))
	for range 200 {
		if s.Pick(asking(1)) == nil {
			t.Fatal("nobody was picked")
		}
	}
	blame.want(t, "pick: pick (my.star:2:1): the state is dropped: what it is given has grown too large, want at most 128 MiB")
	if len(blame.errors) > 190 {
		t.Errorf("%d picks of 200 failed", len(blame.errors))
	}
}

func TestAMistakeInDoneIsTold(t *testing.T) {
	backends := views(1)
	s, blame := scriptedBy(t, `it = struct(pick = lambda bs, r: bs[0], done = lambda b, r: r.status)`, backends)
	s.Pick(asking(1))
	strategy.Done(s, backends[0], strategy.Result{OK: true})
	blame.want(t, "done: Traceback", "result has no .status")
}

func TestTheFallbackLearnsFromAllAttempts(t *testing.T) {
	backends := views(1, 1)
	s, _ := scriptedBy(t, `it = struct(pick = lambda bs, r: fail("no"), fallback = "peak_ewma")`, backends)
	for range 3 { // peak_ewma tries what it does not know
		for i, took := range []time.Duration{time.Second, time.Millisecond} {
			strategy.Done(s, backends[i], strategy.Result{OK: true, Took: took, Now: sdk.Epoch.Add(5 * time.Second)})
		}
	}
	for seed := range uint64(20) {
		if got := s.Pick(asking(seed)); got.Name != "b" {
			t.Fatalf("picked %s, want b, which is faster", got.Name)
		}
	}
}

func TestWithoutBackendsAScriptIsNotAsked(t *testing.T) {
	s, blame := scriptedBy(t, `it = lambda bs, r: bs[0]`, nil)
	if got := s.Pick(asking(1)); got != nil {
		t.Errorf("picked %v of none", got)
	}
	blame.want(t)
}

func TestStrategiesThatMakeNoSenseAreRefused(t *testing.T) {
	fn := shipped(t, `it = lambda bs, r: bs[0]`)
	fields := func(pairs ...any) (f sdk.Fields) {
		for i := 0; i < len(pairs); i += 2 {
			f = append(f, sdk.Field{Name: pairs[i].(string), Value: pairs[i+1]})
		}
		return f
	}
	for _, test := range []struct {
		value any
		want  string
	}{
		{int64(3), "strategy: got int64, want a name, a function(backends, request), or strategy(...)"},
		{"random_robin", `strategy: unknown strategy "random_robin"; strategies are round_robin, weighted_round_robin`},
		{shipped(t, `it = lambda bs: bs[0]`), "strategy: pick: the lambda in line 1 takes (bs), want (backends, request)"},
		{shipped(t, `it = struct(score = lambda: 1)`), "strategy: score: the lambda in line 1 takes (), want (backend)"},
		{shipped(t, `it = struct(pick = lambda bs, r: 1, init = lambda: {})`), "want (backends, request, state)"},
		{shipped(t, `it = struct(pick = lambda bs, r, st: 1, init = lambda: 1 // 0)`), "strategy: init: Traceback"},
		{fields(), "strategy: has neither pick nor score"},
		{fields("pick", fn, "score", fn), "strategy: has both pick and score"},
		{fields("score", fn, "init", fn), "strategy: init and done go with pick"},
		{fields("pick", "p2c"), "strategy: pick: got string, want a function"},
		{fields("pick", fn, "weigh", fn), `strategy: got a part "weigh", want pick, init, done, score or fallback`},
		{fields("pick", fn, "fallback", "none"), `strategy: fallback: unknown strategy "none"; strategies are round_robin`},
		{fields("pick", fn, "fallback", nil), "strategy: fallback: got <nil>, want the name of a strategy"},
		{sdk.Function{}, "strategy: pick: function"},
	} {
		_, err := choose(test.value, strategy.All())
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestALabelNamesTheFunctionAndItsPlace(t *testing.T) {
	chosen, err := choose(shipped(t, "\ndef it(bs, r):\n    return bs[0]"), strategy.All())
	if err != nil || chosen.label != "it (my.star:2:1)" {
		t.Errorf("got %q, %v, want it (my.star:2:1)", chosen.label, err)
	}
}

func TestAMistakeCanBeUnwrapped(t *testing.T) {
	s, blame := scriptedBy(t, `it = lambda bs, r: fail("no")`, views(1))
	s.Pick(asking(1))
	var eval *starlark.EvalError
	if len(blame.errors) != 1 || !errors.As(blame.errors[0], &eval) {
		t.Errorf("got %v, want an error of the script", blame.errors)
	}
}
