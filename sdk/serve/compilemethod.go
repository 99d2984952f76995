package serve

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

func compileMethods(list []sdk.Method, receiver reflect.Type, taken []string, owner string,
	objects map[reflect.Type]*objectType) (map[string]*method, []*manifest.Method, error) {
	methods := map[string]*method{}
	var described []*manifest.Method
	var errs []error
	for _, m := range list {
		err := checkWord(m.Name, taken, owner)
		if err == nil && methods[m.Name] != nil {
			err = errors.New("the name is given twice")
		}
		var compiled *method
		var d *manifest.Method
		if err == nil {
			compiled, d, err = compileMethod(m, receiver, objects)
		}
		if err != nil {
			errs = append(errs, prefixed(fmt.Sprintf("method %q", m.Name), err))
			continue
		}
		methods[m.Name] = compiled
		described = append(described, d)
	}
	return methods, described, errors.Join(errs...)
}

func compileMethod(m sdk.Method, receiver reflect.Type, objects map[reflect.Type]*objectType) (*method, *manifest.Method, error) {
	compiled := &method{name: m.Name, fn: reflect.ValueOf(m.Func), query: m.IsQuery}
	described := &manifest.Method{Name: m.Name, Doc: m.Doc, Operation: m.IsOperation, Query: m.IsQuery, Ending: m.EndsByItself}
	if compiled.fn.Kind() != reflect.Func || compiled.fn.IsNil() {
		return nil, nil, fmt.Errorf("Func wants a function, got %T", m.Func)
	}
	t := compiled.fn.Type()
	if err := checkSignature(t, receiver); err != nil {
		return nil, nil, err
	}
	var err error
	if t.NumIn() == 3 {
		compiled.args = t.In(2)
		if compiled.input, described.Arguments, err = argumentsOf(t.In(2)); err != nil {
			return nil, nil, err
		}
	}
	if compiled.results = t.NumOut(); compiled.results == 1 {
		return compiled, described, nil
	}
	result, err := resultOf(t.Out(0), objects)
	if err == nil && !(m.IsQuery && compiled.args == nil) {
		err = undrawn(result.Fields)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("result: %w", err)
	}
	compiled.object, described.Result = objects[t.Out(0)], result
	compiled.plain = isPlain(t.Out(0))
	return compiled, described, nil
}

func checkSignature(t, receiver reflect.Type) error {
	in, out := t.NumIn(), t.NumOut()
	fits := !t.IsVariadic() && (in == 2 || in == 3) && (out == 1 || out == 2) &&
		t.In(1) == typeEnv && t.Out(out-1) == typeError
	if !fits {
		return fmt.Errorf("want func(%s, sdk.Env[, ARGS]) ([RESULT, ]error), got %s", receiver, t)
	}
	if !receiver.AssignableTo(t.In(0)) {
		return fmt.Errorf("the first parameter is a %s, but the method is one of %s", t.In(0), receiver)
	}
	return nil
}

func argumentsOf(t reflect.Type) (*input, []*manifest.Parameter, error) {
	if t.Kind() != reflect.Struct {
		return nil, nil, fmt.Errorf("arguments must be a struct, got %s", t)
	}
	in, params, err := inputOf(t, false, labMethod, "every method takes it, and the host keeps it")
	if err != nil {
		return nil, nil, prefixed("argument", err)
	}
	for _, p := range params {
		if p.Main || p.Live {
			return nil, nil, fmt.Errorf("argument %q: main and live are for configuration", p.Name)
		}
	}
	return in, params, nil
}

// isPlain reports whether values of the type that == finds equal are equal in every way. Floats are not (0 and -0), nor
// is what refers to something else.
func isPlain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if !isPlain(t.Field(i).Type) {
				return false
			}
		}
		return true
	case reflect.Array:
		return isPlain(t.Elem())
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return false
}

func resultOf(t reflect.Type, objects map[reflect.Type]*objectType) (*manifest.Parameter, error) {
	if _, plain := plainType(t); plain || objects[t] != nil {
		return output(t, objects, 0)
	}
	structure := t
	for structure.Kind() == reflect.Pointer {
		structure = structure.Elem()
	}
	if structure.Kind() != reflect.Struct {
		return output(t, objects, 0)
	}
	fields, err := outputFields(structure, labAnswer, "every answer has that itself", 0)
	return &manifest.Parameter{Type: value.Type{Base: value.Struct}, Fields: fields}, err
}
