package script

import (
	"slices"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
)

// pause is node.pause(lasting = None) -> fault. Pauses add up as other faults do: the node goes on when all of them
// have ended. The engine knows of the first beginning and the last end.
var pause = nodeVerb{"pause", "pause NODE [lasting=5s]", func(n *node, c call) (starlark.Value, error) {
	var lasting lifetime
	if err := load.UnpackArgs(n.name+".pause", c.args, c.kwargs, "lasting??", &lasting); err != nil {
		return nil, err
	}
	if n.state == crashed {
		return nil, n.wrongState("pause", "restart it first")
	}
	if n.state == running {
		if err := n.run.apply(engine.Pause{Node: n.name}); err != nil {
			return nil, err
		}
		n.become(paused)
	}
	f := &fault{verb: "pause of " + n.name, paused: n, lasts: lasting.given}
	n.run.number(f, lasting)
	n.pauses = append(n.pauses, f)
	n.run.after(lasting.orNil(), f.heal)
	return f, nil
}}

// endPause takes back one pause. One that a crash has ended before is none of the node's any more.
func (n *node) endPause(f *fault) error {
	i := slices.Index(n.pauses, f)
	if i < 0 {
		return nil
	}
	n.pauses = slices.Delete(n.pauses, i, i+1)
	if len(n.pauses) > 0 {
		return nil
	}
	n.become(running)
	return n.run.apply(engine.Resume{Node: n.name})
}
