package relay

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

// SetDefault gives a profile to all links, present and future, that have none of their own.
func (n *Network) SetDefault(p link.Profile) error {
	if err := p.Validate(); err != nil {
		return err
	}
	n.schedule.enter()
	defer n.schedule.carryOut()
	n.model.SetDefault(p)
	n.changed()
	return nil
}

// SetProfile gives the link a profile of its own, for what has not left its queue, also on open connections.
func (n *Network) SetProfile(from, to string, p link.Profile) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("link %s -> %s: %w", from, to, err)
	}
	return n.change(from, to, func(path *network.Path) {
		path.Own = true
		path.SetProfile(p)
	})
}

// AddEffect adds an effect to the link until RemoveEffect with the same meter, which counts what is queued or leaves
// meanwhile. Of a dial and a stream, segments count.
func (n *Network) AddEffect(e link.Effect, from, to string, m *link.Meter) error {
	return n.change(from, to, func(p *network.Path) { p.AddEffect(e, m) })
}

// RemoveEffect takes back one AddEffect.
func (n *Network) RemoveEffect(e link.Effect, from, to string, m *link.Meter) error {
	return n.change(from, to, func(p *network.Path) { p.RemoveEffect(e, m) })
}

func (n *Network) change(from, to string, do func(*network.Path)) error {
	ends := [2]*node{n.named(from), n.named(to)}
	for i, name := range []string{from, to} {
		if ends[i] == nil {
			return fmt.Errorf("link %s -> %s: no node %q", from, to, name)
		}
	}
	n.schedule.enter()
	defer n.schedule.carryOut()
	do(ends[0].host.Path(ends[1].host))
	n.changed()
	return nil
}

// changed makes the network carry the connections whose ways have ceased to be ideal.
func (n *Network) changed() {
	for _, c := range n.aged((*conn).toModel) { // in order, as each gets the key of its place
		c.model()
	}
}

// SetTCP sets the TCP of a node for connections opened from now on, or of all nodes that have none of their own when node
// is empty.
func (n *Network) SetTCP(node string, s tcp.Settings) error {
	if err := s.Validate(); err != nil {
		return fmt.Errorf("tcp of %s: %w", cmp.Or(node, "all nodes"), err)
	}
	var host *network.Host
	if node != "" {
		at := n.named(node)
		if at == nil {
			return fmt.Errorf("tcp of %s: no node %q", node, node)
		}
		host = at.host
	}
	n.schedule.enter()
	defer n.schedule.carryOut()
	n.model.SetTCP(host, s)
	return nil
}

// Connections are those of one node with another that are not over, as each end knows them: by source, destination, port
// and age. An empty name stands for any node. One over ideal links is not Modelled.
func (n *Network) Connections(a, b string) (list []network.Connection) {
	n.askAll(n.openBetween(a, b))
	n.schedule.enter()
	defer n.schedule.carryOut()
	ends := n.model.Ends(a, b)
	slices.SortStableFunc(ends, func(e, f *network.End) int { return cmp.Compare(connOf(e).age, connOf(f).age) })
	for _, e := range ends {
		if connOf(e).opened {
			list = append(list, e.Socket().(*end).out.connection())
		}
	}
	network.SortConnections(list)
	return list
}

func connOf(e *network.End) *conn { return e.Socket().(*end).conn }

// openBetween are the connections of one node with another that were told of, oldest first.
func (n *Network) openBetween(a, b string) []*conn {
	n.schedule.enter()
	defer n.schedule.carryOut()
	return n.aged(func(c *conn) bool { return c.opened && c.between(a, b) })
}

// connection is what the sending end knows.
func (p *pipe) connection() network.Connection {
	c := p.src.wire.Connection()
	if p.mayBypass() {
		return network.Connection{Src: c.Src, Dst: c.Dst, Port: c.Port, Dialled: c.Dialled}
	}
	return c
}

func (c *conn) between(a, b string) bool {
	return network.Connection{Src: c.a.node.name, Dst: c.b.node.name}.Between(a, b)
}

// aged are the connections that are wanted, oldest first.
func (n *Network) aged(wanted func(*conn) bool) (list []*conn) {
	for c := range n.conns {
		if wanted(c) {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(c, d *conn) int { return cmp.Compare(c.age, d.age) })
	return list
}

// Reset ends all streams between two nodes at once: both ends see a reset. It returns how many there were.
func (n *Network) Reset(a, b string) (count int) {
	n.schedule.enter()
	defer n.schedule.carryOut()
	for _, c := range n.aged(func(c *conn) bool { return c.b.wire != nil && !c.over() && c.between(a, b) }) {
		if c.opened {
			count++
		}
		c.cancel()
	}
	return count
}
