package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
)

// isolate is lab.isolate(nodes, lasting = None) -> fault: each of the nodes is alone, also from nodes added later.
var isolate = verb{"isolate", "isolate NODE [lasting=5s]; nodes in a list are joined by commas", func(r *run, c call) (starlark.Value, error) {
	var which starlark.Value
	var lasting lifetime
	if err := load.UnpackArgs("lab.isolate", c.args, c.kwargs, "nodes", &which, "lasting??", &lasting); err != nil {
		return nil, err
	}
	group, err := r.group(which)
	if err != nil {
		return nil, fmt.Errorf("lab.isolate: %w", err)
	}
	f := &fault{verb: "isolate", text: "isolate " + namesOf(group), extend: func(added *node) []engine.Pair {
		return between(group, []*node{added}, false)
	}}
	return r.fault(f, lasting, between(group, r.nodes, false), cutting)
}}
