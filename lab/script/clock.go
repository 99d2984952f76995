package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/clock"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// setClock is node.clock(speed = 1.0, offset = 0*s) -> fault: how the node's own clock goes. lab.heal, which is about
// the network, leaves it alone.
var setClock = nodeVerb{"clock", "clock NODE [speed=1.1] [offset=2s]", func(n *node, c call) (starlark.Value, error) {
	what := n.name + ".clock"
	var speed starlark.Value = starlark.Float(1)
	var offset starlark.Value = star.Duration(0)
	if err := load.UnpackArgs(what, c.args, c.kwargs, "speed?", &speed, "offset?", &offset); err != nil {
		return nil, err
	}
	if len(c.args)+len(c.kwargs) == 0 {
		return nil, star.Errorf(n.name+".clock(speed = 1.1), "+n.name+".clock(offset = 2*s)", "%s: names neither speed nor offset", what)
	}
	change := engine.SetClock{Node: n.name}
	var ok bool
	if change.Speed, ok = starlark.AsFloat(speed); !ok {
		return nil, star.Errorf("a clock of speed 2 gains a second every second",
			"%s: speed: got %s, want a number", what, speed.Type())
	}
	var err error
	if change.Offset, err = star.AsDuration(offset); err != nil {
		return nil, fmt.Errorf("%s: offset: %w", what, err)
	}
	if err := clock.Validate(change.Speed, change.Offset); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return n.run.clockFault(change)
}}

// clockFault is a fault that lab.heal does not take back.
func (r *run) clockFault(change engine.SetClock) (starlark.Value, error) {
	r.lastFault++
	change.Fault = r.lastFault
	if err := r.apply(change); err != nil {
		return nil, err
	}
	verb := fmt.Sprintf("clock of %s: speed %v, offset %v", change.Node, change.Speed, value.Short(change.Offset))
	f := &fault{verb: verb, ids: []engine.FaultID{change.Fault}, clock: true}
	r.number(f, lifetime{})
	r.faults = append(r.faults, f)
	return f, nil
}
