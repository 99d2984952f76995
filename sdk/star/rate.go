package star

import (
	"errors"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Rate is a capacity in bits per second.
type Rate link.Rate

var (
	_ starlark.Comparable = Rate(0)
	_ starlark.HasBinary  = Rate(0)
	_ starlark.HasUnary   = Rate(0)
)

func (r Rate) String() string        { return value.FormatRate(link.Rate(r)) }
func (r Rate) Type() string          { return "rate" }
func (r Rate) Freeze()               {}
func (r Rate) Truth() starlark.Bool  { return r != 0 }
func (r Rate) Hash() (uint32, error) { return hash64(uint64(r)) ^ 1, nil }

// CompareSameType orders rates.
func (r Rate) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return ordered(op, r, y.(Rate)), nil
}

// Unary implements +r and -r.
func (r Rate) Unary(op syntax.Token) (starlark.Value, error) {
	switch op {
	case syntax.PLUS:
		return r, nil
	case syntax.MINUS:
		return negative(r)
	}
	return nil, nil
}

// Binary implements rate with rate, with a number, rate*duration, which is a size, and size/rate, which is a duration.
func (r Rate) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	switch y := y.(type) {
	case Rate:
		return r.withRate(op, y)
	case Duration:
		if op == syntax.STAR {
			return sizeOf(y, r)
		}
	case starlark.Int, starlark.Float:
		if op == syntax.SLASH && side == starlark.Right {
			bytes, _ := starlark.AsFloat(y)
			return transferTime(bytes, r)
		}
		n, err := scale(&rates, op, int64(r), y, side)
		if n == nil || err != nil {
			return nil, err
		}
		return Rate(*n), nil
	}
	return nil, nil
}

func (r Rate) withRate(op syntax.Token, y Rate) (starlark.Value, error) {
	switch op {
	case syntax.PLUS, syntax.MINUS:
		return plusOrMinus(op, r, y)
	case syntax.SLASH, syntax.SLASHSLASH, syntax.PERCENT:
		return quotient("rate", op, int64(r), int64(y), func(n int64) starlark.Value { return Rate(n) })
	}
	return nil, nil
}

// sizeOf is how many whole bytes pass in d at r.
func sizeOf(d Duration, r Rate) (starlark.Value, error) {
	bytes, err := sizes.round(time.Duration(d).Seconds()*float64(r)/8, durations.units(int64(d)))
	return starlark.MakeInt64(bytes), err
}

// transferTime is how long so many bytes take at r.
func transferTime(bytes float64, r Rate) (starlark.Value, error) {
	if r == 0 {
		return nil, errors.New("size divided by a rate of zero")
	}
	d, err := durations.round(bytes*8e9/float64(r), bytes)
	return Duration(d), err
}
