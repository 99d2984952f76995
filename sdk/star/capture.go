package star

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/value"
)

// What a function has captured must come back as what it was: a dict as a dict and not as a struct, a tuple as one that
// can be a key. So those that travel alike are wrapped in Fields with a single name that says what they were.
const (
	dictTag   = "$dict" // key, value, key, value ...
	tupleTag  = "$tuple"
	setTag    = "$set"
	structTag = "$struct" // only of a struct whose own first field begins with $
)

// captureHint says what a function may take along.
const captureHint = "the function runs in the plugin: it may capture numbers, texts, quantities, structs, functions, " +
	"and lists, tuples, dicts and sets of these"

// function turns a function of a script into one that travels.
func (s *sender) function(fn *starlark.Function, depth int) (any, error) {
	origin, ok := fn.Module().Predeclared()[OriginName].(*Origin)
	if !ok {
		return nil, fmt.Errorf("%s cannot travel to a plugin: its source is not known", title(fn))
	}
	if slices.Contains(s.within, fn) {
		return nil, Errorf("there is no recursion: use a loop", "%s captures itself", title(fn))
	}
	if s.functions--; s.functions < 0 {
		return nil, fmt.Errorf("more than %d functions in one value", maxFunctions)
	}
	s.within = append(s.within, fn)
	defer func() { s.within = s.within[:len(s.within)-1] }()
	free, err := s.captured(fn, origin, depth)
	if err != nil {
		return nil, err
	}
	at := fn.Position()
	sent := value.Function{
		Name: fn.Name(), Path: origin.path, Line: at.Line, Col: at.Col,
		Modules: origin.modules(nil), Free: free, Known: origin.known,
	}
	if err := validate(sent); err != nil {
		return nil, fmt.Errorf("%s cannot travel to a plugin: %w", title(fn), err)
	}
	return sent, nil
}

// captured lists the variables that a function takes along: those of the functions around it, and the defaults of its
// parameters. What its file has loaded is not among them: the file loads it again.
func (s *sender) captured(fn *starlark.Function, origin *Origin, depth int) (value.Fields, error) {
	if fn.Globals()[fn.Name()] == fn { // the def is executed again, its defaults included
		return nil, nil
	}
	var free value.Fields
	for i := range fn.NumFreeVars() {
		binding, v := fn.FreeVar(i)
		if origin.loaded[place{binding.Pos.Line, binding.Pos.Col}] {
			continue
		}
		if v == nil {
			return nil, fmt.Errorf("%s captures %s, which has no value yet", title(fn), binding.Name)
		}
		val, err := s.value(v, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s captures %s: %w", title(fn), binding.Name, err)
		}
		free = append(free, value.Field{Name: binding.Name, Value: val})
	}
	for i := range fn.NumParams() {
		v := fn.ParamDefault(i)
		if v == nil {
			continue
		}
		name, _ := fn.Param(i)
		val, err := s.value(v, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s: default of %s: %w", title(fn), name, err)
		}
		free = append(free, value.Field{Name: name + defaultSuffix, Value: val})
	}
	return free, nil
}

// inside turns a captured value that is no plain one into one that travels.
func (s *sender) inside(v starlark.Value, depth int) (any, error) {
	switch v := v.(type) {
	case Recorded:
		if record := v.Record(); record != nil && len(record.names) > 0 && strings.HasPrefix(record.names[0], "$") {
			fields, err := s.record(record, depth+1)
			return value.Fields{{Name: structTag, Value: fields}}, err
		}
		return s.record(v.Record(), depth)
	case *starlark.List:
		return s.list(v, depth)
	case starlark.Tuple:
		return s.tagged(tupleTag, v, depth)
	case *starlark.Set:
		return s.tagged(setTag, v, depth)
	case *starlark.Dict:
		var flat starlark.Tuple
		for key, value := range v.Entries() {
			flat = append(flat, key, value)
		}
		return s.tagged(dictTag, flat, depth)
	case starlark.Iterable:
		if v.Type() == "range" {
			return s.tagged(tupleTag, v, depth)
		}
	case Reference:
		return nil, Errorf("take out of it what the function needs first: name = "+v.String()+".name",
			"a %s cannot travel inside a function", v.Type())
	}
	return nil, Errorf(captureHint, "a %s cannot travel inside a function", v.Type())
}

func (s *sender) tagged(tag string, items starlark.Iterable, depth int) (any, error) {
	if depth+1 > maxDepth {
		return nil, errTooDeep
	}
	list, err := s.list(items, depth+1)
	if err != nil {
		return nil, err
	}
	return value.Fields{{Name: tag, Value: list}}, nil
}

// captured turns a value back into what the function had captured.
func (b *builder) captured(v any, depth int) (starlark.Value, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	switch v := v.(type) {
	case value.Function:
		return b.function(v, depth)
	case []any:
		items, err := b.items(v, depth)
		return starlark.NewList(items), err
	case value.Fields:
		if len(v) == 1 && strings.HasPrefix(v[0].Name, "$") {
			return b.untagged(v[0], depth+1)
		}
		return b.structure(v, depth)
	}
	if plain := plainValue(v); plain != nil {
		return plain, nil
	}
	return nil, fmt.Errorf("a %T cannot be captured", v)
}

func (b *builder) items(list []any, depth int) ([]starlark.Value, error) {
	items := make([]starlark.Value, len(list))
	for i := range list {
		var err error
		if items[i], err = b.captured(list[i], depth+1); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func (b *builder) structure(fields value.Fields, depth int) (starlark.Value, error) {
	r := &Record{names: make([]string, len(fields)), values: make([]starlark.Value, len(fields))}
	for i, field := range fields {
		value, err := b.captured(field.Value, depth+1)
		if err != nil {
			return nil, err
		}
		r.names[i], r.values[i] = field.Name, value
	}
	return r, nil
}

func (b *builder) untagged(field value.Field, depth int) (starlark.Value, error) {
	if fields, ok := field.Value.(value.Fields); ok && field.Name == structTag {
		return b.structure(fields, depth)
	}
	list, ok := field.Value.([]any)
	if !ok {
		return nil, fmt.Errorf("%s holds a %T", field.Name, field.Value)
	}
	items, err := b.items(list, depth)
	if err != nil {
		return nil, err
	}
	switch field.Name {
	case tupleTag:
		return starlark.Tuple(items), nil
	case setTag:
		set := starlark.NewSet(len(items))
		for _, item := range items {
			if err := set.Insert(item); err != nil {
				return nil, err
			}
		}
		return set, nil
	case dictTag:
		return dictOf(items)
	}
	return nil, fmt.Errorf("captured value of the form %.100q, which this version does not know", field.Name)
}

// dictOf makes a dict of keys and values that take turns.
func dictOf(flat []starlark.Value) (starlark.Value, error) {
	if len(flat)%2 != 0 {
		return nil, fmt.Errorf("%s has a key without a value", dictTag)
	}
	dict := starlark.NewDict(len(flat) / 2)
	for i := 0; i < len(flat); i += 2 {
		if err := dict.SetKey(flat[i], flat[i+1]); err != nil {
			return nil, err
		}
	}
	return dict, nil
}
