package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
)

// resume is node.resume(): it ends one pause, the latest of those that do not end by themselves, else the latest.
var resume = nodeVerb{"resume", "resume NODE", func(n *node, c call) (starlark.Value, error) {
	if err := load.UnpackArgs(n.name+".resume", c.args, c.kwargs); err != nil {
		return nil, err
	}
	if n.state != paused {
		return nil, n.wrongState("resume", "pause it first")
	}
	own := n.pauses[len(n.pauses)-1]
	for _, f := range n.pauses {
		if !f.lasts {
			own = f
		}
	}
	return starlark.None, own.heal()
}}
