package balancer

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/star"
)

// shipped loads a script as the lab does and returns its global it as the value that arrives at a balancer: a function,
// or the struct that stands for strategy(...).
func shipped(t testing.TB, source string) any {
	t.Helper()
	tree, err := star.Dialect.Parse("my.star", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := star.Predeclared()
	origin := star.NewOrigin(tree, source, names.Keys())
	program, err := starlark.FileProgram(tree, names.Has)
	if err != nil {
		t.Fatal(err)
	}
	names[star.OriginName] = origin
	globals, err := program.Init(&starlark.Thread{}, names)
	if err != nil {
		t.Fatal(err)
	}
	globals.Freeze()
	value, err := star.ToValue(globals["it"])
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// blame is what a strategy complains of. Safe for concurrent use.
type blame struct {
	mu     sync.Mutex
	errors []error
}

func (b *blame) note(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = append(b.errors, err)
}

// scriptedBy makes the strategy that the script's global it describes, over these backends.
func scriptedBy(t testing.TB, source string, backends []*strategy.Backend) (strategy.Strategy, *blame) {
	t.Helper()
	chosen, err := choose(shipped(t, source), strategy.All())
	if err != nil {
		t.Fatal(err)
	}
	b := &blame{}
	s := chosen.make(1, b.note)
	s.Update(backends)
	return s, b
}

func builtIn(t testing.TB, name string, backends []*strategy.Backend) strategy.Strategy {
	t.Helper()
	named, ok := strategy.Find(strategy.All(), name)
	if !ok {
		t.Fatalf("no strategy %q", name)
	}
	s := named.New(1)
	s.Update(backends)
	return s
}

func views(weights ...int) []*strategy.Backend {
	backends := make([]*strategy.Backend, len(weights))
	for i, w := range weights {
		backends[i] = strategy.NewBackend(string(rune('a'+i)), w)
	}
	return backends
}

func asking(seed uint64) *strategy.Request {
	return &strategy.Request{Client: "client", Now: sdk.Epoch.Add(5 * time.Second), Rand: rand.New(rand.NewPCG(seed, 0))}
}

// want checks that the strategy has complained of nothing, or first of what has these words.
func (b *blame) want(t *testing.T, words ...string) {
	t.Helper()
	switch {
	case len(words) == 0 && len(b.errors) > 0:
		t.Errorf("the strategy failed: %v", b.errors[0])
	case len(words) > 0 && len(b.errors) == 0:
		t.Errorf("the strategy did not fail, want %q", words)
	case len(words) > 0:
		for _, word := range words {
			if text := b.errors[0].Error(); !strings.Contains(text, word) {
				t.Errorf("got %q, want %q in it", text, word)
			}
		}
	}
}

const turnsInScript = `
def pick(backends, request, state):
    state["turn"] += 1
    return backends[(state["turn"] - 1) % len(backends)]

it = struct(pick = pick, init = lambda: {"turn": 0})
`

// turnsByName are turns that go on behind the last one picked, as those of round_robin, when backends come and go.
const turnsByName = `
def pick(backends, request, state):
    later = [b for b in backends if b.name > state["last"]]
    b = later[0] if later else backends[0]
    state["last"] = b.name
    return b

it = struct(pick = pick, init = lambda: {"last": ""})
`
