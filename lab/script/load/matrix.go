package load

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/star"
)

// matrix is one matrix(test, nodes = [3, 5], cut = [1, 2]): every combination of the lists' values is an experiment.
type matrix struct {
	test  *starlark.Function
	names []string
	lists [][]starlark.Value
}

// maxCells bounds the experiments that one file can make of a function.
const maxCells = 10000

func matrixBuiltin(
	thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	top, ok := thread.Local(LocalKey).(*toplevel)
	if !ok {
		return nil, errors.New("matrix belongs at the top level of a file, after its test")
	}
	if len(args) != 1 {
		return nil, star.Errorf("matrix(test_x, nodes = [3, 5])", "matrix: got %d positional arguments, want 1", len(args))
	}
	fn, ok := args[0].(*starlark.Function)
	if !ok {
		return nil, fmt.Errorf("matrix: got %s, want a test function", args[0].Type())
	}
	m := matrix{test: fn}
	cells := 1
	for _, kw := range kwargs {
		name := string(kw[0].(starlark.String))
		values, err := m.list(name, kw[1])
		if err != nil {
			return nil, fmt.Errorf("matrix: %w", err)
		}
		m.names, m.lists = append(m.names, name), append(m.lists, values)
		if cells *= len(values); cells > maxCells {
			return nil, fmt.Errorf("matrix: more than %d experiments", maxCells)
		}
	}
	if len(m.names) == 0 {
		return nil, star.Errorf("matrix(test_x, nodes = [3, 5])", "matrix: names no parameter")
	}
	top.module.matrices = append(top.module.matrices, m)
	return starlark.None, nil
}

func (m *matrix) list(name string, v starlark.Value) ([]starlark.Value, error) {
	var known []string
	for i := 1; i < m.test.NumParams(); i++ {
		p, _ := m.test.Param(i)
		known = append(known, p)
	}
	if !slices.Contains(known, name) {
		msg, hint := spell.Unknown("parameter", name, known)
		return nil, &star.Error{Msg: m.test.Name() + " has " + msg, Hint: hint}
	}
	list, ok := v.(starlark.Iterable)
	if !ok {
		return nil, fmt.Errorf("%s: got %s, want a list of values", name, v.Type())
	}
	items, err := star.Items(name, list)
	if err != nil {
		return nil, err
	}
	var values []starlark.Value
	for _, item := range items {
		item, err := m.quantity(name, item)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		values = append(values, item)
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("%s: the list is empty", name)
	}
	return values, nil
}

// cells returns the combinations, the first list varying slowest.
func (m *matrix) cells() [][]setting {
	all := [][]setting{nil}
	for i, name := range m.names {
		var next [][]setting
		for _, cell := range all {
			for _, v := range m.lists[i] {
				next = append(next, append(append([]setting(nil), cell...), setting{name, v}))
			}
		}
		all = next
	}
	return all
}

// quantity reads a text where the parameter's default is a quantity, as a flag does: "30ms" in a list is a duration. What a flag
// could not give for that default is refused.
func (m *matrix) quantity(name string, item starlark.Value) (starlark.Value, error) {
	var def starlark.Value
	for i := 1; i < m.test.NumParams(); i++ {
		if p, _ := m.test.Param(i); p == name {
			def = m.test.ParamDefault(i)
		}
	}
	text, isText := starlark.AsString(item)
	switch def.(type) {
	case star.Duration, star.Rate, star.Draw:
		if isText {
			return parseSetting(def, text)
		}
	}
	if def == nil || item == starlark.None || alike[def.Type()] == "" || alike[def.Type()] == alike[item.Type()] {
		return item, nil
	}
	return nil, star.Errorf(fmt.Sprintf("the default of %s is %s", name, star.Show(def, MaxShown)), "got %s, want %s", star.Show(item, MaxShown), article(def.Type()))
}

func article(noun string) string {
	if strings.HasPrefix(noun, "int") {
		return "an " + noun
	}
	return "a " + noun
}

// alike are the types that flags give; those with the same word may stand for each other.
var alike = map[string]string{
	"int": "number", "float": "number", "string": "text", "bool": "truth", "rate": "rate", "duration": "time", star.Draw{}.Type(): "time",
}
