package engine

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// startLimit is how long nodes may take until they are ready, and to learn who the others are.
const startLimit = 10 * time.Second

// start brings up nodes beside each other and returns when all are ready. Before the first of them runs, every node
// knows the addresses of all, and what they dial until then waits: in sim, too, all have come to listen before the first
// dial arrives.
func (l *live) start(steps []step) error {
	if err := l.awaitEnds(steps); err != nil {
		return err
	}
	started, err := l.launchAll(steps)
	if err != nil {
		return err
	}
	limit := time.NewTimer(l.startLimit)
	defer limit.Stop()
	if err := l.distribute(limit.C); err != nil {
		return err
	}
	for i, n := range started {
		l.record.step(steps[i], l.Now())
		l.network.Hold(n.name)
		l.begin(n, steps[i].node)
	}
	for _, n := range started {
		if err := l.await(n, n.ready, limit.C, "is not ready"); err != nil {
			return err
		}
	}
	for _, n := range started {
		l.network.Release(n.name)
	}
	return nil
}

// awaitEnds waits until the processes of earlier incarnations are gone. A node that has failed is killed and can be
// restarted before that, and the end of its process would take down the ports and connections of the next incarnation.
func (l *live) awaitEnds(steps []step) error {
	for _, s := range steps {
		if before := l.nodes[s.node.name]; before != nil {
			if err := before.awaitEnd(); err != nil {
				return err
			}
		}
	}
	return nil
}

// launchAll launches the nodes of the steps beside each other. When one fails, the others are nodes of the run, and end with
// it.
func (l *live) launchAll(steps []step) ([]*liveNode, error) {
	launched := make([]*liveNode, len(steps))
	errs := make([]error, len(steps))
	var launching sync.WaitGroup
	for i, s := range steps {
		launching.Go(bug.Guarded(func() { launched[i], errs[i] = l.launch(s.node) }))
	}
	launching.Wait()
	for i, n := range launched {
		if n != nil {
			l.nodes[steps[i].node.name] = n
		}
	}
	return launched, errors.Join(errs...)
}

// begin tells a process to run its node. An error of the send means that the process has ended, which its watch tells.
func (l *live) begin(n *liveNode, as node) {
	start := toStart(as)
	start.Place = &wire.Place{
		Address:   l.places[n.name].address.String(),
		Socks:     l.network.Socks(),
		Password:  l.network.Password(),
		Directory: l.places[n.name].directory,
	}
	start.Clock = l.clockAtStart(n.name)
	_ = n.process.Send(&wire.Command{World: n.world, Of: &wire.Command_Start{Start: start}})
}

// launch starts the process of a node and opens its world there.
func (l *live) launch(n node) (*liveNode, error) {
	plugin := l.plugin(n.kind)
	node := newLiveNode(l, n.name)
	var err error
	if node.process, err = l.host.Start(plugin, host.StartOptions{Name: n.name, Log: node}); err != nil {
		return nil, node.wrap(err)
	}
	node.world = node.process.NewWorld()
	node.detach = node.process.Attach(node.world, node.receive)
	go bug.Guarded(node.watch)()
	open := &wire.Open{Seed: l.options.Seed, Live: true, Logs: l.options.Log != nil, Full: l.options.Full,
		Lanes: l.options.Lanes, Series: l.options.Series}
	_ = node.process.Send(&wire.Command{World: node.world, Of: &wire.Command_Open{Open: open}})
	return node, nil
}

// settle gives the nodes of the run that are new an address and a directory.
func (l *live) settle(steps []step) error {
	for _, s := range steps {
		if _, known := l.places[s.node.name]; known || s.verb != startNode {
			continue
		}
		address, err := l.network.AddNode(s.node.name)
		if err != nil {
			return fmt.Errorf("node %s: %w", s.node.name, err)
		}
		directory := filepath.Join(l.dir, "nodes", s.node.name)
		if err := os.MkdirAll(directory, 0o700); err != nil {
			return err
		}
		l.added = append(l.added, s.node.name)
		l.places[s.node.name] = place{address: address, directory: directory}
	}
	return nil
}

// distribute tells every process that can listen who lives where, and waits until all know.
func (l *live) distribute(limit <-chan time.Time) error {
	roster := &wire.Roster{}
	for _, name := range l.added {
		roster.Entries = append(roster.Entries, &wire.Roster_Entry{
			Node: name, Address: l.places[name].address.String(),
		})
	}
	for _, n := range l.nodes { // also those that are paused: they read it when they go on
		n.told++
		_ = n.process.Send(&wire.Command{World: n.world, Of: &wire.Command_Roster{Roster: roster}})
	}
	for _, n := range l.listening() {
		for taken := int64(0); taken < n.told; {
			select {
			case taken = <-n.rosters:
			case <-n.over:
				taken = n.told
			case <-l.stop.done:
				return l.stop.err
			case <-limit:
				return l.slow(n, "has not taken the roster")
			}
		}
	}
	return nil
}

// listening returns the nodes whose processes read what they are told, in order of name: those neither dead nor paused.
func (l *live) listening() []*liveNode {
	var nodes []*liveNode
	for _, name := range slices.Sorted(maps.Keys(l.nodes)) {
		n := l.nodes[name]
		select {
		case <-n.over:
		default:
			if !n.paused {
				nodes = append(nodes, n)
			}
		}
	}
	return nodes
}

// await waits for a node, or for its end, which is no error: its failure is told in its own way.
func (l *live) await(n *liveNode, done <-chan struct{}, limit <-chan time.Time, what string) error {
	select {
	case <-done:
		return nil
	case <-n.over:
		return nil
	case <-l.stop.done:
		return l.stop.err
	case <-limit:
		return l.slow(n, what)
	}
}

// slow is the error of a node that takes too long.
func (l *live) slow(n *liveNode, what string) error {
	return pluginError("node %s %s within %v; %s", n.name, what, l.startLimit, n.lastPrinted())
}
