package star

import (
	"fmt"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// maxDepth bounds the nesting of values that travel, so that a list that contains itself is an error. The wire allows a
// little more: a value may become an item of a typed list, or a field of a call.
const maxDepth = 28

var errTooDeep = fmt.Errorf("value nested deeper than %d", maxDepth)

// Reference is a Starlark value that stands for a node or an object.
type Reference interface {
	starlark.Value
	// Reference returns a value.Node, a value.Object or, for what names an address, a value.Addr.
	Reference() any
}

// maxParts bounds how many values there are in one: a list may hold another any number of times.
const maxParts = 1 << 20

// ToValue turns a Starlark value into one that may travel (see env/value.go). The keys of a dict are texts, or nodes,
// which stand for their names. A function travels as source when its module has an Origin; what it has captured is
// copied.
func ToValue(v starlark.Value) (any, error) {
	s := sender{parts: maxParts, functions: maxFunctions}
	return s.value(v, 0)
}

// sender turns one value into one that travels.
type sender struct {
	parts, functions int                  // how many more it may send
	within           []*starlark.Function // those whose captured variables are being sent, the innermost last
}

func (s *sender) value(v starlark.Value, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	if s.parts--; s.parts < 0 {
		return nil, fmt.Errorf("value of more than %d parts", maxParts)
	}
	switch v := v.(type) {
	case starlark.NoneType:
		return nil, nil
	case starlark.Bool:
		return bool(v), nil
	case starlark.Int:
		n, ok := v.Int64()
		if !ok {
			return nil, fmt.Errorf("%s does not fit 64 bits", Show(v, 100))
		}
		return n, nil
	case starlark.Float:
		return float64(v), nil
	case starlark.String:
		return string(v), nil
	case starlark.Bytes:
		return []byte(v), nil
	case Duration:
		return time.Duration(v), nil
	case Rate:
		return link.Rate(v), nil
	case Draw:
		return link.Draw(v), nil
	case *starlark.Function:
		return s.function(v, depth)
	case *Sent:
		return v.fn, nil
	case *starlark.Builtin:
		return nil, Errorf("a function that travels is a def or a lambda of the script: lambda x: "+v.Name()+"(x)",
			"%s is built in and cannot travel to a plugin", v.Name())
	}
	if len(s.within) > 0 {
		return s.inside(v, depth)
	}
	return s.outside(v, depth)
}

// outside turns a value that is no plain one, and that no function has captured, into one that travels.
func (s *sender) outside(v starlark.Value, depth int) (any, error) {
	switch v := v.(type) {
	case Reference:
		return v.Reference(), nil
	case Recorded:
		return s.record(v.Record(), depth)
	case *starlark.Dict:
		return s.dict(v, depth)
	case starlark.Iterable:
		return s.list(v, depth)
	}
	return nil, fmt.Errorf("a %s cannot travel to a plugin", v.Type())
}

func (s *sender) list(v starlark.Iterable, depth int) (any, error) {
	list := []any{}
	for item := range starlark.Elements(v) {
		value, err := s.value(item, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, nil
}

func (s *sender) dict(d *starlark.Dict, depth int) (any, error) {
	fields := make(value.Fields, 0, d.Len())
	seen := make(map[string]bool, d.Len())
	for _, item := range d.Items() {
		name, ok := starlark.AsString(item[0])
		if node, is := item[0].(Reference); is {
			var ref value.Node
			ref, ok = node.Reference().(value.Node)
			name = string(ref)
		}
		if !ok {
			return nil, fmt.Errorf("dict key %s: want a string or a node, got %s", Show(item[0], 100), item[0].Type())
		}
		if seen[name] {
			return nil, fmt.Errorf("dict key %q: it is given twice, as a node and as its name", name)
		}
		seen[name] = true
		v, err := s.value(item[1], depth+1)
		if err != nil {
			return nil, fmt.Errorf("dict key %s: %w", Show(item[0], 100), err)
		}
		fields = append(fields, value.Field{Name: name, Value: v})
	}
	return fields, nil
}

func (s *sender) record(r *Record, depth int) (any, error) {
	if r == nil {
		return value.Fields(nil), nil
	}
	fields := make(value.Fields, len(r.names))
	for i, name := range r.names {
		v, err := s.value(r.values[i], depth+1)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", name, err)
		}
		fields[i] = value.Field{Name: name, Value: v}
	}
	return fields, nil
}

// FromValue turns a value that has travelled into a Starlark value. resolve turns references (value.Node, value.Object)
// into the values that scripts know; Fields become Records, and Functions what can travel on.
func FromValue(v any, resolve func(ref any) starlark.Value) starlark.Value {
	switch v := v.(type) {
	case []any:
		items := make([]starlark.Value, len(v))
		for i, item := range v {
			items[i] = FromValue(item, resolve)
		}
		return starlark.NewList(items)
	case value.Fields:
		return NewRecord(v, resolve)
	case value.Node, value.Object:
		return resolve(v)
	case value.Function:
		return &Sent{v}
	}
	if plain := plainValue(v); plain != nil {
		return plain
	}
	// Package env promises that no other type is ever stored in a Field.
	panic(fmt.Sprintf("star: a %T has travelled", v))
}

// plainValue turns a value that holds no others into a Starlark value, nil when it is none.
func plainValue(v any) starlark.Value {
	switch v := v.(type) {
	case nil:
		return starlark.None
	case bool:
		return starlark.Bool(v)
	case int64:
		return starlark.MakeInt64(v)
	case float64:
		return starlark.Float(v)
	case string:
		return starlark.String(v)
	case []byte:
		return starlark.Bytes(v)
	case time.Duration:
		return Duration(v)
	case link.Rate:
		return Rate(v)
	case link.Draw:
		return Draw(v)
	case value.Addr:
		return starlark.String(v)
	}
	return nil
}

// AsDuration accepts a duration or its text; a bare number is an error with a hint.
func AsDuration(v starlark.Value) (time.Duration, error) {
	switch v := v.(type) {
	case Duration:
		return time.Duration(v), nil
	case starlark.String:
		d, err := value.ParseDuration(string(v))
		if err != nil {
			return 0, Errorf(durationHint, "%q is not a duration", string(v))
		}
		return d, nil
	}
	return 0, Errorf(unitHint(v, durationHint), "got %s, want a duration", describe(v))
}

// AsRate accepts a rate or its text; a bare number is an error with a hint.
func AsRate(v starlark.Value) (link.Rate, error) {
	switch v := v.(type) {
	case Rate:
		return link.Rate(v), nil
	case starlark.String:
		r, err := value.ParseRate(string(v))
		if err != nil {
			return 0, Errorf(`rates are per second and written 1*mbit, 64*kbit or "1mbit"`, "%q is not a rate", string(v))
		}
		return r, nil
	}
	return 0, Errorf(unitHint(v, rateHint), "got %s, want a rate", describe(v))
}

// AsDraw accepts a draw, a duration or a duration's text.
func AsDraw(v starlark.Value) (link.Draw, error) {
	if draw, ok := v.(Draw); ok {
		return link.Draw(draw), nil
	}
	d, err := AsDuration(v)
	return link.Draw{A: d}, err
}

func unitHint(v starlark.Value, hint string) string {
	switch v.(type) {
	case starlark.Int, starlark.Float:
		return hint
	}
	return ""
}

func describe(v starlark.Value) string {
	switch v.(type) {
	case starlark.Int, starlark.Float, starlark.Bool, Duration, Rate, Draw:
		return v.Type() + " " + Show(v, 100)
	case starlark.Callable:
		return "a function"
	}
	return v.Type()
}
