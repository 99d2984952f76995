package host

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/serve"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// A manifest is whatever a program sends. What the host makes of it must not end the host; a manifest that it accepts
// has a catalog in which every kind is found under its name.
func FuzzManifest(f *testing.F) {
	builtins := &manifest.Manifest{Name: "builtin", Version: "devel+1", Lab: "devel+2", Kinds: []*manifest.Kind{{Name: "tcp-echo"}}}
	for _, m := range []*wire.Manifest{wire.ToManifest(builtins), {}, {Lab: "+", Kinds: []*wire.Kind{{Name: "a", Plugin: "builtin"}, {Name: "a"}}},
		{Kinds: []*wire.Kind{{Name: "tcp-echo"}, {Name: "x", Config: []*wire.Parameter{{Type: "list<list<"}, {HasDefault: true}}}}}} {
		text, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	h := &Host{builtin: &Plugin{Name: "builtin", Builtin: true, Manifest: builtins}}
	f.Fuzz(func(t *testing.T, text []byte) {
		var said wire.Manifest
		if proto.Unmarshal(text, &said) != nil {
			return
		}
		m, err := read(&said)
		if err != nil {
			return
		}
		serve.Markdown(m)
		p := &Plugin{Name: "x", Path: "/x", Manifest: m}
		h.Skew(p)
		catalog, _ := NewCatalog(p, h.builtin)
		for _, kind := range h.Own(p).Kinds {
			if found, by, ok := catalog.Kind(kind.Name); !ok || by != p || found != kind {
				t.Errorf("own kind %q: found %v, %v", kind.Name, found, ok)
			}
		}
		if _, _, ok := catalog.Kind("tcp-echo"); !ok {
			t.Error("a built-in kind is lost")
		}
	})
}
