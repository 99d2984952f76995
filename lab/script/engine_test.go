package script

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
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

// shippedScripts are those in scripts/ that need no plugin but the built-in ones.
func shippedScripts(t testing.TB) []*load.Experiment {
	t.Helper()
	files, err := filepath.Glob("../../scripts/*.star")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d scripts, %v", len(files), err)
	}
	var all []*load.Experiment
	for _, file := range files {
		more := false
		f, err := load.Load(context.Background(), file, load.Options{Modules: builtinModules(), Plugin: func(string) (*manifest.Manifest, error) {
			more = true
			return &manifest.Manifest{}, nil
		}})
		if err != nil {
			t.Fatal(err.(*trouble.Error).Whole())
		}
		if more {
			continue // builds a plugin first: see the tests of the command
		}
		experiments, err := f.Experiments(nil)
		if err != nil {
			t.Fatal(err)
		}
		if f.Doc == "" {
			t.Errorf("%s: does not say what it shows", file)
		}
		all = append(all, experiments...)
	}
	return all
}

func TestShippedScriptsHoldInSimAndRepeat(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every script four times, which takes a minute under the race detector")
	}
	h, kinds := builtins(t)
	for _, e := range shippedScripts(t) {
		t.Run(e.ID, func(t *testing.T) {
			for seed := range uint64(2) {
				var digests []uint64
				for range 2 {
					eng, err := engine.NewSim(h, h.Builtin(), engine.Options{Seed: seed})
					if err != nil {
						t.Fatal(err)
					}
					r := Run(t.Context(), e, eng, RunOptions{Engine: "sim", Seed: seed, Kinds: kinds})
					if r.Outcome != result.Passed {
						t.Fatal(textOf(r))
					}
					digests = append(digests, r.Summary.Digest)
				}
				if !slices.Equal(digests[:1], digests[1:]) {
					t.Errorf("seed %d: digests %x", seed, digests)
				}
			}
		})
	}
}

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
