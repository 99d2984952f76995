package sdktest

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/serve"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Told is what a harmful component emits.
type Told struct{ N int }

// Untold is not among the events of the kind.
type Untold struct{}

// harmful runs a function.
type harmful func(sdk.Env) error

// Run does the harm.
func (h harmful) Run(e sdk.Env) error { return h(e) }

// kind is a kind of components that do harm.
func kind(run func(sdk.Env) error) sdk.Kind {
	return sdk.Kind{
		Name: "harmful", Doc: "does harm", Events: []any{Told{}},
		New: func() sdk.Component { return harmful(run) },
	}
}

// findings carries out the suite and returns what it has found, by the check's name.
func findings(t *testing.T, p sdk.Plugin, change func(*Subject)) map[string]string {
	t.Helper()
	manifest, err := serve.Manifest(p)
	if err != nil {
		t.Fatal(err)
	}
	s := Subject{Manifest: manifest, Open: func(T) (Session, error) { return v(p) }}
	if change != nil {
		change(&s)
	}
	found := map[string]string{}
	for _, c := range Checks(s) {
		if failures := c.Try(); len(failures) > 0 {
			found[c.Name] = strings.Join(failures, "\n")
		}
	}
	return found
}

const (
	served   = "what it serves is what its manifest says"
	starts   = "starts, restarts and stops in virtual time"
	sameSeed = "the same seed is the same run, without calls"
	defaults = "its defaults are those of its manifest"
	refuses  = "refuses a wrong configuration"
	onLive   = "starts on real sockets and stops, also twice"
)

func TestTheSuiteFindsNothingInAPluginThatIsRight(t *testing.T) {
	if found := findings(t, samplePlugin(), nil); len(found) > 0 {
		t.Errorf("found %q", found)
	}
}

func TestTheSuiteFindsTheHarmThatAComponentDoes(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	tests := map[string]struct {
		run  func(sdk.Env) error
		want map[string]string // check: a part of what it finds
	}{
		"randomness of its own": {
			func(e sdk.Env) error {
				e.Emit(Told{rand.Int()})
				return nil
			},
			map[string]string{sameSeed: "something else than the seed decides"},
		},
		"the order of a map": {
			func(e sdk.Env) error {
				all := map[int]bool{}
				for i := range 100 {
					all[i] = true
				}
				for i := range all {
					e.Emit(Told{i})
				}
				return nil
			},
			map[string]string{sameSeed: "\nthe first events that differ:\n  0s n"},
		},
		"an error": {
			func(sdk.Env) error { return sdk.ErrInUse },
			map[string]string{starts: "a node failed: n1 at 0s: ", onLive: "it failed: "},
		},
		"a panic": {
			func(e sdk.Env) error { panic("boom on " + e.Node()) },
			map[string]string{starts: "panic: boom on n2\n", onLive: "it failed: panic: boom on n1\ngoroutine "},
		},
		"an event that is not listed": {
			func(e sdk.Env) error {
				e.Emit(Untold{})
				return nil
			},
			map[string]string{starts: `sdktest.Untold is not among the Events of kind "harmful"`},
		},
		"life after its end": {
			func(e sdk.Env) error {
				if err := e.Sleep(time.Hour); err != nil {
					<-release
				}
				return nil
			},
			map[string]string{onLive: "return when a call of Env returns ErrStopped"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			found := findings(t, sdk.Plugin{Name: "p", Kinds: []sdk.Kind{kind(test.run)}}, nil)
			for check, want := range test.want {
				if !strings.Contains(found[check], want) {
					t.Errorf("%s: found %q, want %q", check, found[check], want)
				}
			}
		})
	}
}

// Preset has defaults, one without.
type Preset struct {
	Servers []sdk.Addr    `lab:"servers,doc=who"`
	Every   time.Duration `lab:"every,default=1s,doc=how often"`
}

// Run tells how often, which shows what the default is.
func (p *Preset) Run(e sdk.Env) error {
	for n := 0; ; n++ {
		e.Emit(Told{n})
		if err := e.Sleep(p.Every); err != nil {
			return err
		}
	}
}

func presetPlugin() sdk.Plugin {
	return sdk.Plugin{Name: "p", Kinds: []sdk.Kind{{
		Name: "preset", Doc: "has defaults", New: func() sdk.Component { return &Preset{} }, Events: []any{Told{}},
	}}}
}

func TestTheSuiteGivesWhatHasNoDefault(t *testing.T) {
	if found := findings(t, presetPlugin(), nil); len(found) > 0 {
		t.Errorf("found %q", found)
	}
}

func TestTheSuiteFindsAManifestThatLies(t *testing.T) {
	twist := func(change func(*manifest.Kind)) func(*Subject) {
		return func(s *Subject) { change(s.Manifest.Kinds[0]) }
	}
	tests := map[string]struct {
		change func(*Subject)
		check  string
		want   string
	}{
		"another default": {
			twist(func(k *manifest.Kind) { k.Config[1].Default = 2 * time.Second }),
			defaults, "does something else than without",
		},
		"a parameter that does not exist": {
			twist(func(k *manifest.Kind) {
				k.Config = append(k.Config, &manifest.Parameter{Name: "depth", Type: value.MustType("int")})
			}),
			starts, "depth",
		},
		"a default where there is none": {
			twist(func(k *manifest.Kind) { k.Config[0].HasDefault = true }),
			starts, "servers",
		},
		"a kind of another name": {
			twist(func(k *manifest.Kind) { k.Name = "upset" }), starts, "upset",
		},
		"no word about a kind": {
			twist(func(k *manifest.Kind) { k.Doc = "" }), served, "kind preset has no doc",
		},
		"no event": {
			twist(func(k *manifest.Kind) { k.Events = nil }), starts, `it emits the event "told"`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if found := findings(t, presetPlugin(), test.change); !strings.Contains(found[test.check], test.want) {
				t.Errorf("%s: found %q, want %q", test.check, found, test.want)
			}
		})
	}
}

// Dial has a live parameter.
type Dial struct {
	Level  int `lab:"level,default=1,live,doc=how high"`
	change error
}

// Run does nothing.
func (d *Dial) Run(sdk.Env) error { return nil }

// Configure implements sdk.Configurer.
func (d *Dial) Configure(sdk.Env, sdk.Component) error { return d.change }

func TestTheSuiteFindsAComponentThatTakesNoConfigurationWhileItRuns(t *testing.T) {
	const check = "takes a configuration while it runs"
	for want, change := range map[string]error{
		"": nil, "configure with what it has already: " + sdk.ErrInUse.Error(): sdk.ErrInUse,
	} {
		found := findings(t, sdk.Plugin{Name: "p", Kinds: []sdk.Kind{{
			Name: "dial", Doc: "turns", New: func() sdk.Component { return &Dial{change: change} },
		}}}, nil)
		if found[check] != want {
			t.Errorf("found %q, want %q", found[check], want)
		}
	}
}

// lax is a session with a plugin that takes any configuration: it never hears of what is wrong in one.
type lax struct{ Session }

func (l lax) Send(commands ...*wire.Command) error {
	for _, c := range commands {
		for _, change := range c.GetAdvance().GetChanges() {
			if start := change.GetStart(); start != nil {
				start.Config = wire.ToFields(sdk.Fields{{Name: "servers", Value: []any{sdk.Addr("n2:1")}}})
			}
		}
	}
	return l.Session.Send(commands...)
}

func TestTheSuiteFindsAPluginThatTakesAnyConfiguration(t *testing.T) {
	found := findings(t, presetPlugin(), func(s *Subject) {
		open := s.Open
		s.Open = func(t T) (Session, error) {
			inner, err := open(t)
			return lax{inner}, err
		}
	})
	for _, want := range []string{
		"an unknown parameter: got failures []", "an object as servers: got", "an object as every: got",
		"no servers, which has no default: got",
	} {
		if !strings.Contains(found[refuses], want) {
			t.Errorf("found %q, want %q", found[refuses], want)
		}
	}
}

func TestOnlyTheKindsThatAreAskedForAreChecked(t *testing.T) {
	p := sdk.Join("both", samplePlugin(), presetPlugin())
	manifest, err := serve.Manifest(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range Checks(Subject{Manifest: manifest, Kinds: []string{"preset"}}) {
		if c.Kind != "" && c.Kind != "preset" {
			t.Errorf("%s: %s", c.Kind, c.Name)
		}
	}
}

func TestATrialTellsEveryFailureOnceAlsoThoseOfItsEnd(t *testing.T) {
	var order []string
	c := Check{Name: "fails", Run: func(t T) {
		t.Cleanup(func() { order = append(order, "first") })
		t.Cleanup(func() {
			order = append(order, "second")
			t.Cleanup(func() { order = append(order, "of the second") })
			t.Fatalf("at the end")
		})
		t.Errorf("one")
		t.Errorf("one")
		defer panic("two")
		t.Fatalf("three")
	}}
	found := strings.Join(c.Try(), "; ")
	if !strings.HasPrefix(found, "one; three; panic: two\n") || !strings.HasSuffix(found, "; at the end") {
		t.Errorf("found %q", found)
	}
	if got := strings.Join(order, ", "); got != "second, of the second, first" {
		t.Errorf("cleaned up in the order %s", got)
	}
}
