package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
)

// reset is lab.reset(a, b): every stream between the two is reset.
var reset = verb{"reset", "reset NODE NODE; nodes in a list are joined by commas", func(r *run, c call) (starlark.Value, error) {
	var a, b starlark.Value
	if err := load.UnpackArgs("lab.reset", c.args, c.kwargs, "a", &a, "b", &b); err != nil {
		return nil, err
	}
	from, to, err := r.ends("lab.reset", a, b)
	if err != nil {
		return nil, err
	}
	var changes []engine.Change
	seen := map[engine.Pair]bool{}
	for _, p := range between(from, to, true) {
		if !seen[p] && !seen[engine.Pair{From: p.To, To: p.From}] {
			seen[p] = true
			changes = append(changes, engine.Reset{A: p.From, B: p.To})
		}
	}
	if len(changes) == 0 {
		return nil, fmt.Errorf("lab.reset: %w", errNoLinks)
	}
	return starlark.None, r.apply(changes...)
}}
