package script

import (
	"fmt"
	"slices"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// matches tells whether fields that have travelled are what the keyword arguments want. A field that is missing never
// is.
func (r *run) matches(fields value.Fields, wanted []starlark.Tuple) (bool, error) {
	for _, kw := range wanted {
		got, ok := fields.Lookup(string(kw[0].(starlark.String)))
		if !ok {
			return false, nil
		}
		if meets, err := r.meets(got, kw[1]); !meets || err != nil {
			return false, err
		}
	}
	return true, nil
}

// meets tells whether a value that has travelled is the one that a script wants, or one of a list of them.
func (r *run) meets(got any, want starlark.Value) (bool, error) {
	value := star.FromValue(got, r.resolve)
	if same, err := alike(value, want); same || err != nil {
		return same, err
	}
	several, ok := want.(starlark.Iterable)
	if !ok {
		return false, nil
	}
	if _, dict := want.(starlark.Mapping); dict {
		return false, nil
	}
	for item := range starlark.Elements(several) {
		if same, err := alike(value, item); same || err != nil {
			return same, err
		}
	}
	return false, nil
}

// same compares a value that has travelled with one of the script.
func (r *run) same(got any, want starlark.Value) (bool, error) {
	return alike(star.FromValue(got, r.resolve), want)
}

// alike compares two values; a node stands for its name.
func alike(value, want starlark.Value) (bool, error) {
	if n, ok := want.(*node); ok && value.Type() == "string" {
		want = starlark.String(n.name)
	}
	if n, ok := value.(*node); ok && want.Type() == "string" {
		value = starlark.String(n.name)
	}
	return starlark.Equal(value, want)
}

// ownWords parts the keyword arguments that a verb has itself from those that are fields to match.
func ownWords(kwargs []starlark.Tuple, words ...string) (own, fields []starlark.Tuple) {
	for _, kw := range kwargs {
		if slices.Contains(words, string(kw[0].(starlark.String))) {
			own = append(own, kw)
		} else {
			fields = append(fields, kw)
		}
	}
	return own, fields
}

// place reads an argument that names a node, or none for every node.
func (r *run) place(what string, where starlark.Value) (string, error) {
	if where == nil {
		return "", nil
	}
	n, err := r.node(where)
	if err != nil {
		return "", fmt.Errorf("%s: node: %w", what, err)
	}
	return n.name, nil
}
