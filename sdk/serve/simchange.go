package serve

import (
	"fmt"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/sdk/clock"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// apply makes the changes of an instant, in order; but all new nodes are there, and have taken their configurations, before
// the first of them runs, so that whom a node can dial does not depend on its place among them. When one has refused what
// it was configured with, nothing of the instant happens. A node that is started and then paused or crashed at
// once gets ready before that, as in live, where a process must be there to be stopped. An error means that the host
// and this world do not agree any more.
func (w *simWorld) apply(changes []*wire.Change) error {
	for _, change := range changes {
		if start := change.GetStart(); start != nil && w.nodes[start.GetNode()] == nil {
			node, err := w.world.Add(start.GetNode(), start.GetPeers())
			if err != nil {
				return err
			}
			w.nodes[start.GetNode()] = &simNode{node: node}
		}
	}
	for _, change := range changes {
		if start := change.GetStart(); start != nil {
			w.prepare(start)
		}
	}
	if w.refused() {
		return nil
	}
	for _, change := range changes {
		if err := w.change(change); err != nil {
			return err
		}
	}
	return nil
}

// refused tells whether a node of this turn has refused its configuration.
func (w *simWorld) refused() bool {
	return slices.ContainsFunc(w.failures, func(f *wire.Failure) bool { return f.GetMisuse() })
}

func (w *simWorld) change(change *wire.Change) error {
	switch of := change.Of.(type) {
	case *wire.Change_Start:
		return w.start(of.Start)
	case *wire.Change_Crash:
		w.settle()
		return w.with(of.Crash, func(n *simNode) { n.node.Crash() })
	case *wire.Change_Kill:
		w.settle()
		return w.with(of.Kill, func(n *simNode) { n.node.Kill() })
	case *wire.Change_Pause:
		w.settle()
		return w.with(of.Pause, func(n *simNode) { n.node.Pause() })
	case *wire.Change_Resume:
		return w.with(of.Resume, func(n *simNode) { n.node.Resume() })
	case *wire.Change_DefaultProfile:
		profile, err := wire.FromProfile(of.DefaultProfile)
		if err == nil {
			w.world.SetDefault(profile)
		}
		return err
	case *wire.Change_LinkProfile:
		return w.setProfile(of.LinkProfile)
	case *wire.Change_AddEffect:
		return w.fault(of.AddEffect, w.world.AddEffect)
	case *wire.Change_RemoveEffect:
		return w.fault(of.RemoveEffect, w.world.RemoveEffect)
	case *wire.Change_Clock:
		return w.setClock(of.Clock)
	case *wire.Change_Disk:
		return w.setDisk(of.Disk)
	case *wire.Change_Tcp:
		return w.setTCP(of.Tcp)
	case *wire.Change_Reset_:
		w.world.Reset(of.Reset_.GetFrom(), of.Reset_.GetTo())
		return nil
	}
	return fmt.Errorf("a change of a form that this plugin's sdk does not know; build it with a newer one")
}

func (w *simWorld) setProfile(p *wire.LinkProfile) error {
	profile, err := wire.FromProfile(p.GetProfile())
	if err != nil {
		return err
	}
	return w.world.SetProfile(p.GetLink().GetFrom(), p.GetLink().GetTo(), profile)
}

func (w *simWorld) setDisk(d *wire.Disk) error {
	sync, err := wire.FromDraw(d.GetSync())
	if err == nil {
		err = sync.Validate()
	}
	if err != nil {
		return fmt.Errorf("the disk of %s: %w", d.GetNode(), err)
	}
	return w.world.SetSync(d.GetNode(), sync)
}

func (w *simWorld) setTCP(t *wire.Tcp) error {
	settings, err := wire.FromTCP(t)
	if err != nil {
		return fmt.Errorf("the TCP of %s: %w", t.GetNode(), err)
	}
	return w.world.SetTCP(t.GetNode(), settings)
}

// setClock sets a node's clock. A node that is about to start finds it so.
func (w *simWorld) setClock(c *wire.Clock) error {
	if err := clock.Validate(c.GetSpeed(), time.Duration(c.GetOffset())); err != nil {
		return fmt.Errorf("the clock of %s: %w", c.GetNode(), err)
	}
	return w.with(c.GetNode(), func(n *simNode) { n.node.SetClock(c.GetSpeed(), time.Duration(c.GetOffset())) })
}

// settle lets the nodes that have just been started run until they wait. No time passes.
func (w *simWorld) settle() { w.world.Run(w.world.Now(), nil) }

func (w *simWorld) with(name string, act func(*simNode)) error {
	n := w.nodes[name]
	if n == nil {
		return fmt.Errorf("there is no node %q", name)
	}
	act(n)
	return nil
}

func (w *simWorld) fault(f *wire.LinkFault, act func(e link.Effect, from, to string, m *link.Meter) error) error {
	effect, err := wire.FromEffect(f.GetEffect())
	if err != nil {
		return err
	}
	meter := w.meters[f.GetFault()]
	if meter == nil {
		meter = &link.Meter{}
		w.meters[f.GetFault()] = meter
	}
	return act(effect, f.GetLink().GetFrom(), f.GetLink().GetTo(), meter)
}

// prepare makes the component of an incarnation. A configuration that does not fit is the node's failure, as it is in
// live.
func (w *simWorld) prepare(start *wire.Start) {
	n := w.nodes[start.GetNode()]
	var err error
	if n.next, err = w.served.newInstance(start); err != nil {
		n.next = nil
		w.failures = append(w.failures, startFailure(start.GetNode(), w.world.Now(), err))
	}
}

// start begins an incarnation.
func (w *simWorld) start(start *wire.Start) error {
	n := w.nodes[start.GetNode()]
	if n.instance = n.next; n.instance == nil {
		return nil
	}
	n.instance.bind(n.node)
	return n.node.Start(n.instance.run)
}
