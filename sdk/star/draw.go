package star

import (
	"fmt"
	"hash/fnv"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Draw is a duration drawn anew each time.
type Draw link.Draw

var _ starlark.Comparable = Draw{}

func (d Draw) String() string       { return value.FormatDraw(link.Draw(d)) }
func (d Draw) Type() string         { return "draw" }
func (d Draw) Freeze()              {}
func (d Draw) Truth() starlark.Bool { return d != Draw{} }

// Hash agrees with equality: draws of one distribution with equal parameters.
func (d Draw) Hash() (uint32, error) { return hashText(link.Draw(d)), nil }

// CompareSameType knows equality only: draws have no order.
func (d Draw) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return equality(op, d, y, "compare what was drawn, not the draw")
}

func hashText(v fmt.Stringer) uint32 {
	h := fnv.New32a()
	fmt.Fprint(h, v)
	return h.Sum32()
}

// equality compares values of a type that have no order.
func equality(op syntax.Token, x, y starlark.Value, hint string) (bool, error) {
	switch op {
	case syntax.EQL:
		return x == y, nil
	case syntax.NEQ:
		return x != y, nil
	}
	return false, Errorf(hint, "%s %s %[1]s: %[1]ss have no order", x.Type(), op)
}

// constructor is one way to make a draw: its name in scripts, and its parameters in order. The first one or two are
// durations; shape tells that the last one is a plain number.
type constructor struct {
	name         string
	distribution link.Distribution
	params       [2]string // the second is empty when there is only one
	shape        bool
}

var constructors = []constructor{
	{"uniform", link.Uniform, [2]string{"low", "high"}, false},
	{"exponential", link.Exponential, [2]string{"mean"}, false},
	{"normal", link.Normal, [2]string{"mean", "sd"}, false},
	{"lognormal", link.LogNormal, [2]string{"median", "sigma"}, true},
	{"pareto", link.Pareto, [2]string{"min", "alpha"}, true},
}

func (c constructor) construct(
	_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var a, b starlark.Value
	targets := []any{c.params[0], &a}
	if c.params[1] != "" {
		targets = append(targets, c.params[1], &b)
	}
	if err := starlark.UnpackArgs(c.name, args, kwargs, targets...); err != nil {
		return nil, err
	}
	draw := link.Draw{Distribution: c.distribution}
	var err error
	if draw.A, err = c.duration(0, a); err != nil {
		return nil, err
	}
	switch {
	case c.shape:
		shape, ok := starlark.AsFloat(b)
		if !ok || !(shape > 0) {
			return nil, fmt.Errorf("%s: %s: got %s, want a number above 0", c.name, c.params[1], Show(b, 100))
		}
		draw.Shape = shape
	case b != nil:
		if draw.B, err = c.duration(1, b); err != nil {
			return nil, err
		}
		if c.distribution == link.Uniform && draw.B < draw.A {
			return nil, fmt.Errorf("uniform: low %s is above high %s", value.FormatDuration(draw.A), value.FormatDuration(draw.B))
		}
	}
	return Draw(draw), nil
}

func (c constructor) duration(param int, v starlark.Value) (time.Duration, error) {
	d, err := AsDuration(v)
	if err != nil {
		return 0, fmt.Errorf("%s: %s: %w", c.name, c.params[param], err)
	}
	if d < 0 {
		return 0, fmt.Errorf("%s: %s: %s is below 0", c.name, c.params[param], value.FormatDuration(d))
	}
	return d, nil
}
