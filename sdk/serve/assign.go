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
	switch dst.Kind() {
	case reflect.Interface:
		if value == nil {
			dst.SetZero()
		} else {
			dst.Set(reflect.ValueOf(value))
		}
		return nil
	case reflect.Bool:
		if v, ok := value.(bool); ok {
			dst.SetBool(v)
			return nil
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if v, ok := value.(int64); ok && dst.Type() != typeDuration && dst.Type() != typeRate {
			if dst.OverflowInt(v) {
				return fmt.Errorf("%d does not fit %s", v, dst.Type())
			}
			dst.SetInt(v)
			return nil
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v, ok := value.(int64); ok {
			if v < 0 || dst.OverflowUint(uint64(v)) {
				return fmt.Errorf("%d does not fit %s", v, dst.Type())
			}
			dst.SetUint(uint64(v))
			return nil
		}
	case reflect.Float32, reflect.Float64:
		return assignFloat(dst, value)
	case reflect.String:
		if v, ok := value.(string); ok {
			dst.SetString(v)
			return nil
		}
		if v, ok := value.([]byte); ok { // text that is not UTF-8 travels so
			dst.SetString(string(v))
			return nil
		}
	case reflect.Slice:
		if v, ok := value.([]any); ok && dst.Type() != typeFields {
			return assignList(dst, v)
		}
	}
	return mismatch(dst.Type(), value)
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
