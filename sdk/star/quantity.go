package star

import (
	"fmt"
	"math"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// absBuiltin is abs(x): of numbers as in Starlark, and of quantities.
func absBuiltin(
	thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var x starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x); err != nil {
		return nil, err
	}
	switch x := x.(type) {
	case Duration:
		if x < 0 {
			return negative(x)
		}
		return x, nil
	case Rate:
		if x < 0 {
			return negative(x)
		}
		return x, nil
	}
	v, err := starlark.Call(thread, starlark.Universe["abs"], starlark.Tuple{x}, nil)
	if err != nil {
		return nil, fmt.Errorf("abs: got %s, want a number or a quantity", x.Type())
	}
	return v, nil
}

// quantity is a Duration or a Rate.
type quantity interface {
	~int64
	starlark.Value
}

// plusOrMinus adds or subtracts.
func plusOrMinus[Q quantity](op syntax.Token, x, y Q) (starlark.Value, error) {
	result, grows := x+y, y > 0
	if op == syntax.MINUS {
		result, grows = x-y, y < 0
	}
	if y != 0 && (result > x) != grows {
		return nil, outOfRange(x.Type())
	}
	return result, nil
}

// negative is -q. The least quantity has no opposite.
func negative[Q quantity](q Q) (starlark.Value, error) {
	if q == math.MinInt64 {
		return nil, outOfRange(q.Type())
	}
	return -q, nil
}

const roundHint = "say to what: round(x, 10*us), round(x, 1*kbit)"

// roundQuantity rounds a quantity to a multiple of another one, halves away from zero. It returns nil when x is none.
func roundQuantity(x, to starlark.Value) (starlark.Value, error) {
	var n, step int64
	switch q := x.(type) {
	case Duration:
		unit, ok := to.(Duration)
		if !ok {
			return nil, Errorf(roundHint, "round: got a duration and %s, want two durations", typeOf(to))
		}
		n, step = int64(q), int64(unit)
	case Rate:
		unit, ok := to.(Rate)
		if !ok {
			return nil, Errorf(roundHint, "round: got a rate and %s, want two rates", typeOf(to))
		}
		n, step = int64(q), int64(unit)
	default:
		return nil, nil
	}
	if step <= 0 {
		return nil, Errorf(roundHint, "round: cannot round to a multiple of %s", to)
	}
	n = int64(time.Duration(n).Round(time.Duration(step)))
	if _, ok := x.(Rate); ok {
		return Rate(n), nil
	}
	return Duration(n), nil
}

func typeOf(v starlark.Value) string {
	if v == nil {
		return "nothing else"
	}
	return "a " + v.Type()
}
