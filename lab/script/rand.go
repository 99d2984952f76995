package script

import (
	"errors"
	"fmt"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// randValue is lab.rand. Each task draws from a stream of its own.
type randValue struct{ run *run }

var _ starlark.HasAttrs = (*randValue)(nil)

func (r *randValue) String() string        { return "lab.rand" }
func (r *randValue) Type() string          { return "rand" }
func (r *randValue) Freeze()               {}
func (r *randValue) Truth() starlark.Bool  { return true }
func (r *randValue) Hash() (uint32, error) { return 0, errors.New("unhashable type: rand") }

var randMethods = map[string]*starlark.Builtin{}

func init() {
	for name, do := range map[string]func(
		t *task, name string, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error){
		"int": randInt, "chance": randChance, "pick": randPick, "sample": randSample, "shuffle": randShuffle,
		"duration": randDuration,
	} {
		full := "lab.rand." + name
		randMethods[name] = load.Builtin(full, func(
			_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
		) (starlark.Value, error) {
			return do(b.Receiver().(*randValue).run.current, full, args, kwargs)
		})
	}
}

// Attr returns a way to draw.
func (r *randValue) Attr(name string) (starlark.Value, error) {
	if b, ok := randMethods[name]; ok {
		return b.BindReceiver(r), nil
	}
	return nil, star.NoAttr(r, name)
}

// AttrNames lists the ways to draw.
func (r *randValue) AttrNames() []string {
	return []string{"chance", "duration", "int", "pick", "sample", "shuffle"}
}

// randInt draws an integer from low to high, both included.
func randInt(t *task, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var low, high int64
	if err := load.UnpackArgs(name, args, kwargs, "low", &low, "high", &high); err != nil {
		return nil, err
	}
	if high < low || high-low < 0 || high-low+1 < 0 {
		return nil, fmt.Errorf("%s: low %d, high %d: want low at most high, less than 2^63 apart", name, low, high)
	}
	return starlark.MakeInt64(low + t.source().Int64N(high-low+1)), nil
}

// randChance is True with probability p.
func randChance(t *task, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var value starlark.Value
	if err := load.UnpackArgs(name, args, kwargs, "p", &value); err != nil {
		return nil, err
	}
	p, err := chance(value)
	if err != nil {
		return nil, fmt.Errorf("%s: p: %w", name, err)
	}
	return starlark.Bool(t.source().Float64() < p), nil
}

// randPick draws one item of a list.
func randPick(t *task, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	list, err := unpackList(name, args, kwargs)
	if err != nil {
		return nil, err
	}
	items, ok := list.(starlark.Indexable)
	if !ok {
		all, err := star.Items(name, list)
		if err != nil {
			return nil, err
		}
		items = starlark.NewList(all)
	}
	if items.Len() == 0 {
		return nil, fmt.Errorf("%s: the list is empty", name)
	}
	return items.Index(t.source().IntN(items.Len())), nil
}

// randSample draws n different items of a list, in the order drawn.
func randSample(t *task, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var list starlark.Iterable
	var n int
	if err := load.UnpackArgs(name, args, kwargs, "list", &list, "n", &n); err != nil {
		return nil, err
	}
	items, err := star.Items(name, list)
	if err != nil {
		return nil, err
	}
	if n < 0 || n > len(items) {
		return nil, fmt.Errorf("%s: n: got %d, want 0 to %d, the length of the list", name, n, len(items))
	}
	shuffle(t, items)
	return starlark.NewList(items[:n]), nil
}

// randShuffle returns the items of a list in another order; the list itself stays.
func randShuffle(t *task, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	list, err := unpackList(name, args, kwargs)
	if err != nil {
		return nil, err
	}
	items, err := star.Items(name, list)
	if err != nil {
		return nil, err
	}
	shuffle(t, items)
	return starlark.NewList(items), nil
}

// randDuration draws a duration from low to high, both included.
func randDuration(t *task, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var low, high span
	if err := load.UnpackArgs(name, args, kwargs, "low", &low, "high", &high); err != nil {
		return nil, err
	}
	width := high.Duration - low.Duration
	if width < 0 || width == never {
		return nil, fmt.Errorf("%s: low %s is above high %s", name, value.Short(low.Duration), value.Short(high.Duration))
	}
	return star.Duration(low.Duration + time.Duration(t.source().Int64N(int64(width)+1))), nil
}

func unpackList(name string, args starlark.Tuple, kwargs []starlark.Tuple) (list starlark.Iterable, err error) {
	err = load.UnpackArgs(name, args, kwargs, "list", &list)
	return list, err
}

func shuffle(t *task, items []starlark.Value) {
	t.source().Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
}
