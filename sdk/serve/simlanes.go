package serve

import (
	"slices"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sim"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// simLanes asks the nodes of a world for what their kinds want drawn, when a step has ended in which they did something.
// Nothing of that is part of a digest, a trace or an account.
type simLanes struct {
	acted   []*simNode // since they were last asked
	asking  bool
	samples []*wire.Sample // of the present turn
}

// A node is asked so often at any step. After that it is asked at once only when a picture of the run so far would show the
// difference, of one in so many parts of it; else at the end of the turn.
const (
	asksAtOnce = 1000
	pixels     = 2000
)

// ran notes that a node has done something.
func (w *simWorld) ran(node *sim.Node) {
	if n := w.nodes[node.Node()]; !w.lanes.asking && !n.acted {
		n.acted = true
		w.lanes.acted = append(w.lanes.acted, n)
	}
}

// sample asks those that have done something, at the end of a turn all of them.
func (w *simWorld) sample(all bool) {
	if len(w.lanes.acted) == 0 {
		return
	}
	w.lanes.asking = true
	w.world.Because(value.Look)
	w.lanes.acted = slices.DeleteFunc(w.lanes.acted, func(n *simNode) bool {
		n.acted = !w.ask(n, all)
		return !n.acted
	})
	w.world.Because(value.Cause{})
	w.lanes.asking = false
}

// ask asks one node, and tells whether it has or need not; it is too early otherwise. It does so in a task of its own: what a query does wrong is the node's failure.
func (w *simWorld) ask(n *simNode, now bool) bool {
	if n.instance == nil || len(n.instance.kind.drawn) == 0 || n.node.State() != "running" {
		return true
	}
	if n.asks >= asksAtOnce && !now && w.world.Now()-n.asked < w.world.Now()/pixels {
		return false
	}
	if n.sampler == nil || n.sampler.instance != n.instance {
		n.sampler = newSampler(n.instance, func(lane laneName, v any) {
			w.events++
			w.lanes.samples = append(w.lanes.samples, sampleOf(n.instance.name, lane, w.world.Now(), v))
		})
	}
	n.asks, n.asked = n.asks+1, w.world.Now()
	n.node.Call(func(sdk.Env) { n.sampler.sample() }, func(bool) {})
	return true
}
