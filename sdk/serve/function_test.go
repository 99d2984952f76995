package serve

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
)

// chooser takes functions in each of the ways that a kind can.
type chooser struct {
	Pick  sdk.Function   `lab:"pick"`
	Score sdk.Function   `lab:"score,default=none"`
	Any   any            `lab:"any,default=round_robin"`
	More  []sdk.Function `lab:"more,default=[]"`
	Dict  sdk.Fields     `lab:"dict,default={}"`
}

func (*chooser) Run(sdk.Env) error { return nil }

func TestFunctionsFillParameters(t *testing.T) {
	kind := sdk.Kind{Name: "chooser", New: func() sdk.Component { return &chooser{} }}
	s := compiled(t, kind)
	fn := sdk.Function{Name: "pick", Path: "b.star", Line: 1, Col: 1}
	n, err := s.newInstance(startOf("chooser", sdk.Fields{
		{Name: "pick", Value: fn}, {Name: "any", Value: fn}, {Name: "more", Value: []any{fn, fn}},
		{Name: "dict", Value: sdk.Fields{{Name: "pick", Value: fn}}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := &chooser{Pick: fn, Any: fn, More: []sdk.Function{fn, fn}, Dict: sdk.Fields{{Name: "pick", Value: fn}}}
	if diff := cmp.Diff(want, n.component.Interface()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	pick := sdk.Field{Name: "pick", Value: fn}
	for _, c := range []struct {
		config sdk.Fields
		want   string
	}{
		{nil, `config "pick" is missing`},
		{sdk.Fields{{Name: "pick", Value: "p2c"}}, `config "pick": want function, got string "p2c"`},
		{sdk.Fields{pick, {Name: "dict", Value: fn}}, `want dict, got function <function pick at b.star:1:1>`},
	} {
		if _, err := s.newInstance(startOf("chooser", c.config)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got error %v, want one with %q", c.config, err, c.want)
		}
	}
	manifest, err := Manifest(sdk.Plugin{Name: "shop", Kinds: []sdk.Kind{kind}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"function", "function", "any", "list<function>", "dict"} {
		if got := manifest.Kinds[0].Config[i].Type.Notation(); got != want {
			t.Errorf("parameter %d is a %s, want %s", i, got, want)
		}
	}
}
