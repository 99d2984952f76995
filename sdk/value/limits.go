package value

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// Limits say which values of a type a parameter takes. Those of a list hold for each of its items. The zero Limits take
// all.
type Limits struct {
	OneOf    []string // all texts that it takes; nil for any
	Min, Max any      // the least and the greatest number: int64, float64, time.Duration or link.Rate; nil for none
}

// Check says what is wrong with a value of the parameter's type.
func (l Limits) Check(v any) error {
	if items, ok := v.([]any); ok {
		for i, item := range items {
			if err := l.Check(item); err != nil {
				return fmt.Errorf("item %d: %w", i, err)
			}
		}
		return nil
	}
	if text, ok := v.(string); ok && l.OneOf != nil && !slices.Contains(l.OneOf, text) {
		return fmt.Errorf("got %q, want %s", text, l)
	}
	if l.Min != nil && order(v, l.Min) < 0 || l.Max != nil && order(v, l.Max) > 0 {
		return fmt.Errorf("got %s, want %s", Format(v), l)
	}
	return nil
}

// String is what a value must be: "at least 1", "one of http, tcp". It is empty for all.
func (l Limits) String() string {
	switch {
	case l.OneOf != nil:
		return "one of " + strings.Join(l.OneOf, ", ")
	case l.Min != nil && l.Max != nil:
		return Format(l.Min) + " to " + Format(l.Max)
	case l.Min != nil:
		return "at least " + Format(l.Min)
	case l.Max != nil:
		return "at most " + Format(l.Max)
	}
	return ""
}

// order compares two numbers of one type. What is no number, or of another type, is equal to everything.
func order(a, b any) int {
	switch a := a.(type) {
	case int64:
		return compare(a, b)
	case float64:
		return compare(a, b)
	case time.Duration:
		return compare(a, b)
	case link.Rate:
		return compare(a, b)
	}
	return 0
}

func compare[T cmp.Ordered](a T, b any) int {
	if b, ok := b.(T); ok {
		return cmp.Compare(a, b)
	}
	return 0
}
