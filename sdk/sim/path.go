package sim

import (
	"fmt"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/tcp"
	"github.com/netlab-dev/netlab/sdk/value"
)

// route is what a node knows of an address it sends to.
type route struct {
	to   *Node
	path *network.Path
	port int
}

// maxRoutes bounds what a node remembers.
const maxRoutes = 4096

// routeTo finds the way to "node:port".
func (n *Node) routeTo(addr value.Addr) (route, error) {
	if r, ok := n.routes[addr]; ok {
		return r, nil
	}
	name, port, err := addr.Split()
	if err != nil {
		return route{}, err
	}
	to := n.world.nodes[name]
	if to == nil {
		return route{}, sdk.ErrNoNode
	}
	r := route{to, n.host.Path(to.host), port}
	if n.routes == nil || len(n.routes) >= maxRoutes {
		n.routes = map[value.Addr]route{}
	}
	n.routes[addr] = r
	return r, nil
}

func (w *World) path(from, to string) (*network.Path, error) {
	a, b := w.nodes[from], w.nodes[to]
	switch {
	case a == nil:
		return nil, fmt.Errorf("link %s -> %s: %w: %q", from, to, sdk.ErrNoNode, from)
	case b == nil:
		return nil, fmt.Errorf("link %s -> %s: %w: %q", from, to, sdk.ErrNoNode, to)
	case a == b:
		return nil, fmt.Errorf("link %s -> %s: a node has no link to itself", from, to)
	}
	return a.host.Path(b.host), nil
}

// SetDefault changes the profile of all links that have none of their own, present and future. It must be valid.
func (w *World) SetDefault(p link.Profile) { w.network.SetDefault(p) }

// SetProfile gives one direction of a link a valid profile of its own, for what has not left its queue. This and the
// following methods return an error if there is no such link: an unknown node, or one and the same.
func (w *World) SetProfile(from, to string, p link.Profile) error {
	path, err := w.path(from, to)
	if err != nil {
		return err
	}
	path.Own = true
	path.SetProfile(p)
	return nil
}

// AddEffect adds an effect to one direction of a link, until a RemoveEffect with the same meter, which counts what is queued
// or leaves meanwhile. Effects add up. What is under way still arrives.
func (w *World) AddEffect(e link.Effect, from, to string, m *link.Meter) error {
	path, err := w.path(from, to)
	if err != nil {
		return err
	}
	w.noteFault(noteAddEffect, path, e)
	path.AddEffect(e, m)
	return nil
}

// RemoveEffect takes back what was added with this meter.
func (w *World) RemoveEffect(e link.Effect, from, to string, m *link.Meter) error {
	path, err := w.path(from, to)
	if err != nil {
		return err
	}
	w.noteFault(noteRemoveEffect, path, e)
	path.RemoveEffect(e, m)
	return nil
}

// noteFault adds a fault of a path to the digest. To watch is none.
func (w *World) noteFault(what uint64, p *network.Path, e link.Effect) {
	if e != link.Watch {
		w.nodes[p.From.Name()].note(what, p.To.Rank(), uint64(e-link.Cut))
	}
}

// SetTCP sets the TCP of a node for connections opened from now on, or of all nodes that have none of their own when node
// is empty. The settings must be valid.
func (w *World) SetTCP(node string, s tcp.Settings) error {
	if node == "" {
		w.network.SetTCP(nil, s)
		return nil
	}
	n := w.nodes[node]
	if n == nil {
		return fmt.Errorf("tcp of %s: %w: %q", node, sdk.ErrNoNode, node)
	}
	w.network.SetTCP(n.host, s)
	return nil
}

// Connections are those of one node with another that are not over, as each end knows them: of each node in the order in
// which they have opened. An empty name stands for any node.
func (w *World) Connections(a, b string) (list []network.Connection) {
	for _, e := range w.network.Ends(a, b) {
		list = append(list, e.Connection())
	}
	return list
}

// Reset resets every established connection between two nodes, at both ends at once, and returns how many there were.
func (w *World) Reset(a, b string) int {
	first, second := w.nodes[a], w.nodes[b]
	if first == nil || second == nil {
		return 0
	}
	first.note(noteReset, second.rank, 0)
	second.note(noteReset, first.rank, 0)
	return first.resetWith(second) + second.resetWith(first)
}

// resetWith resets the node's connections with another one, and returns how many there were.
func (n *Node) resetWith(other *Node) (count int) {
	if n.inc == nil {
		return 0
	}
	for e := n.inc.conns.first; e != nil; {
		c := e.value
		e = e.next
		if c.end.Peer().Host != other.host || c.dialing {
			continue
		}
		count++
		peer := c.peer()
		c.end.Drop()
		c.Gone()
		peer.end.Drop()
		peer.gone()                  // to a dial whose answer is still under way that is a refusal
		if e != nil && e.on == nil { // the next one was the other end, of a connection of the node with itself
			e = n.inc.conns.first
		}
	}
	return count
}
