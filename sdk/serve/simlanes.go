package serve

import (
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sim"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// simLanes asks the nodes of a world for what their kinds want drawn, when a step has ended in which they did something.
// Nothing of that is part of a digest, a trace or an account.
type simLanes struct {
	acted   []*simNode    // since they were last asked
	early   []*simNode    // of them, those that are not asked yet
	due     time.Duration // when the first of these is
	asking  bool
	samples []*wire.Sample // of the present turn
}

// A node is asked so often at any step. After that it is asked at once only when a picture of the run so far would show the
// difference, of one in so many parts of it; else at the end of the turn.
const (
	asksAtOnce = 500
	pixels     = 1000
)

// ran notes that a node has done something.
func (w *simWorld) ran(node *sim.Node) {
	if n := w.nodes[node.Node()]; !w.lanes.asking && !n.acted {
		n.acted = true
		w.lanes.acted = append(w.lanes.acted, n)
	}
}

// sample asks those that have done something, at the end of a turn all of them. Who is not due is not looked at again before
// somebody is: there may be a thousand.
func (w *simWorld) sample(all bool) {
	l := &w.lanes
	if len(l.early) > 0 && (all || w.world.Now() >= l.due) {
		l.acted, l.early = append(l.acted, l.early...), l.early[:0]
	}
	if len(l.acted) == 0 {
		return
	}
	l.asking = true
	w.world.Because(value.Look)
	for _, n := range l.acted {
		w.ask(n, all)
	}
	l.acted = l.acted[:0]
	w.world.Because(value.Cause{})
	l.asking = false
}

// ask asks one node, if it is due and has something to say.
func (w *simWorld) ask(n *simNode, now bool) {
	n.acted = false
	if n.instance == nil || len(n.instance.kind.drawn) == 0 || n.node.State() != "running" {
		return
	}
	if due := n.asked + n.asked/(pixels-1); n.asks >= asksAtOnce && !now && w.world.Now() < due {
		w.postpone(n, due)
		return
	}
	if n.sampler == nil || n.sampler.instance != n.instance {
		n.sampler = newSampler(n.instance, func(s *wire.Sample) {
			w.events++
			s.At = int64(w.world.Now())
			w.lanes.samples = append(w.lanes.samples, s)
		})
	}
	n.asks, n.asked = n.asks+1, w.world.Now()
	n.sampler.sample(func(ask func()) error { return n.node.Look(func(sdk.Env) { ask() }) })
}

// postpone keeps a node that has done something until it is due.
func (w *simWorld) postpone(n *simNode, due time.Duration) {
	l := &w.lanes
	if len(l.early) == 0 || due < l.due {
		l.due = due
	}
	n.acted = true
	l.early = append(l.early, n)
}
