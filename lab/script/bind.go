package script

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// bind turns the arguments of a call into the complete fields of its parameters. base gives the values of parameters
// that the call does not name; positional arguments go in the manifest's order. what names the callee in errors.
func (p *params) bind(
	what string, base value.Fields, args starlark.Tuple, kwargs []starlark.Tuple,
) (value.Fields, error) {
	if len(args) > len(p.list) {
		return nil, star.Errorf(p.usage(what),
			"%s: got %d positional arguments, want at most %d", what, len(args), len(p.list))
	}
	if len(p.list) == 0 && len(kwargs) == 0 {
		return nil, nil
	}
	b := &binding{params: p, what: what, fields: append(value.Fields(nil), base...), given: make([]bool, len(p.list))}
	for i, v := range args {
		if err := b.set(i, v); err != nil {
			return nil, err
		}
	}
	for _, kw := range kwargs {
		if err := b.setNamed(string(kw[0].(starlark.String)), kw[1]); err != nil {
			return nil, err
		}
	}
	return b.fields, b.complete()
}

// binding is a call whose arguments are being bound.
type binding struct {
	*params
	what   string
	fields value.Fields
	given  []bool // by the call
}

func (b *binding) set(i int, v starlark.Value) error {
	p := b.list[i]
	if b.given[i] {
		return fmt.Errorf("%s: got two values for %q", b.what, p.name)
	}
	val, err := convert(p.typ, v)
	if err == nil {
		err = p.limits.Check(val)
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w", b.what, p.name, err)
	}
	b.given[i], b.fields[i].Value = true, val
	return nil
}

func (b *binding) setNamed(name string, v starlark.Value) error {
	i := b.index(name)
	if i < 0 {
		msg, hint := spell.Unknown("parameter", name, b.names())
		return star.Errorf(hint, "%s: %s", b.what, msg)
	}
	return b.set(i, v)
}

// complete refuses a call that lacks a parameter without default.
func (b *binding) complete() error {
	for i, p := range b.list {
		if !b.given[i] && !p.optional && b.fields[i].Value == nil {
			return star.Errorf(b.usage(b.what), "%s: parameter %q has no default and must be given", b.what, p.name)
		}
	}
	return nil
}

// usage writes how something is called: send(data), dial(addr).
func (p *params) usage(what string) string {
	text := what + "("
	for i, spec := range p.list {
		if i > 0 {
			text += ", "
		}
		text += spec.name
		if spec.optional {
			text += " = ..."
		}
	}
	return "usage: " + text + ")"
}

// convert turns a Starlark value into the type that a manifest wants.
func convert(t value.Type, v starlark.Value) (any, error) {
	if t.IsList() {
		return listOf(t, v)
	}
	switch t.Base {
	case value.Bool:
		if b, ok := v.(starlark.Bool); ok {
			return bool(b), nil
		}
	case value.Int:
		if n, ok := v.(starlark.Int); ok {
			if i, ok := n.Int64(); ok {
				return i, nil
			}
			return nil, fmt.Errorf("%s does not fit 64 bits", star.Show(n, maxShown))
		}
	case value.Float:
		if f, ok := starlark.AsFloat(v); ok {
			return f, nil
		}
	case value.String:
		if s, ok := starlark.AsString(v); ok {
			return s, nil
		}
		if n, ok := v.(*node); ok { // whose text is its name
			return n.name, nil
		}
	case value.Bytes:
		switch v := v.(type) {
		case starlark.Bytes:
			return []byte(v), nil
		case starlark.String:
			return []byte(v), nil
		}
	case value.Duration:
		return star.AsDuration(v)
	case value.Rate:
		return star.AsRate(v)
	case value.Draw:
		return star.AsDraw(v)
	case value.Address:
		return address(v)
	case value.Dict, value.Struct:
		return fieldsOf(v)
	case value.Callable:
		if fn, ok, err := function(v); ok {
			return fn, err
		}
	case value.Objects:
		if o, ok := v.(*object); ok && o.ref.Type == t.Object {
			return o.ref, nil
		}
	default: // any
		return star.ToValue(v)
	}
	return nil, fmt.Errorf("got %s, want %s", v.Type(), t)
}

// address accepts "node:port", or a node, which stands for its main address.
func address(v starlark.Value) (any, error) {
	if n, ok := v.(*node); ok {
		return n.mainAddr()
	}
	text, ok := starlark.AsString(v)
	if !ok {
		return nil, star.Errorf(`an address is "node:port", or a node`, "got %s, want an address", v.Type())
	}
	addr := value.Addr(text)
	if _, _, err := addr.Split(); err != nil {
		return nil, &star.Error{Msg: err.Error(), Hint: `an address is "node:port", or a node`}
	}
	return addr, nil
}

func listOf(t value.Type, v starlark.Value) (any, error) {
	several, ok := v.(starlark.Iterable)
	if !ok {
		return nil, fmt.Errorf("got %s, want a %s", v.Type(), plural(t))
	}
	items, err := star.Items("a "+t.String(), several)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, item := range items {
		val, err := convert(t.Item(), item)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", len(list), err)
		}
		list = append(list, val)
	}
	return list, nil
}

// plural is a list's type in words: list of addresses.
func plural(t value.Type) string {
	switch t.Base {
	case value.Any, value.Bytes:
		return t.String()
	case value.Address:
		return t.String() + "es"
	}
	return t.String() + "s"
}

func fieldsOf(v starlark.Value) (any, error) {
	val, err := star.ToValue(v)
	if err != nil {
		return nil, err
	}
	if _, ok := val.(value.Fields); !ok {
		return nil, errors.New("got " + v.Type() + ", want a dict")
	}
	return val, nil
}
