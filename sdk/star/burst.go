package star

import (
	"fmt"
	"hash/fnv"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/link"
)

// Burst is loss that comes in bursts. It stands where a probability of loss does.
type Burst link.Burst

var _ starlark.Comparable = Burst{}

func (b Burst) String() string       { return link.Burst(b).String() }
func (b Burst) Type() string         { return "burst" }
func (b Burst) Freeze()              {}
func (b Burst) Truth() starlark.Bool { return true }

// Hash agrees with equality.
func (b Burst) Hash() (uint32, error) {
	h := fnv.New32a()
	fmt.Fprint(h, b.String())
	return h.Sum32(), nil
}

// CompareSameType knows equality only.
func (b Burst) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	switch op {
	case syntax.EQL:
		return b == y.(Burst), nil
	case syntax.NEQ:
		return b != y.(Burst), nil
	}
	return false, Errorf("compare one of the probabilities instead", "burst %s burst: bursts have no order", op)
}

// Attr returns one of the three probabilities.
func (b Burst) Attr(name string) (starlark.Value, error) {
	switch name {
	case "bad":
		return starlark.Float(b.Bad), nil
	case "good":
		return starlark.Float(b.Good), nil
	case "loss":
		return starlark.Float(b.Loss), nil
	}
	return nil, NoAttr(b, name)
}

// AttrNames lists the probabilities.
func (b Burst) AttrNames() []string { return []string{"bad", "good", "loss"} }

// constructBurst is burst(bad, good, loss = 1).
func constructBurst(
	_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var bad, good starlark.Value
	var loss starlark.Value = starlark.MakeInt(1)
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "bad", &bad, "good", &good, "loss?", &loss); err != nil {
		return nil, err
	}
	var burst link.Burst
	for _, f := range []struct {
		name  string
		given starlark.Value
		value *float64
	}{{"bad", bad, &burst.Bad}, {"good", good, &burst.Good}, {"loss", loss, &burst.Loss}} {
		p, ok := starlark.AsFloat(f.given)
		if !ok {
			return nil, Errorf("burst(bad = 0.01, good = 0.25): one packet in 100 begins a burst, of 4 on average",
				"burst: %s: got %s, want a probability from 0 to 1", f.name, f.given.Type())
		}
		*f.value = p
	}
	if err := burst.Validate(); err != nil {
		return nil, err
	}
	return Burst(burst), nil
}
