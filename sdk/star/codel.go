package star

import (
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/link"
)

// Codel is a queue that keeps its delay short. It stands where a queue's size does.
type Codel link.Codel

var _ starlark.Comparable = Codel{}

func (c Codel) String() string       { return link.Codel(c).String() }
func (c Codel) Type() string         { return "codel" }
func (c Codel) Freeze()              {}
func (c Codel) Truth() starlark.Bool { return true }

// Hash agrees with equality.
func (c Codel) Hash() (uint32, error) { return hashText(c), nil }

// CompareSameType knows equality only.
func (c Codel) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return equality(op, c, y, "compare the targets instead")
}

// Attr returns the target or the limit.
func (c Codel) Attr(name string) (starlark.Value, error) {
	switch name {
	case "target":
		return Duration(c.Target), nil
	case "limit":
		return starlark.MakeInt64(c.Limit), nil
	}
	return nil, NoAttr(c, name)
}

// AttrNames lists them.
func (c Codel) AttrNames() []string { return []string{"target", "limit"} }

const codelHint = "codel(target = 5*ms, limit = 1*MiB): at most 1 MiB waits, and nothing for much longer than 5ms"

// constructCodel is codel(target = 5*ms, limit = 1*MiB).
func constructCodel(
	_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var target starlark.Value = Duration(link.DefaultCodel.Target)
	var limit starlark.Value = starlark.MakeInt64(link.DefaultCodel.Limit)
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "target?", &target, "limit?", &limit); err != nil {
		return nil, err
	}
	var codel link.Codel
	var err error
	if codel.Target, err = AsDuration(target); err != nil {
		return nil, fmt.Errorf("codel: target: %w", err)
	}
	if err := starlark.AsInt(limit, &codel.Limit); err != nil {
		return nil, Errorf(codelHint, "codel: limit: got %s, want a size in bytes", describe(limit))
	}
	if err := codel.Validate(); err != nil {
		return nil, Errorf(codelHint, "%v", err)
	}
	return Codel(codel), nil
}
