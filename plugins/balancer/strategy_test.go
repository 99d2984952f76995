package balancer

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
	"github.com/netlab-dev/netlab/sdk/sdktest"
)

// notes is what a noting strategy was told. A world runs one task at a time, so it needs no lock.
type notes struct {
	updates [][]string
	asked   []string // path, key and a header of each request
	picked  []string
	results []strategy.Result
}

// noting picks the first backend, whichever it is.
type noting struct {
	*notes
	backends []*strategy.Backend
}

func (s *noting) Update(backends []*strategy.Backend) {
	names := []string{}
	for _, b := range backends {
		names = append(names, b.Name)
	}
	s.updates, s.backends = append(s.updates, names), backends
}

func (s *noting) Pick(r *strategy.Request) *strategy.Backend {
	if len(s.backends) == 0 {
		return nil
	}
	user := ""
	if r.Header != nil {
		user = r.Header("X-User")
	}
	s.asked = append(s.asked, r.Path+" "+r.HashKey()+" "+user)
	s.picked = append(s.picked, s.backends[0].Name)
	return s.backends[0]
}

func (s *noting) Done(_ *strategy.Backend, r strategy.Result) { s.results = append(s.results, r) }

// newNotedWorld is a world whose balancer is of a third party's kind, with the noting strategy.
func newNotedWorld(t *testing.T, backends []string, config ...any) (*world, *notes) {
	n := &notes{}
	kind := Kind("noting-balancer", Named{Name: "noting", Doc: "Takes notes.", New: func(uint64) strategy.Strategy {
		return &noting{notes: n}
	}})
	return newWorldOf(t, kind, backends, append(config, "strategy", "noting")...), n
}

func TestAThirdPartysKindPassesTheSuite(t *testing.T) {
	kind := Kind("sticky-balancer", Named{Name: "sticky", Doc: "Sticks.", New: func(uint64) strategy.Strategy {
		return &noting{notes: &notes{}}
	}})
	sdktest.RunWith(t, sdk.Plugin{Name: "sticky", Kinds: []sdk.Kind{kind}}, map[string]sdk.Fields{
		"sticky-balancer": {{Name: "backends", Value: []any{}}, {Name: "strategy", Value: "sticky"}},
	})
}

func TestTheStrategyIsToldWhatItMayKnow(t *testing.T) {
	with := func(target, name, value string) http1.Request {
		return http1.Request{Target: target, Header: http1.Header{{Name: name, Value: value}}}
	}
	for hash, want := range map[string][]string{
		"client":        {"/a client ann", "/b client "},
		"path":          {"/a /a ann", "/b /b "},
		"header:X-User": {"/a ann ann", "/b client "},
		"cookie:id":     {"/a client ann", "/b 7 "},
	} {
		w, notes := newNotedWorld(t, []string{"web"}, "hash", hash)
		w.names("web", 0)
		w.get(with("/a?x=y", "x-user", "ann"))
		w.get(with("/b", "Cookie", "a=b; id=7; c=d"))
		if diff := cmp.Diff(want, notes.asked); diff != "" {
			t.Errorf("hash = %s (-want +got):\n%s", hash, diff)
		}
	}
}

func TestTheStrategySeesOnlyBackendsThatMayBePicked(t *testing.T) {
	w, notes := newNotedWorld(t, []string{"web1", "web2", "web3"}, "health_every", time.Second)
	for _, name := range []string{"web1", "web2", "web3"} {
		w.names(name, 0)
	}
	w.Run(3 * time.Second)
	w.Call("lb", "drain", sdk.Fields{{Name: "backend", Value: "web2"}})
	w.Crash("web1")
	w.Run(10 * time.Second)
	w.configure(w.backends[:2], "strategy", "noting", "health_every", time.Second)
	w.want("the only one that is left", w.get(http1.Request{}), `200 "web2"`)
	want := [][]string{{"web1", "web2", "web3"}, {"web1", "web3"}, {"web3"}, {"web2"}}
	if diff := cmp.Diff(want, notes.updates); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheStrategyLearnsHowEachAttemptEnded(t *testing.T) {
	w, notes := newNotedWorld(t, []string{"web"}, "answer_timeout", time.Second, "retries", 0)
	w.handle("web", func(env sdk.Env, req *http1.Request, reply *http1.Reply) error {
		switch req.Target {
		case "/slow":
			return env.Sleep(10 * time.Second)
		case "/500":
			return reply.Text(500, nil, "")
		}
		_ = env.Sleep(100 * time.Millisecond)
		return reply.Text(404, nil, "")
	})
	for _, target := range []string{"/", "/500", "/slow"} {
		w.get(http1.Request{Target: target})
	}
	_, _ = w.exchange("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")
	for i := range notes.results {
		notes.results[i].Now, notes.results[i].Took = time.Time{}, notes.results[i].Took.Round(10*time.Millisecond)
	}
	want := []strategy.Result{
		{OK: true, Took: 100 * time.Millisecond, Status: 404},
		{Status: 500},
		{Took: time.Second},
		{OK: true, Abandoned: true},
	}
	if diff := cmp.Diff(want, notes.results); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEveryPickIsDoneOnceAlsoWhenTheBalancerDies(t *testing.T) {
	for _, mode := range []string{"http", "tcp"} {
		w, notes := newNotedWorld(t, []string{"web"}, "mode", mode)
		w.names("web", time.Minute)
		w.DoOn("client", func(env sdk.Env) {
			for range 5 {
				env.Go(func() { get(t, env, http1.Request{}) })
			}
		})
		w.Run(time.Second)
		w.Crash("lb")
		w.Run(time.Second)
		if len(notes.picked) != 5 || len(notes.results) != 5 {
			t.Errorf("mode %s: %d picks and %d results, want 5 of each", mode, len(notes.picked), len(notes.results))
		}
	}
}

func TestAStrategyThatPicksForeignBackendsDoesNoHarm(t *testing.T) {
	foreign := strategy.NewBackend("foreign", 1)
	kind := Kind("odd-balancer", Named{Name: "odd", Doc: "Picks what it should not.", New: func(uint64) strategy.Strategy {
		return &insisting{pick: foreign}
	}})
	w := newWorldOf(t, kind, []string{"web"}, "strategy", "odd")
	w.names("web", 0)
	w.want("a foreign backend", w.get(http1.Request{}), `503 "the strategy has picked none of the backends\n"`)

	kind = Kind("old-balancer", Named{Name: "old", Doc: "Never forgets.", New: func(uint64) strategy.Strategy {
		return &insisting{}
	}})
	w = newWorldOf(t, kind, []string{"web1", "web2"}, "strategy", "old")
	w.names("web1", 0)
	w.names("web2", 0)
	w.want("while it is there", w.get(http1.Request{}), `200 "web1"`)
	w.configure(w.backends[1:], "strategy", "old")
	w.want("when it has gone", w.get(http1.Request{}), `200 "web2"`)
}

// insisting picks the same backend for ever: the given one, or the first that it ever had.
type insisting struct{ pick *strategy.Backend }

func (s *insisting) Update(backends []*strategy.Backend) {
	if s.pick == nil && len(backends) > 0 {
		s.pick = backends[0]
	}
}

func (s *insisting) Pick(*strategy.Request) *strategy.Backend { return s.pick }
