package host_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/sdk/manifest"
)

// ownBuiltins is the manifest of a lab.
func ownBuiltins() *manifest.Manifest {
	return &manifest.Manifest{Name: "builtin", Version: "v1.4.0+b4", Lab: "v1.4.0+a4", Kinds: []*manifest.Kind{
		{Name: "tcp-echo", Plugin: "tcp-echo"}, {Name: "raft", Doc: "new", Plugin: "raft"},
	}}
}

func TestCopiesOfBuiltInKindsTakeNobodysPlaceAndTellTheirLab(t *testing.T) {
	copies := func(version string) []*manifest.Kind {
		return []*manifest.Kind{
			{Name: "pb", Plugin: "pb"}, {Name: "tcp-echo", Plugin: "builtin", PluginVersion: version},
			{Name: "raft", Doc: "old", Plugin: "builtin", PluginVersion: version},
		}
	}
	h := newHost(t, host.Options{Builtins: ownBuiltins()})
	for name, test := range map[string]struct {
		manifest *manifest.Manifest
		own      []string
		notices  int
		skew     string
	}{
		"of this lab":                    {&manifest.Manifest{Lab: "v1.4.0+a4", Kinds: copies("v1.4.0+b4")}, []string{"pb"}, 0, ""},
		"of a checkout that is this lab": {&manifest.Manifest{Lab: "devel+a4", Kinds: copies("devel+b4")}, []string{"pb"}, 0, ""},
		"with another sdk": {&manifest.Manifest{Lab: "v1.3.0+a3", Kinds: copies("v1.3.0+b3")}, []string{"pb"}, 0,
			"plugin pb was built with lab v1.3.0+a3, this is v1.4.0+a4: rebuild it"},
		"with other built-in kinds": {&manifest.Manifest{Lab: "devel+a4", Kinds: copies("devel+b3")}, []string{"pb"}, 0,
			"plugin pb was built with lab devel+b3, this is v1.4.0+b4: rebuild it"},
		"without them, with another sdk": {&manifest.Manifest{Lab: "devel+a3", Kinds: []*manifest.Kind{{Name: "pb"}}}, []string{"pb"}, 0,
			"plugin pb was built with lab devel+a3, this is v1.4.0+a4: rebuild it"},
		"a kind of its own in the place of a built-in one": {
			&manifest.Manifest{Lab: "v1.4.0+a4", Kinds: []*manifest.Kind{{Name: "raft", Plugin: "pb"}, copies("v1.4.0+b4")[1]}},
			[]string{"raft"}, 1, ""},
		"of a lab that did not tell": {
			&manifest.Manifest{Kinds: []*manifest.Kind{{Name: "pb"}, {Name: "tcp-echo"}, {Name: "raft", Doc: "old"}}}, []string{"pb"}, 0,
			"plugin pb was built with lab of unknown version, this is v1.4.0+a4: rebuild it"},
		"in another language": {&manifest.Manifest{Kinds: []*manifest.Kind{{Name: "raft", Doc: "in Rust"}}}, []string{"raft"}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := &host.Plugin{Name: "pb", Path: "/lab-plugin-pb", Manifest: test.manifest}
			var own []string
			for _, kind := range h.Own(p).Kinds {
				own = append(own, kind.Name)
			}
			if diff := cmp.Diff(test.own, own); diff != "" {
				t.Errorf("own kinds (-want +got):\n%s", diff)
			}
			catalog, notices := host.NewCatalog(p, h.Builtin())
			if len(notices) != test.notices {
				t.Errorf("notices %v, want %d", notices, test.notices)
			}
			_, server, _ := catalog.Kind("raft")
			if isOwn := server == p; isOwn != (test.own[0] == "raft") {
				t.Errorf("raft is served by %s", server.Name)
			}
			if got := h.Skew(p); got != test.skew {
				t.Errorf("skew %q, want %q", got, test.skew)
			}
		})
	}
	if got := h.Skew(h.Builtin()); got != "" {
		t.Errorf("the built-in plugin: %q", got)
	}
}
