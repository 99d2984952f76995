package star

import (
	"fmt"

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
func (b Burst) Hash() (uint32, error) { return hashText(b), nil }

// CompareSameType knows equality only.
func (b Burst) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return equality(op, b, y, "compare one of the probabilities instead")
}

// Attr returns one of the three probabilities, or the slot.
func (b Burst) Attr(name string) (starlark.Value, error) {
	switch name {
	case "bad":
		return starlark.Float(b.Bad), nil
	case "good":
		return starlark.Float(b.Good), nil
	case "loss":
		return starlark.Float(b.Loss), nil
	case "slot":
		return Duration(b.Slot), nil
	}
	return nil, NoAttr(b, name)
}

// AttrNames lists them.
func (b Burst) AttrNames() []string { return []string{"bad", "good", "loss", "slot"} }

// constructBurst is burst(bad, good, loss = 1, slot = 10*ms).
func constructBurst(
	_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var bad, good starlark.Value
	var loss starlark.Value = starlark.MakeInt(1)
	var slot starlark.Value = Duration(link.DefaultSlot)
	err := starlark.UnpackArgs(b.Name(), args, kwargs, "bad", &bad, "good", &good, "loss?", &loss, "slot?", &slot)
	if err != nil {
		return nil, err
	}
	var burst link.Burst
	if burst.Slot, err = AsDuration(slot); err != nil {
		return nil, fmt.Errorf("burst: slot: %w", err)
	}
	for _, f := range []struct {
		name  string
		given starlark.Value
		value *float64
	}{{"bad", bad, &burst.Bad}, {"good", good, &burst.Good}, {"loss", loss, &burst.Loss}} {
		p, ok := starlark.AsFloat(f.given)
		if !ok {
			return nil, Errorf("burst(bad = 0.01, good = 0.25): one slot of 10ms in 100 begins a burst, of 4 on average",
				"burst: %s: got %s, want a probability from 0 to 1", f.name, f.given.Type())
		}
		*f.value = p
	}
	if err := burst.Validate(); err != nil {
		return nil, err
	}
	return Burst(burst), nil
}
