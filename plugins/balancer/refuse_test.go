package balancer

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// shedding refuses what the script's way to pick and score says, and asks whoever is left.
const shedding = `
def pick(backends, request):
    return backends[0] if request.path == "/" else None
it = struct(pick = pick)
`

func TestAStrategyOfAScriptMayRefuse(t *testing.T) {
	w := newWorld(t, []string{"web1", "web2"}, "strategy", shipped(t, shedding), "retries", 3)
	w.names("web1", 0)
	for range 3 {
		w.want("shed", w.get(http1.Request{Target: "/heavy"}), `503 "refused by the strategy\n"`)
		w.want("served", w.get(http1.Request{}), `200 "web1"`)
	}
	w.wantStat("", "refused", 3)
	w.wantStat("", "requests", 6)
	for _, name := range []string{"errors", "retries", "active", "strategy_errors"} {
		w.wantStat("", name, 0)
	}
	w.wantStat("web1", "errors", 0)
	w.wantEvents()
}

func TestWhenNoBackendIsUpNothingIsRefused(t *testing.T) {
	w := newWorld(t, nil, "strategy", shipped(t, shedding))
	w.want("nobody", w.get(http1.Request{Target: "/heavy"}), `503 "no backend is configured\n"`)
	w.wantStat("", "refused", 0)
	w.wantStat("", "errors", 1)
}

func TestARefusedConnectionIsReset(t *testing.T) {
	w := newWorld(t, []string{"web"}, "mode", "tcp", "strategy", shipped(t, `it = lambda bs, r: None`))
	w.DoOn("client", func(env sdk.Env) {
		if data, err := io.ReadAll(dial(t, env)); !errors.Is(err, sdk.ErrReset) {
			t.Errorf("got %q, %v, want a reset", data, err)
		}
	})
	w.wantStat("", "refused", 1)
	w.wantStat("", "errors", 0)
	w.wantStat("", "active", 0)
}

// odd is a strategy in Go that refuses every second request.
type odd struct {
	n        int
	backends []*strategy.Backend
	done     int
}

func (s *odd) Update(backends []*strategy.Backend)     { s.backends = backends }
func (s *odd) Done(*strategy.Backend, strategy.Result) { s.done++ }
func (s *odd) Pick(*strategy.Request) (b *strategy.Backend) {
	if s.n++; s.n%2 > 0 {
		b = s.backends[0]
	}
	return b
}

func TestAStrategyInGoMayRefuse(t *testing.T) {
	it := &odd{}
	kind := Kind("picky", Named{Name: "odd", New: func(uint64) strategy.Strategy { return it }})
	w := newWorldOf(t, kind, []string{"web"}, "strategy", "odd")
	w.names("web", 0)
	w.wantCount("every second", 10, `[503 "refused by the strategy\n":5 web:5]`)
	w.wantStat("", "refused", 5)
	if it.done != 5 {
		t.Errorf("Done was called %d times, want once for each pick of a backend", it.done)
	}
}

func TestAfterAFailureARefusalIsNotWhatTheClientIsTold(t *testing.T) {
	w := newWorld(t, []string{"web"}, "retries", 3, "strategy", shipped(t, `
def pick(backends, request, state):
    state.append(1)
    return backends[0] if len(state) == 1 else None
it = struct(pick = pick, init = lambda: [])
`))
	w.DoOn("web", func(sdk.Env) {})
	w.want("the failure", w.get(http1.Request{}), `502 "backend: connection refused\n"`)
	w.wantStat("", "refused", 0)
	w.wantStat("", "errors", 1)
}

func TestABackendWithoutAScoreIsOutOfTheQuestion(t *testing.T) {
	for out, want := range map[string]string{
		`[]`: "map[a:true b:true c:true d:true]", `["a"]`: "map[b:true c:true d:true]", `["a", "b", "c"]`: "map[d:true]",
		`["a", "b", "c", "d"]`: "map[]",
	} {
		s, blame := scriptedBy(t, fmt.Sprintf(`it = struct(score = lambda b: None if b.name in %s else 1)`, out), views(1, 1, 1, 1))
		picked, r := map[string]bool{}, asking(1)
		for range 100 {
			if b := s.Pick(r); b != nil {
				picked[b.Name] = true
			}
		}
		if got := fmt.Sprint(picked); got != want {
			t.Errorf("without a score for %s: picked %s, want %s", out, got, want)
		}
		blame.want(t)
	}
	s, _ := scriptedBy(t, `it = struct(score = lambda b: None)`, views(1))
	if b := s.Pick(asking(1)); b != nil {
		t.Errorf("the only backend has no score, and is picked: %v", b)
	}
}

func TestARefusalCostsNoTime(t *testing.T) {
	w := newWorld(t, []string{"web"}, "strategy", shipped(t, `it = lambda bs, r: None`))
	began := w.Now()
	w.get(http1.Request{})
	if took := w.Now() - began; took > time.Millisecond {
		t.Errorf("it took %v", took)
	}
}
