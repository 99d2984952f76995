package star

import (
	"fmt"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/env"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// maxDepth bounds the nesting of values that travel, so that a list that contains itself is an error.
const maxDepth = 32

// Reference is a Starlark value that stands for a node or an object.
type Reference interface {
	starlark.Value
	// Reference returns an env.Node, an env.Object or, for what names an address, an env.Addr.
	Reference() any
}

// ToValue turns a Starlark value into one that may travel (see env/value.go).
func ToValue(v starlark.Value) (any, error) { return toValue(v, 0) }

func toValue(v starlark.Value, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("value nested deeper than %d", maxDepth)
	}
	switch v := v.(type) {
	case starlark.NoneType:
		return nil, nil
	case starlark.Bool:
		return bool(v), nil
	case starlark.Int:
		n, ok := v.Int64()
		if !ok {
			return nil, fmt.Errorf("%s does not fit 64 bits", v)
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
	case Reference:
		return v.Reference(), nil
	case Recorded:
		return v.Record().toFields(depth)
	case *starlark.Dict:
		return dictFields(v, depth)
	case starlark.Iterable:
		return listValues(v, depth)
	}
	return nil, fmt.Errorf("a %s cannot travel to a plugin", v.Type())
}

func listValues(v starlark.Iterable, depth int) (any, error) {
	list := []any{}
	for item := range starlark.Elements(v) {
		value, err := toValue(item, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, nil
}

func dictFields(d *starlark.Dict, depth int) (any, error) {
	fields := make(env.Fields, 0, d.Len())
	for _, item := range d.Items() {
		name, ok := starlark.AsString(item[0])
		if !ok {
			return nil, fmt.Errorf("dict key %s: want a string, got %s", item[0], item[0].Type())
		}
		value, err := toValue(item[1], depth+1)
		if err != nil {
			return nil, fmt.Errorf("dict key %s: %w", item[0], err)
		}
		fields = append(fields, env.Field{Name: name, Value: value})
	}
	return fields, nil
}

// FromValue turns a value that has travelled into a Starlark value. resolve turns references (env.Node, env.Object)
// into the values that scripts know; Fields become Records.
func FromValue(v any, resolve func(ref any) starlark.Value) starlark.Value {
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
	case env.Addr:
		return starlark.String(v)
	case []any:
		items := make([]starlark.Value, len(v))
		for i, item := range v {
			items[i] = FromValue(item, resolve)
		}
		return starlark.NewList(items)
	case env.Fields:
		return NewRecord(v, resolve)
	case env.Node, env.Object:
		return resolve(v)
	}
	// Package env promises that no other type is ever stored in a Field.
	panic(fmt.Sprintf("star: a %T has travelled", v))
}

// AsDuration accepts a duration or its text; a bare number is an error with a hint.
func AsDuration(v starlark.Value) (time.Duration, error) {
	switch v := v.(type) {
	case Duration:
		return time.Duration(v), nil
	case starlark.String:
		d, err := wire.ParseDuration(string(v))
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
		r, err := wire.ParseRate(string(v))
		if err != nil {
			return 0, Errorf(rateHint, "%q is not a rate", string(v))
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
		return v.Type() + " " + v.String()
	}
	return v.Type()
}
