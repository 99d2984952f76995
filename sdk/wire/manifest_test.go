package wire

import (
	"strings"
	"testing"
)

func TestManifestsThatCannotBeUnderstoodAreRefused(t *testing.T) {
	param := func(name, typ string) []*Parameter { return []*Parameter{{Name: name, Type: typ}} }
	method := func(args []*Parameter) []*Method { return []*Method{{Name: "m", Arguments: args}} }
	for _, c := range []struct {
		kind *Kind
		want string
	}{
		{&Kind{Name: "k", Config: param("x", "integer")}, `kind "k": parameter "x": unknown type "integer"`},
		{&Kind{Name: "k", Methods: method(param("x", "list<thing>"))},
			`kind "k": method "m": parameter "x": unknown type "thing"`},
		{&Kind{Name: "k", Objects: []*ObjectType{{Name: "o", Methods: method(param("x", ""))}}},
			`kind "k": object "o": method "m": parameter "x": unknown type ""`},
		{&Kind{Name: "k", Config: param("x", strings.Repeat("list<", 1<<20))},
			`kind "k": parameter "x": a type of 5242880 letters, want at most 256`},
		{&Kind{Name: "k", Config: []*Parameter{{Name: "x", Type: "int", HasDefault: true, DefaultValue: &Value{}}}},
			`kind "k": parameter "x": default: a value of a form that this version does not know`},
	} {
		if _, err := FromManifest(&Manifest{Kinds: []*Kind{c.kind}}); err == nil || err.Error() != c.want {
			t.Errorf("got error %v, want %q", err, c.want)
		}
	}
}
