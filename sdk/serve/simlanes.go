package serve

import (
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sim"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// simLanes asks the nodes of a world for what their kinds want drawn, when a step has ended in which they did something.
// Nothing of that is part of a digest, a trace or an account.
type simLanes struct {
	acted   []*sim.Node // since they were last asked, each perhaps several times
	asking  bool
	samples []*wire.Sample // of the present turn
}

// ran notes that a node has done something.
func (l *simLanes) ran(n *sim.Node) {
	if last := len(l.acted) - 1; !l.asking && (last < 0 || l.acted[last] != n) {
		l.acted = append(l.acted, n)
	}
}

// sample asks those that have done something.
func (w *simWorld) sample() {
	if len(w.lanes.acted) == 0 {
		return
	}
	w.lanes.asking = true
	w.world.Because(value.Look)
	for _, n := range w.lanes.acted {
		w.ask(w.nodes[n.Node()])
	}
	w.world.Because(value.Cause{})
	w.lanes.asking, w.lanes.acted = false, w.lanes.acted[:0]
}

// ask asks one node, in a task of its own: what a query does wrong is the node's failure.
func (w *simWorld) ask(n *simNode) {
	if n.instance == nil || len(n.instance.kind.drawn) == 0 || n.node.State() != "running" {
		return
	}
	if n.sampler == nil || n.sampler.instance != n.instance {
		n.sampler = newSampler(n.instance, func(lane laneName, v any) {
			w.events++
			w.lanes.samples = append(w.lanes.samples, sampleOf(n.instance.name, lane, w.world.Now(), v))
		})
	}
	n.node.Call(func(sdk.Env) { n.sampler.sample() }, func(bool) {})
}
