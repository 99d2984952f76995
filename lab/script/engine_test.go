package script

import (
	"context"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/plugins"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/serve"
)

// TestMain serves the built-in kinds when a host has started this program as a plugin.
func TestMain(m *testing.M) {
	if serve.Serving() {
		serve.Main(plugins.Builtin())
	}
	goleak.VerifyTestMain(m)
}

// builtins starts a host of the built-in kinds.
func builtins(t testing.TB) (*host.Host, *Kinds) {
	t.Helper()
	manifest, err := serve.Manifest(plugins.Builtin())
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
	})
	kinds, err := NewKinds(manifest.Kinds...)
	if err != nil {
		t.Fatal(err)
	}
	return h, kinds
}

// builtinModules are the files that the built-in plugins bring along.
var builtinModules = sync.OnceValue(func() []*manifest.Module {
	m, err := serve.Manifest(plugins.Builtin())
	if err != nil {
		panic(err)
	}
	return m.Modules
})

// BenchmarkElection is one seed of the five-node election experiment.
func BenchmarkElection(b *testing.B) {
	h, kinds := builtins(b)
	f, err := load.Load(context.Background(), "../../scripts/election.star", load.Options{Modules: builtinModules()})
	if err != nil {
		b.Fatal(err)
	}
	all, err := f.Experiments(map[string]string{"nodes": "5"})
	if err != nil {
		b.Fatal(err)
	}
	var seed uint64
	for b.Loop() {
		seed++
		eng, err := engine.NewSim(h, h.Builtin(), engine.Options{Seed: seed})
		if err != nil {
			b.Fatal(err)
		}
		if r := Run(context.Background(), all[0], eng, RunOptions{Seed: seed, Kinds: kinds}); r.Outcome != result.Passed {
			b.Fatal(textOf(r))
		}
	}
}
