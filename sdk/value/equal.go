package value

import (
	"bytes"
	"slices"
)

// Equal compares two values of the kinds that a Field holds. Bytes, lists and structs are equal when their contents
// are, an integer equals the float of the same value, and a node equals the text of its name: the script's own rules.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case []byte:
		b, ok := b.([]byte)
		return ok && bytes.Equal(a, b)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, Equal)
	case Fields:
		b, ok := b.(Fields)
		return ok && slices.EqualFunc(a, b, func(x, y Field) bool { return x.Name == y.Name && Equal(x.Value, y.Value) })
	}
	switch b.(type) {
	case []byte, []any, Fields:
		return false // and comparing them by == would panic
	}
	return plain(a) == plain(b)
}

// plain brings values that a script writes alike to one type.
func plain(v any) any {
	switch v := v.(type) {
	case int64:
		if f := float64(v); int64(f) == v {
			return f
		}
	case Node:
		return string(v)
	case Addr:
		return string(v)
	}
	return v
}
