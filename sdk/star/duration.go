package star

import (
	"errors"
	"fmt"
	"math"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Duration is a span of time, in nanoseconds. It prints as it is read back: 12.345ms, 1m30s.
type Duration time.Duration

var (
	_ starlark.Comparable = Duration(0)
	_ starlark.HasBinary  = Duration(0)
	_ starlark.HasUnary   = Duration(0)
)

func (d Duration) String() string        { return value.FormatDuration(time.Duration(d)) }
func (d Duration) Type() string          { return "duration" }
func (d Duration) Freeze()               {}
func (d Duration) Truth() starlark.Bool  { return d != 0 }
func (d Duration) Hash() (uint32, error) { return hash64(uint64(d)), nil }

// CompareSameType orders durations by length.
func (d Duration) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return ordered(op, d, y.(Duration)), nil
}

// Unary implements +d and -d.
func (d Duration) Unary(op syntax.Token) (starlark.Value, error) {
	switch op {
	case syntax.PLUS:
		return d, nil
	case syntax.MINUS:
		return negative(d)
	}
	return nil, nil
}

// Binary implements duration with duration, with a number, and duration*rate, which is a size.
func (d Duration) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	switch y := y.(type) {
	case Duration:
		return d.withDuration(op, y)
	case Rate:
		if op == syntax.STAR {
			return sizeOf(d, y)
		}
	case starlark.Int, starlark.Float:
		n, err := scale(&durations, op, int64(d), y, side)
		if n == nil || err != nil {
			return nil, err
		}
		return Duration(*n), nil
	}
	return nil, nil
}

func (d Duration) withDuration(op syntax.Token, y Duration) (starlark.Value, error) {
	switch op {
	case syntax.PLUS, syntax.MINUS:
		return plusOrMinus(op, d, y)
	case syntax.SLASH, syntax.SLASHSLASH, syntax.PERCENT:
		return quotient("duration", op, int64(d), int64(y), func(n int64) starlark.Value { return Duration(n) })
	}
	return nil, nil
}

// quotient divides two values of one quantity; wrap makes a remainder a value of that quantity again.
func quotient(kind string, op syntax.Token, x, y int64, wrap func(int64) starlark.Value) (starlark.Value, error) {
	if y == 0 {
		return nil, errors.New(kind + " divided by zero")
	}
	switch op {
	case syntax.SLASH:
		return starlark.Float(float64(x) / float64(y)), nil
	case syntax.SLASHSLASH:
		return starlark.MakeInt64(floorDiv(x, y)), nil
	default: // PERCENT
		return wrap(x - floorDiv(x, y)*y), nil
	}
}

func floorDiv(x, y int64) int64 {
	q := x / y
	if x%y != 0 && (x < 0) != (y < 0) {
		q--
	}
	return q
}

// dimension is what the quantities of one type have in common.
type dimension struct {
	name, hint string
	step       string // what a quantity counts
	least      string // what to write for one that is too small
	unit       int64  // the smallest that scripts have, in steps
}

var (
	durations = dimension{"duration", durationHint, "ns", "write 0*s where none is meant", 1000}
	rates     = dimension{"rate", rateHint, "bits", "write 1*bit or more; lab.cut(a, b) makes a link that carries nothing", 1}
	sizes     = dimension{"size", "", "bytes", "write 0 where none is meant", 1}
)

// scale multiplies or divides a quantity by a bare number. It returns nil when the operation does not exist.
func scale(of *dimension, op syntax.Token, q int64, y starlark.Value, side starlark.Side) (*int64, error) {
	if op == syntax.STAR {
		if n, ok := y.(starlark.Int); ok {
			return scaleInt(of, q, n)
		}
	}
	number, _ := starlark.AsFloat(y)
	product := float64(q) * number
	switch {
	case op == syntax.STAR:
	case op == syntax.SLASH && side == starlark.Left:
		if number == 0 {
			return nil, errors.New(of.name + " divided by zero")
		}
		product = float64(q) / number
	case op == syntax.PLUS || op == syntax.MINUS:
		left, right := of.name, y.Type()
		if side == starlark.Right {
			left, right = right, left
		}
		return nil, Errorf(of.hint, "%s %s %s: a bare number has no unit", left, op, right)
	default:
		return nil, nil
	}
	n, err := of.round(product, of.units(q))
	return &n, err
}

func scaleInt(of *dimension, q int64, by starlark.Int) (*int64, error) {
	product, ok := starlark.MakeInt64(q).Mul(by).Int64()
	if !ok {
		return nil, outOfRange(of.name)
	}
	return &product, nil
}

func (of *dimension) units(q int64) float64 { return float64(q) / float64(of.unit) }

// round makes a quantity of f, which was computed of so many units. Nothing may be left of less than a unit, as of an
// average that fades; of more it is an error, for 0 often means no limit.
func (of *dimension) round(f, units float64) (int64, error) {
	n, ok := toInt64(f)
	switch {
	case !ok:
		return 0, outOfRange(of.name)
	case n == 0 && f != 0 && math.Abs(units) >= 1:
		return 0, Errorf(fmt.Sprintf("a %s is a whole number of %s: %s", of.name, of.step, of.least),
			"%s too small: %v %s would become 0", of.name, f, of.step)
	}
	return n, nil
}

// outOfRange is the error of a quantity that 64 bits do not hold, or that is no number at all.
func outOfRange(name string) error {
	most := map[string]string{
		"duration": "at most 292 years", "rate": "at most 9223372036*gbit", "size": "less than 2^63 bytes",
	}[name]
	return Errorf("a "+name+" is a finite number, "+most, "%s out of range", name)
}

// toInt64 rounds to the nearest integer, and reports whether it fits.
func toInt64(f float64) (int64, bool) {
	f = math.Round(f)
	return int64(f), f < math.MaxInt64 && f > math.MinInt64
}

func ordered[T ~int64](op syntax.Token, x, y T) bool {
	switch op {
	case syntax.EQL:
		return x == y
	case syntax.NEQ:
		return x != y
	case syntax.LT:
		return x < y
	case syntax.LE:
		return x <= y
	case syntax.GT:
		return x > y
	default: // GE
		return x >= y
	}
}

func hash64(n uint64) uint32 { return uint32(n) ^ uint32(n>>32)*0x9e3779b1 }
