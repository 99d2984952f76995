package wire

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk/value"
)

func sample(free value.Fields) value.Function {
	return value.Function{
		Name: "pick", Path: "b.star", Line: 3, Col: 5, Free: free, Known: []string{"check", "ms"},
		Modules: []value.Module{
			{Path: "lib.star", Source: "def ü(): pass"},
			{Path: "b.star", Source: "def pick(): pass", Loads: []value.Load{{Name: "lib.star", Path: "lib.star"}}},
		},
	}
}

func TestFunctionsComeBackAsTheyWent(t *testing.T) {
	inner := sample(nil)
	for _, want := range []any{
		value.Function{}, inner, sample(value.Fields{{Name: "k", Value: []any{int64(1), inner}}}),
		value.Fields{{Name: "pick", Value: inner}, {Name: "init", Value: nil}},
	} {
		if diff := cmp.Diff(want, travel(t, want)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestAFunctionIsFitForTheWireWhateverItsTexts(t *testing.T) {
	fn := sample(nil)
	for _, text := range []*string{
		&fn.Name, &fn.Path, &fn.Known[0], &fn.Modules[0].Source, &fn.Modules[1].Path, &fn.Modules[1].Loads[0].Name,
	} {
		*text = "\xff"
	}
	if _, err := DecodeValue(EncodeValue(fn)); err != nil {
		t.Error(err)
	}
}

func TestHostileFunctionsAreErrors(t *testing.T) {
	deep := &Value{Of: &Value_None{None: true}}
	for range maxDepth + 1 {
		free := &Fields{Fields: []*Fields_Field{{Name: "f", Value: deep}}}
		deep = &Value{Of: &Value_Function{Function: &Function{Name: "pick", Free: free}}}
	}
	wide := func(fn *Function) *Value { return &Value{Of: &Value_Function{Function: fn}} }
	for name, c := range map[string]struct {
		value *Value
		want  string
	}{
		"too deep":         {deep, "deeper than 32"},
		"too many modules": {wide(&Function{Modules: make([]*Function_Module, maxValues+1)}), "more than 1048576 parts"},
		"too many names":   {wide(&Function{Known: make([]string, maxValues+1)}), "more than 1048576 parts"},
		"too many loads": {wide(&Function{Modules: []*Function_Module{{Loads: make([]*Function_Load, maxValues+1)}}}),
			"more than 1048576 parts"},
		"captures nothing": {wide(&Function{Free: &Fields{Fields: []*Fields_Field{{Name: "x"}}}}), "x: a value of a form"},
	} {
		if _, err := FromValue(c.value); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
	if got, err := FromValue(wide(nil)); err != nil || !cmp.Equal(got, value.Function{}) {
		t.Errorf("no function at all: got %v, %v, want one without modules", got, err)
	}
}

func TestAFunctionHasNoNotationButItsPlaceIsShown(t *testing.T) {
	if got := value.Format(sample(nil)); got != "<function pick at b.star:3:5>" {
		t.Errorf("got %s", got)
	}
	if got, err := value.Parse(value.Type{Base: value.Callable}, "none"); got != nil || err != nil {
		t.Errorf("none: got %v, %v", got, err)
	}
	if _, err := value.Parse(value.Type{Base: value.Callable}, "pick"); err == nil || !strings.Contains(err.Error(), `want none, got "pick"`) {
		t.Errorf("got error %v", err)
	}
}
