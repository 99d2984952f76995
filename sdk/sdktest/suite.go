package sdktest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/serve"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Run checks what holds for every plugin: its manifest is valid and is what it serves; its kinds start with their
// defaults, in virtual time and on real sockets, and stop when told, leaving nothing behind; what is wrong in a
// configuration is refused; and a seed decides what they do. No method is called, and nothing is requested: see Bench.
// Parameters without default get a small value of their type.
func Run(t *testing.T, p sdk.Plugin) { RunWith(t, p, nil) }

// RunWith is Run for plugins with kinds that need more than a small value of each type: config has what to start them
// with, by the kind's name.
func RunWith(t *testing.T, p sdk.Plugin, config map[string]sdk.Fields) {
	manifest, err := serve.Manifest(p)
	if err != nil {
		t.Fatalf("plugin %s:\n%v", p.Name, err)
	}
	checks := Checks(Subject{
		Manifest: manifest, Config: config,
		Open: func(T) (Session, error) { return v(p) },
	})
	kinds := []string{""}
	for _, kind := range manifest.Kinds {
		kinds = append(kinds, kind.Name)
	}
	for _, kind := range kinds {
		run := func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			for _, c := range checks {
				if c.Kind == kind {
					t.Run(c.Name, func(t *testing.T) { c.Run(t) })
				}
			}
		}
		if kind == "" {
			run(t)
		} else {
			t.Run(kind, run)
		}
	}
}

// Subject is a plugin to check, wherever it is served.
type Subject struct {
	Manifest *manifest.Manifest
	// Kinds are those to check; nil means all of the manifest.
	Kinds []string
	// Config is what to start kinds with, by their name, that need more than a small value for what has no default.
	Config map[string]sdk.Fields
	// Open starts a session. Every check opens one of its own, and closes it.
	Open func(T) (Session, error)
}

// Check is one thing that must hold.
type Check struct {
	Kind string // that it is about; empty: the plugin as a whole
	Name string // a sentence about the kind or the plugin: "the same seed is the same run, without calls"
	Run  func(T)
}

// Checks are the suite for a plugin, those about the plugin as a whole first. They are independent of each other.
func Checks(s Subject) []Check {
	all := []Check{{"", "what it serves is what its manifest says", s.manifestIsServed}}
	for _, kind := range s.Manifest.Kinds {
		if !s.includes(kind.Name) {
			continue
		}
		add := func(name string, run func(T, *manifest.Kind)) {
			all = append(all, Check{kind.Name, name, func(t T) { run(t, kind) }})
		}
		add("starts, restarts and stops in virtual time", s.startsInSim)
		add("the same seed is the same run, without calls", s.sameSeed)
		add("its defaults are those of its manifest", s.defaults)
		add("refuses a wrong configuration", s.refuses)
		add("starts on real sockets and stops, also twice", s.startsLive)
		if slices.ContainsFunc(kind.Config, func(p *manifest.Parameter) bool { return p.Live }) {
			add("takes a configuration while it runs", s.configures)
		}
	}
	return all
}

func (s Subject) includes(kind string) bool {
	return s.Kinds == nil || slices.Contains(s.Kinds, kind)
}

// session opens a session for a check.
func (s Subject) session(t T) *session {
	t.Helper()
	link, err := s.Open(t)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return newSession(t, link)
}

func (s Subject) manifestIsServed(t T) {
	if diff := cmp.Diff(s.Manifest, s.session(t).describe(), protocmp.Transform()); diff != "" {
		t.Errorf("(-manifest +served):\n%s", diff)
	}
	if text, err := serve.ManifestJSON(s.Manifest); err != nil || len(text) == 0 {
		t.Errorf("describe: %v", err)
	}
	for _, kind := range s.Manifest.Kinds {
		if kind.Doc == "" && s.includes(kind.Name) {
			t.Errorf("kind %s has no doc: lab plugin list and the reference have nothing to say about it", kind.Name)
		}
	}
}

// refuses starts the kind with every configuration that is wrong in one thing.
func (s Subject) refuses(t T, kind *manifest.Kind) {
	session := s.session(t)
	for _, wrong := range s.wrong(t, kind) {
		b := newBench(t, session, 1)
		b.Add("n1", kind.Name, wrong.config)
		b.Run(0)
		if failures := b.Failures(); len(failures) != 1 || !strings.Contains(failures[0], "config") {
			t.Errorf("%s: got failures %q, want one that speaks of the config", wrong.what, failures)
		}
		b.Close()
	}
}

// configures gives a running node the configuration that it has, then one that is wrong.
func (s Subject) configures(t T, kind *manifest.Kind) {
	config := s.explicit(t, kind)
	b := newBench(t, s.session(t), 1)
	b.Add("n1", kind.Name, config, peers("n1")...)
	b.Run(time.Second)
	if a := b.Call("n1", "configure", config); !a.OK {
		t.Errorf("configure with what it has already: %s", a.Error)
	}
	if a := b.Call("n1", "configure", with(config, "no_such_parameter", nil)); a.OK || a.Unknown {
		t.Errorf("configure with an unknown parameter: got %+v, want a refusal", a)
	}
	b.Run(time.Second)
}

// startsLive runs a node on real sockets in a network where nobody else is.
func (s Subject) startsLive(t T, kind *manifest.Kind) {
	session := s.session(t)
	world := session.newWorld()
	session.send(
		&wire.Command{World: world, Of: &wire.Command_Open{Open: &wire.Open{Seed: 1, Live: true}}},
		&wire.Command{World: world, Of: &wire.Command_Start{Start: &wire.Start{
			Node: "n1", Kind: kind.Name, Config: wire.ToFields(s.given(t, kind)), Peers: peers("n1"),
			Place: &wire.Place{Address: "127.0.0.1", Socks: "127.0.0.1:1", Directory: t.TempDir()},
		}}},
	)
	for ready := false; !ready; {
		r := session.await(world, "the node to be ready", func(r *wire.Report) bool {
			return r.GetReady() != nil || r.GetListening() != nil || r.GetFailure() != nil
		})
		if f := r.GetFailure(); f != nil {
			t.Fatalf("%s", strings.TrimSpace(fmt.Sprintf("it failed: %s\n%s", f.GetError(), f.GetStack())))
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
	session.send(&wire.Command{World: world, Of: &wire.Command_Close{Close: &wire.Close{}}}) // of what is gone: nothing
	session.describe()
}
