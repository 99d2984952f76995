package sdk

import (
	"fmt"
	"reflect"
	"time"

	"github.com/netlab-dev/netlab/sdk/env"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/wire"
)

var (
	typeDuration = reflect.TypeFor[time.Duration]()
	typeRate     = reflect.TypeFor[link.Rate]()
	typeDraw     = reflect.TypeFor[link.Draw]()
	typeAddr     = reflect.TypeFor[env.Addr]()
	typeFields   = reflect.TypeFor[env.Fields]()
	typeFunction = reflect.TypeFor[env.Function]()
	typeBytes    = reflect.TypeFor[[]byte]()
	typeAny      = reflect.TypeFor[any]()
	typeEnv      = reflect.TypeFor[Env]()
	typeError    = reflect.TypeFor[error]()
)

// plainType is the manifest's name of a Go type that travels in both directions, "" for any other.
func plainType(t reflect.Type) string {
	switch t {
	case typeDuration:
		return "duration"
	case typeRate:
		return "rate"
	case typeDraw:
		return "draw"
	case typeAddr:
		return "address"
	case typeFields:
		return "dict"
	case typeFunction:
		return "function"
	case typeBytes:
		return "bytes"
	case typeAny:
		return "any"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "bool"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "int"
	case reflect.Float32, reflect.Float64:
		return "float"
	case reflect.String:
		return "string"
	case reflect.Slice:
		if item := plainType(t.Elem()); item != "" {
			return "list<" + item + ">"
		}
	}
	return ""
}

const inputTypes = "bool, integers, floats, string, []byte, time.Duration, sdk.Rate, sdk.Draw, sdk.Addr, " +
	"sdk.Function, slices of these, sdk.Fields or any"

// output describes a Go type that a script receives: a method's result or a field of one. objects are the kind's.
func output(t reflect.Type, objects map[reflect.Type]*objectType, depth int) (*wire.Parameter, error) {
	if plain := plainType(t); plain != "" {
		return &wire.Parameter{Type: plain}, nil
	}
	if o := objects[t]; o != nil {
		return &wire.Parameter{Type: "object " + o.name}, nil
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
		return &wire.Parameter{Type: "list<" + item.Type + ">", Fields: item.Fields}, nil
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return &wire.Parameter{Type: "dict"}, nil
		}
	case reflect.Struct:
		fields, err := outputFields(t, nil, "", depth+1)
		return &wire.Parameter{Type: "struct", Fields: fields}, err
	}
	return nil, fmt.Errorf("a %s cannot travel to a script; use plain values, structs of them, slices, "+
		"maps with string keys, or a pointer to a type among the kind's Objects", t)
}

// outputFields describes the exported fields of a struct; taken are names that belong to owner.
func outputFields(t reflect.Type, taken []string, owner string, depth int) ([]*wire.Parameter, error) {
	var fields []*wire.Parameter
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		tag, err := parseTag(f)
		if err == nil && (tag.hasDefault || tag.main || tag.live || tag.address) {
			err = fmt.Errorf("a field that scripts only read has just a name and doc=TEXT in its tag")
		}
		if err == nil {
			err = checkWord(tag.name, taken, owner)
		}
		var p *wire.Parameter
		if err == nil {
			p, err = output(f.Type, nil, depth)
		}
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", tag.name, err)
		}
		for _, other := range fields {
			if other.Name == tag.name {
				return nil, fmt.Errorf("field %q is there twice", tag.name)
			}
		}
		p.Name, p.Doc = tag.name, tag.doc
		fields = append(fields, p)
	}
	return fields, nil
}
