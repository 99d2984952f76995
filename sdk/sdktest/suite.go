package sdktest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/env"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Run checks what holds for every plugin: its manifest is valid and is what it serves; its kinds start with their
// defaults, in virtual time and on real sockets, and stop when told, leaving nothing behind; what is wrong in a
// configuration is refused; and a seed decides everything. Parameters without default get a small value of their type.
func Run(t *testing.T, p sdk.Plugin) { RunWith(t, p, nil) }

// RunWith is Run for plugins with kinds that need more than a small value of each type: config has what to start them
// with, by the kind's name.
func RunWith(t *testing.T, p sdk.Plugin, config map[string]sdk.Fields) {
	manifest, err := p.Manifest()
	if err != nil {
		t.Fatalf("plugin %s:\n%v", p.Name, err)
	}
	s := suite{plugin: p, manifest: manifest, config: config}
	t.Run("what it serves is what its manifest says", s.manifestIsServed)
	for _, kind := range manifest.GetKinds() {
		t.Run(kind.GetName(), func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			t.Run("starts, restarts and stops in virtual time", func(t *testing.T) { s.startsInSim(t, kind) })
			t.Run("the same seed is the same run", func(t *testing.T) { s.sameSeed(t, kind) })
			t.Run("refuses a wrong configuration", func(t *testing.T) { s.refuses(t, kind) })
			t.Run("starts and stops on real sockets", func(t *testing.T) { s.startsLive(t, kind) })
		})
	}
}

type suite struct {
	plugin   sdk.Plugin
	manifest *wire.Manifest
	config   map[string]sdk.Fields
}

func (s suite) manifestIsServed(t *testing.T) {
	if diff := cmp.Diff(s.manifest, open(t, s.plugin).describe(), protocmp.Transform()); diff != "" {
		t.Errorf("(-manifest +served):\n%s", diff)
	}
	if text, err := sdk.ManifestJSON(s.manifest); err != nil || len(text) == 0 {
		t.Errorf("describe: %v", err)
	}
	for _, kind := range s.manifest.GetKinds() {
		if kind.GetDoc() == "" {
			t.Errorf("kind %s has no doc: lab plugin list and the reference have nothing to say about it", kind.GetName())
		}
	}
}

// given is a configuration of what has no default.
func (s suite) given(kind *wire.Kind) sdk.Fields {
	if config := s.config[kind.GetName()]; config != nil {
		return config
	}
	var config sdk.Fields
	for _, p := range kind.GetConfig() {
		if !p.GetHasDefault() {
			config = append(config, sdk.Field{Name: p.GetName(), Value: small(p.GetType())})
		}
	}
	return config
}

// small is a value of the type that does little.
func small(typ string) any {
	switch typ {
	case "bool":
		return false
	case "int":
		return int64(1)
	case "float":
		return 0.5
	case "string":
		return "x"
	case "bytes":
		return []byte("x")
	case "duration", "draw":
		return 10 * time.Millisecond
	case "rate":
		return sdk.Rate(1_000_000)
	case "address":
		return sdk.Addr("n2:8080")
	case "dict":
		return sdk.Fields{}
	}
	if item, ok := strings.CutPrefix(typ, "list<"); ok {
		return []any{small(strings.TrimSuffix(item, ">"))}
	}
	return nil
}

var names = []string{"n1", "n2", "n3"}

func peers(of string) []string {
	var others []string
	for _, name := range names {
		if name != of {
			others = append(others, name)
		}
	}
	return others
}

// life is what the nodes of a kind go through: everything that can happen to a node, in 10 s of virtual time.
func (s suite) life(t *testing.T, kind *wire.Kind, seed uint64) (digest uint64, events []env.Event) {
	b := NewBench(t, s.plugin, seed)
	for _, name := range names {
		b.Add(name, kind.GetName(), s.given(kind), peers(name)...)
	}
	b.Run(2 * time.Second)
	b.Cut("n1", "n2")
	b.Pause("n3")
	b.Run(2 * time.Second)
	b.Heal("n1", "n2")
	b.Resume("n3")
	b.Crash("n1")
	b.Run(2 * time.Second)
	b.Restart("n1")
	b.Reset("n1", "n3")
	b.Run(4 * time.Second)
	b.Crash("n2")
	b.Crash("n2") // a crash of what is down is nothing
	return b.Close(), b.Events()
}

func (s suite) startsInSim(t *testing.T, kind *wire.Kind) {
	_, events := s.life(t, kind, 1)
	declared := map[string]bool{}
	for _, e := range kind.GetEvents() {
		declared[e.GetName()] = true
	}
	for _, e := range events {
		if !declared[e.Name] {
			t.Errorf("it emits the event %q, which is not among the kind's Events", e.Name)
			declared[e.Name] = true // once is enough
		}
	}
}

func (s suite) sameSeed(t *testing.T, kind *wire.Kind) {
	for seed := range uint64(3) {
		first, events := s.life(t, kind, seed)
		again, eventsAgain := s.life(t, kind, seed)
		if first != again {
			t.Errorf("seed %d: digests %x and %x: something else than the seed decides. Suspects: a range over a map, "+
				"time.Now, a random source other than Env.Rand, a goroutine.%s",
				seed, first, again, firstDifference(events, eventsAgain))
		}
	}
}

func firstDifference(a, b []env.Event) string {
	for i := range min(len(a), len(b)) {
		if diff := cmp.Diff(a[i], b[i]); diff != "" {
			return "\nThe first events that differ:\n" + diff
		}
	}
	return ""
}

func (s suite) refuses(t *testing.T, kind *wire.Kind) {
	wrong := map[string]sdk.Fields{
		"an unknown parameter": append(s.given(kind), sdk.Field{Name: "no_such_parameter", Value: nil}),
	}
	for _, p := range kind.GetConfig() {
		if p.GetType() != "any" {
			bad := sdk.Fields{{Name: p.GetName(), Value: env.Object{Node: "n1", ID: 1, Type: "x"}}}
			for _, f := range s.given(kind) {
				if f.Name != p.GetName() {
					bad = append(bad, f)
				}
			}
			wrong["an object as "+p.GetName()] = bad
		}
	}
	for what, config := range wrong {
		b := NewBench(t, s.plugin, 1)
		b.Add("n1", kind.GetName(), config)
		b.Run(0)
		if failures := b.Failures(); len(failures) != 1 || !strings.Contains(failures[0], "config") {
			t.Errorf("%s: got failures %q, want one that speaks of the config", what, failures)
		}
		b.Close()
	}
}

// startsLive runs a node on real sockets in a network where nobody else is.
func (s suite) startsLive(t *testing.T, kind *wire.Kind) {
	const world = 1
	session := open(t, s.plugin)
	session.send(
		&wire.Command{World: world, Of: &wire.Command_Open{Open: &wire.Open{Seed: 1, Live: true}}},
		&wire.Command{World: world, Of: &wire.Command_Start{Start: &wire.Start{
			Node: "n1", Kind: kind.GetName(), Config: wire.ToFields(s.given(kind)), Peers: peers("n1"),
			Place: &wire.Place{Address: "127.0.0.1", Socks: "127.0.0.1:1", Directory: t.TempDir()},
		}}},
	)
	for ready := false; !ready; {
		r := session.await(world, "the node to be ready", func(r *wire.Report) bool {
			return r.GetReady() != nil || r.GetListening() != nil || r.GetFailure() != nil
		})
		if f := r.GetFailure(); f != nil {
			t.Fatalf("it failed: %s\n%s", f.GetError(), f.GetStack())
		}
		if l := r.GetListening(); l != nil {
			session.send(&wire.Command{World: world, Of: &wire.Command_ListeningOk{
				ListeningOk: &wire.ListeningOk{Id: l.GetId()},
			}})
		}
		ready = r.GetReady() != nil
	}
	if closed := session.close(world); closed.GetError() != "" {
		t.Errorf("%s; return when a call of Env returns ErrStopped", closed.GetError())
	}
}
