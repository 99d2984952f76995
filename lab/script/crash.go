package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
)

// crash is node.crash(power = True): a loss of power, or the end of the process alone, which keeps what was written.
var crash = nodeVerb{"crash", "crash NODE [power=False]", func(n *node, c call) (starlark.Value, error) {
	power := true
	if err := load.UnpackArgs(n.name+".crash", c.args, c.kwargs, "power?", &power); err != nil {
		return nil, err
	}
	if n.state == crashed {
		return nil, n.wrongState("crash", "restart it first")
	}
	if err := n.run.apply(engine.Crash{Node: n.name, Kept: !power}); err != nil {
		return nil, err
	}
	n.crashed()
	if !power {
		n.span.Text = n.name + " killed" // as the event is called
	}
	return starlark.None, nil
}}

// crashed notes that the node has ended, and with it what had paused it.
func (n *node) crashed() {
	n.become(crashed)
	n.pauses = nil
}
