package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
)

// refuse is lab.refuse(a, b, lasting = None) -> fault: the two are apart, and are told so at once.
var refuse = verb{"refuse", "refuse NODE NODE [lasting=5s]; nodes in a list are joined by commas", func(r *run, c call) (starlark.Value, error) {
	var a, b starlark.Value
	var lasting lifetime
	if err := load.UnpackArgs("lab.refuse", c.args, c.kwargs, "a", &a, "b", &b, "lasting??", &lasting); err != nil {
		return nil, err
	}
	from, to, err := r.ends("lab.refuse", a, b)
	if err != nil {
		return nil, err
	}
	return r.fault(&fault{verb: "refuse"}, lasting, between(from, to, false), func(id engine.FaultID, links []engine.Pair) engine.Change {
		return engine.Refuse{Fault: id, Links: links}
	})
}}
