package star

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"go.starlark.net/starlark"
)

// Rand is chance in the hands of a function that travels. The words mean what they mean on lab.rand, and each takes the
// draw that Go code would: int(0, n - 1) takes Int64N(n), chance(p) Float64, pick(list) IntN(len(list)).
type Rand struct {
	Source *rand.Rand // nil once the call that it was for is over
	words  *RandWords
}

// RandWords are the ways to draw, by the name under which a function knows them.
type RandWords struct {
	name              string
	over              error
	int, chance, pick *starlark.Builtin
}

// NewRandWords names them: "request.rand". over is the error of who draws after the end of the call.
func NewRandWords(name string, over error) *RandWords {
	w := &RandWords{name: name, over: over}
	w.int, w.chance, w.pick = w.drawing("int", drawInt), w.drawing("chance", drawChance), w.drawing("pick", drawPick)
	return w
}

// Rand draws from the source.
func (w *RandWords) Rand(source *rand.Rand) Rand { return Rand{source, w} }

var _ starlark.HasAttrs = (*Rand)(nil)

func (r *Rand) String() string        { return r.words.name }
func (r *Rand) Type() string          { return "rand" }
func (r *Rand) Freeze()               {}
func (r *Rand) Truth() starlark.Bool  { return true }
func (r *Rand) Hash() (uint32, error) { return 0, errors.New("unhashable type: rand") }

// Attr returns a way to draw.
func (r *Rand) Attr(name string) (starlark.Value, error) {
	switch name {
	case "int":
		return r.words.int.BindReceiver(r), nil
	case "chance":
		return r.words.chance.BindReceiver(r), nil
	case "pick":
		return r.words.pick.BindReceiver(r), nil
	}
	return nil, NoAttr(r, name)
}

// AttrNames lists the ways to draw.
func (r *Rand) AttrNames() []string { return []string{"chance", "int", "pick"} }

type oneDraw = func(r *rand.Rand, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)

func (w *RandWords) drawing(name string, do oneDraw) *starlark.Builtin {
	return starlark.NewBuiltin(w.name+"."+name, func(
		_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		source := b.Receiver().(*Rand).Source
		if source == nil {
			return nil, w.over
		}
		return do(source, b.Name(), args, kwargs)
	})
}

func drawInt(r *rand.Rand, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
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

func drawChance(r *rand.Rand, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var value starlark.Value
	if err := starlark.UnpackArgs(name, args, kwargs, "p", &value); err != nil {
		return nil, err
	}
	p, ok := starlark.AsFloat(value)
	if !ok {
		return nil, fmt.Errorf("%s: p: got %s, want a number from 0 to 1", name, Described(value))
	}
	if !(p >= 0 && p <= 1) {
		return nil, fmt.Errorf("%s: p: got %v, want a number from 0 to 1", name, p)
	}
	return starlark.Bool(r.Float64() < p), nil
}

func drawPick(r *rand.Rand, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var list starlark.Indexable
	if err := starlark.UnpackArgs(name, args, kwargs, "list", &list); err != nil {
		return nil, err
	}
	if list.Len() == 0 {
		return nil, fmt.Errorf("%s: the list is empty", name)
	}
	return list.Index(r.IntN(list.Len())), nil
}

// Described is a value in the few words of a message about what a function was to return, or was given.
func Described(v starlark.Value) string {
	switch v := v.(type) {
	case starlark.NoneType:
		return "None"
	case starlark.String:
		return fmt.Sprintf("the text %.40q", string(v))
	}
	return "a value of type " + v.Type()
}
