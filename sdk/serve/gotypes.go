package serve

import (
	"fmt"
	"reflect"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

var (
	typeDuration = reflect.TypeFor[time.Duration]()
	typeRate     = reflect.TypeFor[link.Rate]()
	typeDraw     = reflect.TypeFor[link.Draw]()
	typeAddr     = reflect.TypeFor[value.Addr]()
	typeFields   = reflect.TypeFor[value.Fields]()
	typeFunction = reflect.TypeFor[value.Function]()
	typeBytes    = reflect.TypeFor[[]byte]()
	typeAny      = reflect.TypeFor[any]()
	typeEnv      = reflect.TypeFor[sdk.Env]()
	typeError    = reflect.TypeFor[error]()
)

// plainType is the type of the values that a Go type takes and gives; not ok for one that cannot come from a script.
func plainType(t reflect.Type) (_ value.Type, ok bool) {
	switch t {
	case typeDuration:
		return value.Type{Base: value.Duration}, true
	case typeRate:
		return value.Type{Base: value.Rate}, true
	case typeDraw:
		return value.Type{Base: value.Draw}, true
	case typeAddr:
		return value.Type{Base: value.Address}, true
	case typeFields:
		return value.Type{Base: value.Dict}, true
	case typeFunction:
		return value.Type{Base: value.Callable}, true
	case typeBytes:
		return value.Type{Base: value.Bytes}, true
	case typeAny:
		return value.Type{Base: value.Any}, true
	}
	switch t.Kind() {
	case reflect.Bool:
		return value.Type{Base: value.Bool}, true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return value.Type{Base: value.Int}, true
	case reflect.Float32, reflect.Float64:
		return value.Type{Base: value.Float}, true
	case reflect.String:
		return value.Type{Base: value.String}, true
	case reflect.Slice:
		item, ok := plainType(t.Elem())
		return item.ListOf(), ok
	}
	return value.Type{}, false
}

const inputTypes = "bool, integers, floats, string, []byte, time.Duration, sdk.Rate, sdk.Draw, sdk.Addr, " +
	"sdk.Function, slices of these, sdk.Fields or any"

// output describes a Go type that a script receives: a method's result or a field of one. objects are the kind's.
func output(t reflect.Type, objects map[reflect.Type]*objectType, depth int) (*manifest.Parameter, error) {
	if plain, ok := plainType(t); ok {
		return &manifest.Parameter{Type: plain}, nil
	}
	if o := objects[t]; o != nil {
		return &manifest.Parameter{Type: value.Type{Base: value.Objects, Object: o.name}}, nil
	}
	if depth > 8 {
		return nil, fmt.Errorf("%s is nested too deep, or contains itself", t)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return output(t.Elem(), nil, depth+1)
	case reflect.Slice, reflect.Array:
		item, err := output(t.Elem(), nil, depth+1)
		if err != nil {
			return nil, err
		}
		return &manifest.Parameter{Type: item.Type.ListOf(), Fields: item.Fields}, nil
	case reflect.Map:
		switch t.Key().Kind() {
		case reflect.String:
			return &manifest.Parameter{Type: value.Type{Base: value.Dict}}, nil
		case reflect.Int:
			return &manifest.Parameter{Type: value.Type{Base: value.Numbered}}, nil
		}
	case reflect.Struct:
		fields, err := outputFields(t, nil, "", depth+1)
		return &manifest.Parameter{Type: value.Type{Base: value.Struct}, Fields: fields}, err
	}
	return nil, fmt.Errorf("a %s cannot travel to a script; use plain values, structs of them, slices, "+
		"maps with string or int keys, or a pointer to a type among the kind's Objects", t)
}

// outputFields describes the exported fields of a struct; taken are names that belong to owner.
func outputFields(t reflect.Type, taken []string, owner string, depth int) ([]*manifest.Parameter, error) {
	var fields []*manifest.Parameter
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		tag, err := parseTag(f)
		if err == nil && (tag.hasDefault || tag.main || tag.live || tag.address || tag.program) {
			err = fmt.Errorf("a field that scripts only read has just a name, draw and doc=TEXT in its tag")
		}
		if err == nil {
			err = checkWord(tag.name, taken, owner)
		}
		var p *manifest.Parameter
		if err == nil {
			p, err = output(f.Type, nil, depth)
		}
		if err == nil && tag.draw && !canBeDrawn(p.Type) {
			err = fmt.Errorf("a %s cannot be drawn: mark a number, a text or a truth value, also those of a struct or of a list of structs", p.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", tag.name, err)
		}
		for _, other := range fields {
			if other.Name == tag.name {
				return nil, fmt.Errorf("field %q is given twice", tag.name)
			}
		}
		p.Name, p.Doc, p.Draw = tag.name, tag.doc, tag.draw
		fields = append(fields, p)
	}
	return fields, nil
}
