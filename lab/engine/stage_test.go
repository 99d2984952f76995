package engine_test

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/plugins"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/serve"
	"github.com/netlab-dev/netlab/sdk/value"
)

// served is what this test program serves when a host starts it.
var served = sdk.Join("suite", probePlugin(), plugins.Builtin())

// beSomebodyElse serves what a test serves in place of that.
var beSomebodyElse = func() {}

func TestMain(m *testing.M) {
	if serve.Serving() {
		beSomebodyElse()
		serve.Main(served)
	}
	// Under the race detector a process waits a second before it exits; those started here need not.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	goleak.VerifyTestMain(m)
}

var manifestOf = sync.OnceValues(func() (*manifest.Manifest, error) { return serve.Manifest(served) })

// kindOf is what the manifest says of a kind.
func kindOf(t testing.TB, name string) *manifest.Kind {
	t.Helper()
	manifest, err := manifestOf()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range manifest.Kinds {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("no kind %q is served", name)
	return nil
}

func newHost(t testing.TB) *host.Host {
	t.Helper()
	manifest, err := manifestOf()
	if err != nil {
		t.Fatal(err)
	}
	h, err := host.New(host.Options{Builtins: manifest})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(h.Dir()); !os.IsNotExist(err) {
			t.Errorf("the run directory %s is still there: %v", h.Dir(), err)
		}
	})
	return h
}

func engineName(live bool) string {
	if live {
		return "live"
	}
	return "sim"
}

// open makes an engine of either sort.
func open(h *host.Host, live bool, o engine.Options) (engine.Engine, error) {
	if !live {
		return engine.NewSim(h, h.Builtin(), o)
	}
	return engine.NewLive(h, func(kind string) *host.Plugin {
		for _, k := range h.Builtin().Manifest.Kinds {
			if k.Name == kind {
				return h.Builtin()
			}
		}
		return nil
	}, o)
}

// stage is one run in which a story is told.
type stage struct {
	testing.TB
	engine.Engine
	live     bool
	replies  map[engine.ID]engine.Reply
	failures []engine.Failure
	lateness time.Duration
	faults   engine.FaultID
	kinds    map[string]string // of nodes
	noted    map[string]any    // outcomes that must be equal in both engines
}

const seed = 8123

func newStage(t testing.TB, h *host.Host, live bool) *stage {
	t.Helper()
	log := func(_ time.Duration, node, line string) { t.Logf("%s: %s", node, line) }
	e, err := open(h, live, engine.Options{Seed: seed, Full: true, Messages: true, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	s := stageOf(t, e, live)
	t.Cleanup(func() { s.close() })
	return s
}

func stageOf(t testing.TB, e engine.Engine, live bool) *stage {
	return &stage{
		TB: t, Engine: e, live: live, kinds: map[string]string{}, replies: map[engine.ID]engine.Reply{},
		noted: map[string]any{},
	}
}

func (s *stage) close() engine.Summary {
	s.Helper()
	summary, err := s.Close()
	if err != nil {
		s.Errorf("close: %v", err)
	}
	return summary
}

// do applies changes.
func (s *stage) do(changes ...engine.Change) {
	s.Helper()
	if err := s.Apply(changes...); err != nil {
		s.Fatalf("apply %+v: %v", changes, err)
	}
}

// add adds nodes of a kind with the defaults of its manifest, but for the given fields.
func (s *stage) add(kind string, config value.Fields, names ...string) {
	s.Helper()
	complete := withDefaults(s, kindOf(s, kind).Config, config)
	for _, name := range names {
		s.kinds[name] = kind
		s.do(engine.AddNode{Name: name, Kind: kind, Config: complete})
	}
}

func withDefaults(t testing.TB, parameters []*manifest.Parameter, given value.Fields) value.Fields {
	t.Helper()
	var all value.Fields
	for _, p := range parameters {
		v, ok := given.Lookup(p.Name)
		if !ok {
			v = p.Default
		}
		all = append(all, value.Field{Name: p.Name, Value: v})
	}
	return all
}

// links joins both directions of nodes in both engines' suite by a patch.
func (s *stage) links(a, b string, p engine.Patch) engine.FaultID {
	s.Helper()
	s.faults++
	s.do(engine.SetLink{Fault: s.faults, Links: []engine.Pair{{From: a, To: b}, {From: b, To: a}}, Patch: p})
	return s.faults
}

// cut cuts both directions.
func (s *stage) cut(a, b string) engine.FaultID {
	s.Helper()
	s.faults++
	s.do(engine.Cut{Fault: s.faults, Links: []engine.Pair{{From: a, To: b}, {From: b, To: a}}})
	return s.faults
}

// args are named arguments: name, value, name, value ...
type args []any

func (a args) fields() value.Fields {
	var fields value.Fields
	for i := 0; i < len(a); i += 2 {
		v := a[i+1]
		if n, ok := v.(int); ok {
			v = int64(n)
		}
		fields = append(fields, value.Field{Name: a[i].(string), Value: v})
	}
	return fields
}

// begin starts a call of a method, its arguments completed by their defaults.
func (s *stage) begin(node, method string, a args) engine.ID {
	s.Helper()
	for _, m := range kindOf(s, s.kinds[node]).Methods {
		if m.Name == method {
			return s.Call(engine.Call{Node: node, Method: method, Args: withDefaults(s, m.Arguments, a.fields())})
		}
	}
	s.Fatalf("%s is a %s, which has no method %q", node, s.kinds[node], method)
	return 0
}

// patience is how long, in the run's time, a story waits for what must come.
const patience = 20 * time.Second

// end waits for the answer to a call.
func (s *stage) end(id engine.ID) engine.Reply {
	s.Helper()
	for limit := s.Now() + patience; s.Now() < limit; {
		if r, ok := s.replies[id]; ok {
			return r
		}
		s.run(limit, id)
	}
	s.Fatalf("call %d has no answer within %v", id, patience)
	return engine.Reply{}
}

func (s *stage) run(until time.Duration, calls ...engine.ID) {
	s.Helper()
	p, err := s.Run(until, engine.Wake{Calls: calls})
	if err != nil {
		s.Fatalf("run until %v: %v", until, err)
	}
	for _, r := range p.Replies {
		if _, twice := s.replies[r.Call]; twice {
			s.Errorf("two answers to call %d, the second %+v", r.Call, r)
		}
		s.replies[r.Call] = r
	}
	s.failures = append(s.failures, p.Failures...)
	s.lateness = p.Lateness
}

// pass lets time pass.
func (s *stage) pass(d time.Duration) {
	s.Helper()
	for until := s.Now() + d; s.Now() < until; {
		s.run(until)
	}
}

// call calls a method, waits for its answer, which must be OK, and returns its value.
func (s *stage) call(node, method string, a ...any) any {
	s.Helper()
	r := s.end(s.begin(node, method, a))
	if r.Status != engine.OK {
		s.Fatalf("%s.%s%v: %+v", node, method, a, r)
	}
	return r.Value
}

// want calls a method and compares what it returns.
func (s *stage) want(want any, node, method string, a ...any) {
	s.Helper()
	if got := s.call(node, method, a...); !value.Equal(got, want) {
		s.Errorf("%s.%s%v = %v, want %v", node, method, a, got, want)
	}
}

// field is one field of a struct that a method returned.
func field[T any](s *stage, val any, name string) T {
	s.Helper()
	fields, _ := val.(value.Fields)
	v, ok := fields.Get(name).(T)
	if !ok {
		s.Fatalf("%v has no field %s of type %T", val, name, v)
	}
	return v
}

// wantField compares one field of a struct that a method returned.
func (s *stage) wantField(v any, name string, want any) {
	s.Helper()
	if n, ok := want.(int); ok {
		want = int64(n)
	}
	fields, _ := v.(value.Fields)
	if got := fields.Get(name); !value.Equal(got, want) {
		s.Errorf("%s is %v, want %v (in %v)", name, got, want, v)
	}
}

// connect opens a connection from b to a's port, known as "c" on both sides.
func (s *stage) connect(a, b string, port int) {
	s.Helper()
	s.want("", a, "listen", "port", port)
	accepted := s.begin(a, "accept", args{"port", port, "name", "c"})
	s.wantField(s.call(b, "dial", "to", value.MakeAddr(a, port), "name", "c"), "why", "")
	if r := s.end(accepted); r.Value != "" {
		s.Fatalf("accept: %+v", r)
	}
}

// eventually lets time pass in small steps until the condition holds.
func (s *stage) eventually(what string, condition func() bool) {
	s.Helper()
	for limit := s.Now() + patience; !condition(); s.pass(10 * time.Millisecond) {
		if s.Now() > limit {
			s.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// note keeps an outcome that must be the same in both engines.
func (s *stage) note(name string, value any) { s.noted[name] = fmt.Sprint(value) }

func latency(d time.Duration) link.Draw { return link.Draw{A: d} }
