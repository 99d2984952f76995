package wire

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Every field of a manifest travels: each is filled with something that is not zero.
func TestManifestsComeBackAsTheyWent(t *testing.T) {
	var m manifest.Manifest
	fill(reflect.ValueOf(&m).Elem(), 0)
	got, err := FromManifest(ToManifest(&m))
	if diff := cmp.Diff(&m, got); diff != "" || err != nil {
		t.Errorf("%v (-went +came back):\n%s", err, diff)
	}
}

// fill makes no field zero but those of parameters within parameters, which would never end.
func fill(v reflect.Value, depth int) {
	switch v.Interface().(type) {
	case value.Type:
		v.Set(reflect.ValueOf(value.Type{Base: value.Int, Lists: 1}))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Interface:
		v.Set(reflect.ValueOf(int64(7)))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth)
	case reflect.Slice:
		if depth < 4 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), depth)
		}
	}
}

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

func TestFieldsOfFieldsEndAtSomeDepth(t *testing.T) {
	field := &Parameter{Name: "f", Type: "int"}
	for range 5000 {
		field = &Parameter{Name: "f", Type: "struct", Fields: []*Parameter{field}}
	}
	for _, kind := range []*Kind{
		{Config: []*Parameter{field}}, {Methods: []*Method{{Result: field}}}, {Events: []*EventType{{Fields: []*Parameter{field}}}},
	} {
		_, err := FromManifest(&Manifest{Kinds: []*Kind{kind}})
		if err == nil || !strings.HasSuffix(err.Error(), "fields nested deeper than 32") {
			t.Errorf("got error %v", err)
		}
	}
}
