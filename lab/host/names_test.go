package host

import (
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/sdk/wire"
)

func TestNamesOfAManifestCanBeRead(t *testing.T) {
	long := strings.Repeat("n", 65)
	for want, kind := range map[string]*wire.Kind{
		"": {Name: "tcp-echo", Doc: "says\nit again", Config: []*wire.Parameter{{
			Name: "port", Type: "string", HasDefault: true, DefaultValue: wire.ToValue(strings.Repeat("x", 1<<20))}}},
		"a name of 65 bytes, want at most 64":                      {Name: long},
		"the name \"a\\x1b[2J\": want characters that can be read": {Name: "k", Methods: []*wire.Method{{Name: "a\x1b[2J"}}},
		"a name of 66 bytes, want at most 64": {Name: "k", Events: []*wire.EventType{{
			Name: "e", Fields: []*wire.Parameter{{Name: long + "x"}}}}},
		"a doc of 1048576 bytes, want at most 65536": {Name: "k", Doc: strings.Repeat("d", 1<<20)},
	} {
		got := ""
		if _, err := read(&wire.Manifest{Kinds: []*wire.Kind{kind}}); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
