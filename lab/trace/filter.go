package trace

import (
	"bytes"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/sdk/env"
)

// Filter selects events. Zero fields select everything.
type Filter struct {
	Name   string
	Node   string
	Since  time.Duration
	Fields env.Fields // every one must be there with an equal value
	// All includes the lab's own events (faults, calls, connections); otherwise only those of components count.
	All bool
}

// Match reports whether the event is selected.
func (f Filter) Match(e env.Event) bool {
	if f.Name != "" && e.Name != f.Name || f.Node != "" && e.Node != f.Node || e.At < f.Since {
		return false
	}
	if !f.All && e.Class != env.ClassComponent {
		return false
	}
	for _, want := range f.Fields {
		if got, ok := e.Lookup(want.Name); !ok || !Equal(got, want.Value) {
			return false
		}
	}
	return true
}

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
	case env.Fields:
		b, ok := b.(env.Fields)
		return ok && slices.EqualFunc(a, b, func(x, y env.Field) bool { return x.Name == y.Name && Equal(x.Value, y.Value) })
	}
	switch b.(type) {
	case []byte, []any, env.Fields:
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
	case env.Node:
		return string(v)
	case env.Addr:
		return string(v)
	}
	return v
}
