package balancer

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/star"
)

// draws is request.rand: the draws that come with the request. The words mean what they mean on lab.rand, and each
// takes the draw that Go code would: int(0, n - 1) takes Int64N(n), chance(p) Float64, pick(list) IntN(len(list)).
type draws struct{ request *requestView }

var _ starlark.HasAttrs = (*draws)(nil)

func (d *draws) String() string        { return "request.rand" }
func (d *draws) Type() string          { return "rand" }
func (d *draws) Freeze()               {}
func (d *draws) Truth() starlark.Bool  { return true }
func (d *draws) Hash() (uint32, error) { return 0, errors.New("unhashable type: rand") }

// Attr returns a way to draw.
func (d *draws) Attr(name string) (starlark.Value, error) {
	switch name {
	case "int":
		return drawInt.BindReceiver(d), nil
	case "chance":
		return drawChance.BindReceiver(d), nil
	case "pick":
		return drawPick.BindReceiver(d), nil
	}
	return nil, star.NoAttr(d, name)
}

// AttrNames lists the ways to draw.
func (d *draws) AttrNames() []string { return []string{"chance", "int", "pick"} }

var (
	drawInt    = drawing("int", oneInt)
	drawChance = drawing("chance", oneChance)
	drawPick   = drawing("pick", oneItem)
)

type draw = func(r *rand.Rand, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)

func drawing(name string, do draw) *starlark.Builtin {
	return starlark.NewBuiltin("request.rand."+name, func(
		_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		r := b.Receiver().(*draws).request.request
		if r == nil {
			return nil, errOver
		}
		return do(r.Rand, b.Name(), args, kwargs)
	})
}

func oneInt(r *rand.Rand, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	low, high, ok := twoInts(args, kwargs)
	if !ok { // so that a call as usual need not pay for all that may be
		if err := starlark.UnpackArgs(name, args, kwargs, "low", &low, "high", &high); err != nil {
			return nil, err
		}
	}
	if high < low || high-low < 0 || high-low+1 < 0 {
		return nil, fmt.Errorf("%s: low %d, high %d: want low at most high, less than 2^63 apart", name, low, high)
	}
	return starlark.MakeInt64(low + r.Int64N(high-low+1)), nil
}

func twoInts(args starlark.Tuple, kwargs []starlark.Tuple) (a, b int64, ok bool) {
	if len(args) != 2 || len(kwargs) > 0 {
		return 0, 0, false
	}
	x, isX := args[0].(starlark.Int)
	y, isY := args[1].(starlark.Int)
	if !isX || !isY {
		return 0, 0, false
	}
	a, fitsA := x.Int64()
	b, fitsB := y.Int64()
	return a, b, fitsA && fitsB
}

func oneChance(r *rand.Rand, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var value starlark.Value
	if err := starlark.UnpackArgs(name, args, kwargs, "p", &value); err != nil {
		return nil, err
	}
	p, ok := starlark.AsFloat(value)
	if !ok {
		return nil, fmt.Errorf("%s: p: got %s, want a number from 0 to 1", name, described(value))
	}
	if !(p >= 0 && p <= 1) {
		return nil, fmt.Errorf("%s: p: got %v, want a number from 0 to 1", name, p)
	}
	return starlark.Bool(r.Float64() < p), nil
}

func oneItem(r *rand.Rand, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var list starlark.Indexable
	if err := starlark.UnpackArgs(name, args, kwargs, "list", &list); err != nil {
		return nil, err
	}
	if list.Len() == 0 {
		return nil, fmt.Errorf("%s: the list is empty", name)
	}
	return list.Index(r.IntN(list.Len())), nil
}
