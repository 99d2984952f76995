package value

import (
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// maxDepth bounds the nesting of values, so that a cyclic value is an error and not an endless walk.
const maxDepth = 32

func valueOf(v reflect.Value, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("value nested deeper than %d", maxDepth)
	}
	if !v.IsValid() {
		return nil, nil
	}
	switch x := v.Interface().(type) {
	case time.Duration, link.Rate, link.Draw, Addr, Node, Object, Fields, Function:
		return x, nil
	case []byte:
		return x, nil
	}
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.Uint() > 1<<63-1 {
			return nil, fmt.Errorf("%d does not fit 63 bits", v.Uint())
		}
		return int64(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.String:
		return v.String(), nil
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil, nil
		}
		return valueOf(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		return listOf(v, depth)
	case reflect.Map:
		return dictOf(v, depth)
	case reflect.Struct:
		return structOf(v, depth)
	}
	return nil, fmt.Errorf("a %s cannot travel to a script", v.Type())
}

func listOf(v reflect.Value, depth int) (any, error) {
	list := make([]any, v.Len())
	for i := range list {
		item, err := valueOf(v.Index(i), depth+1)
		if err != nil {
			return nil, err
		}
		list[i] = item
	}
	return list, nil
}

func dictOf(v reflect.Value, depth int) (any, error) {
	keys := v.MapKeys()
	switch v.Type().Key().Kind() {
	case reflect.String:
		sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
	case reflect.Int:
		sort.Slice(keys, func(i, j int) bool { return keys[i].Int() < keys[j].Int() })
	default:
		return nil, fmt.Errorf("a %s cannot travel to a script: keys must be strings or of type int", v.Type())
	}
	fields := make(Fields, len(keys))
	for i, key := range keys {
		val, err := valueOf(v.MapIndex(key), depth+1)
		if err != nil {
			return nil, err
		}
		fields[i] = Field{Name: nameOf(key), Value: val}
	}
	return fields, nil
}

// nameOf is the name of a key of a dict.
func nameOf(key reflect.Value) string {
	if key.Kind() == reflect.String {
		return key.String()
	}
	return strconv.FormatInt(key.Int(), 10)
}

func structOf(v reflect.Value, depth int) (any, error) {
	plan := planOf(v.Type())
	fields := make(Fields, len(plan))
	for i, p := range plan {
		val, err := valueOf(v.Field(p.index), depth+1)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", p.name, err)
		}
		fields[i] = Field{Name: p.name, Value: val}
	}
	return fields, nil
}
