package serve

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// assign sets dst, of a type that plainType knows, to a value from the wire. What loses nothing is converted: an
// integer to a float, a duration to a fixed draw, text to bytes and back, text to an address.
func assign(dst reflect.Value, value any) error {
	if value, ok := fit(dst.Type(), value); ok {
		dst.Set(reflect.ValueOf(value))
		return nil
	}
	switch kind := dst.Kind(); {
	case kind == reflect.Interface:
		if value == nil {
			dst.SetZero()
		} else {
			dst.Set(reflect.ValueOf(value))
		}
		return nil
	case kind == reflect.Bool:
		if v, ok := value.(bool); ok {
			dst.SetBool(v)
			return nil
		}
	case dst.CanInt(), dst.CanUint():
		if v, ok := value.(int64); ok && dst.Type() != typeDuration && dst.Type() != typeRate {
			return assignInt(dst, v)
		}
	case dst.CanFloat():
		return assignFloat(dst, value)
	case kind == reflect.String:
		switch v := value.(type) {
		case string:
			dst.SetString(v)
			return nil
		case []byte: // text that is not UTF-8 travels so
			dst.SetString(string(v))
			return nil
		}
	case kind == reflect.Slice:
		if v, ok := value.([]any); ok && dst.Type() != typeFields {
			return assignList(dst, v)
		}
	}
	return mismatch(dst.Type(), value)
}

// assignInt sets an integer of any size, signed or not.
func assignInt(dst reflect.Value, v int64) error {
	switch {
	case dst.CanInt() && !dst.OverflowInt(v):
		dst.SetInt(v)
	case dst.CanUint() && v >= 0 && !dst.OverflowUint(uint64(v)):
		dst.SetUint(uint64(v))
	default:
		return fmt.Errorf("%d does not fit %s", v, dst.Type())
	}
	return nil
}

// fit converts between the named types, and reports whether the result can be set as it is.
func fit(t reflect.Type, v any) (any, bool) {
	switch v := v.(type) {
	case time.Duration:
		if t == typeDraw {
			return link.Draw{A: v}, true
		}
		return v, t == typeDuration
	case link.Rate:
		return v, t == typeRate
	case link.Draw:
		return v, t == typeDraw
	case value.Addr:
		return v, t == typeAddr
	case string:
		switch t {
		case typeBytes:
			return []byte(v), true
		case typeAddr:
			return value.Addr(v), true
		}
	case []byte:
		return v, t == typeBytes
	case value.Fields:
		return v, t == typeFields
	case value.Function:
		return v, t == typeFunction
	case nil: // a parameter that may be left out
		return value.Function{}, t == typeFunction
	}
	return v, false
}

func assignFloat(dst reflect.Value, value any) error {
	switch v := value.(type) {
	case float64:
		if dst.OverflowFloat(v) && !math.IsInf(v, 0) {
			return fmt.Errorf("%g does not fit %s", v, dst.Type())
		}
		dst.SetFloat(v)
	case int64:
		dst.SetFloat(float64(v))
	default:
		return mismatch(dst.Type(), value)
	}
	return nil
}

func assignList(dst reflect.Value, list []any) error {
	out := reflect.MakeSlice(dst.Type(), len(list), len(list))
	for i, item := range list {
		if err := assign(out.Index(i), item); err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
	}
	dst.Set(out)
	return nil
}

func mismatch(t reflect.Type, v any) error {
	want, _ := plainType(t)
	if v == nil {
		return fmt.Errorf("want %s, got None", want.Notation())
	}
	got := fmt.Sprintf("%T", v)
	if plain, ok := plainType(reflect.TypeOf(v)); ok {
		got = plain.Notation()
	}
	return fmt.Errorf("want %s, got %s %s", want.Notation(), got, value.Format(v))
}
