package relay

import (
	"fmt"
	"net/netip"
	"sync"

	"github.com/netlab-dev/netlab/sdk/network"
)

// The protocols of Listening and Closed.
const (
	TCP = "tcp"
	UDP = "udp"
)

// node is one member of the network, over all incarnations of its process.
type node struct {
	name    string
	address netip.Addr
	host    *network.Host

	mu        sync.Mutex
	listeners map[int]netip.AddrPort // TCP: port -> where it really is
	held      chan struct{}          // closed by Release; nil unless Hold was called
}

func (n *node) listener(port int) (real netip.AddrPort, open bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	real, open = n.listeners[port]
	return real, open
}

// dialled answers a dial.
func (n *node) dialled(e *network.End) {
	c := e.Peer().Socket().(*end).conn
	if _, open := n.listener(e.Port); !open {
		e.Refuse()
		return
	}
	c.b.wire = e
	e.Accept(&c.b)
}

func (n *node) listen(port int, real netip.AddrPort) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.listeners[port] = real
}

func (n *node) unlisten(port int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.listeners, port)
}

// AddNode makes a node known and returns the address that its sockets must be bound to.
func (n *Network) AddNode(name string) (netip.Addr, error) {
	n.schedule.enter()
	defer n.schedule.carryOut()
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case name == "" || len(name) > 255:
		return netip.Addr{}, fmt.Errorf("node name of %d bytes, want 1 to 255", len(name))
	case n.byName[name] != nil:
		return netip.Addr{}, fmt.Errorf("node %q exists already", name)
	case len(n.nodes) == maxNodes:
		return netip.Addr{}, fmt.Errorf("node %q: a live run holds at most %d nodes", name, maxNodes)
	}
	added := &node{name: name, address: n.block.node(len(n.nodes)), listeners: map[int]netip.AddrPort{}}
	added.host = n.model.AddHost(name, uint64(len(n.nodes)))
	added.host.Dialled = added.dialled
	n.nodes = append(n.nodes, added)
	n.byName[name] = added
	return added.address, nil
}

// Hold lets the node's dials wait until Release. It is meant for nodes that start together: none of them is refused
// because another one, which is as far as itself, has not come to listen yet.
func (n *Network) Hold(name string) {
	if at := n.named(name); at != nil {
		at.mu.Lock()
		defer at.mu.Unlock()
		if at.held == nil {
			at.held = make(chan struct{})
		}
	}
}

// Release ends Hold.
func (n *Network) Release(name string) {
	if at := n.named(name); at != nil {
		at.mu.Lock()
		defer at.mu.Unlock()
		if at.held != nil {
			close(at.held)
			at.held = nil
		}
	}
}

// hold is closed when the node may dial; nil when it may at once.
func (n *node) hold() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.held
}

// nodeAt returns the node that has this address, nil when none has.
func (n *Network) nodeAt(a netip.Addr) *node {
	number := n.block.numberOf(a)
	n.mu.Lock()
	defer n.mu.Unlock()
	if number < 0 || number >= len(n.nodes) {
		return nil
	}
	return n.nodes[number]
}

func (n *Network) named(name string) *node {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.byName[name]
}

// Listening tells that a node has opened a TCP listener or a UDP socket on its port, and where it really is. From then
// on dials and datagrams to that port arrive there.
func (n *Network) Listening(name, network string, port int, real netip.AddrPort) error {
	at := n.named(name)
	switch {
	case at == nil:
		return fmt.Errorf("listening on %s port %d: no node %q", network, port, name)
	case port < 1 || port > 65535:
		return fmt.Errorf("listening on %s port %d of %s: want 1 to 65535", network, port, name)
	case network == TCP:
		at.listen(port, real)
		return nil
	case network == UDP:
		_, err := n.port(at, uint16(port), real)
		return err
	}
	return fmt.Errorf("listening on network %q of %s, want %q or %q", network, name, TCP, UDP)
}

// Closed tells that a node has closed what it announced by Listening. Open connections go on.
func (n *Network) Closed(name, network string, port int) {
	at := n.named(name)
	if at == nil {
		return
	}
	if network == TCP {
		at.unlisten(port)
		return
	}
	n.mu.Lock()
	f := n.ports[netip.AddrPortFrom(at.address, uint16(port))]
	n.mu.Unlock()
	if f != nil {
		f.retire()
	}
}

// Down tells that a node has crashed. Its connections are reset, and the resets travel their links; its ports are
// closed, so that later dials are refused, until it listens again. To be called before the process is killed: what its
// kernel then sends is part of the crash.
func (n *Network) Down(name string) {
	at := n.named(name)
	if at == nil {
		return
	}
	at.mu.Lock()
	clear(at.listeners)
	at.mu.Unlock()
	n.mu.Lock()
	var ports []*udpPort
	for key, f := range n.ports {
		if key.Addr() == at.address {
			ports = append(ports, f)
		}
	}
	n.mu.Unlock()
	for _, f := range ports {
		f.retire()
	}
	n.schedule.enter()
	defer n.schedule.carryOut()
	for _, c := range n.aged(func(c *conn) bool { return c.a.node == at || c.b.node == at }) {
		for _, e := range []*end{&c.a, &c.b} {
			if e.node == at && e.wire != nil {
				e.abort()
			}
		}
	}
}
