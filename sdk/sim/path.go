package sim

import (
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// path is one direction between two nodes. It belongs to the sender.
type path struct {
	from, to *Node
	link     *link.Link
	own      bool    // has a profile of its own
	stalled  []*conn // with segments that a cut holds up, in order of the first
}

// pathTo returns the path from the node to another one, made when it is first needed.
func (n *Node) pathTo(to *Node) *path {
	if p := n.paths[to]; p != nil {
		return p
	}
	p := &path{from: n, to: to, link: link.New(n.world.config.Seed, n.name, to.name)}
	if n != to { // what a node sends to itself does not use the network
		p.link.SetProfile(n.world.profile)
	}
	if n.paths == nil {
		n.paths = map[*Node]*path{}
	}
	n.paths[to] = p
	n.world.paths = append(n.world.paths, p)
	return p
}

// send makes something happen at the other end of the path.
func (p *path) send(at time.Duration, what action) {
	w := p.from.world
	w.queue.push(step{
		at: max(at, later(w.now, Floor)), dst: p.to.rank, src: p.from.rank, seq: p.from.nextSeq(), what: what,
	})
}

// route is what a node knows of an address it sends to.
type route struct {
	path *path
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
	r := route{n.pathTo(to), port}
	if n.routes == nil || len(n.routes) >= maxRoutes {
		n.routes = map[value.Addr]route{}
	}
	n.routes[addr] = r
	return r, nil
}

func (w *World) path(from, to string) (*path, error) {
	a, b := w.nodes[from], w.nodes[to]
	switch {
	case a == nil:
		return nil, fmt.Errorf("link %s -> %s: %w: %q", from, to, sdk.ErrNoNode, from)
	case b == nil:
		return nil, fmt.Errorf("link %s -> %s: %w: %q", from, to, sdk.ErrNoNode, to)
	case a == b:
		return nil, fmt.Errorf("link %s -> %s: a node has no link to itself", from, to)
	}
	return a.pathTo(b), nil
}

// SetDefault changes the profile of all links that have none of their own, present and future. It must be valid.
func (w *World) SetDefault(p link.Profile) {
	w.profile = p
	for _, path := range w.paths {
		if !path.own && path.from != path.to {
			path.link.SetProfile(p)
		}
	}
}

// SetProfile gives one direction of a link a valid profile of its own. What is under way keeps its fate. This and the
// following methods return an error if there is no such link: an unknown node, or one and the same.
func (w *World) SetProfile(from, to string, p link.Profile) error {
	path, err := w.path(from, to)
	if err != nil {
		return err
	}
	path.own = true
	path.link.SetProfile(p)
	return nil
}

// Lay lays an effect on one direction of a link, until a Lift with the same meter, which counts what is sent meanwhile.
// Effects add up. What is under way still arrives.
func (w *World) Lay(e link.Effect, from, to string, m *link.Meter) error {
	path, err := w.path(from, to)
	if err != nil {
		return err
	}
	path.note(noteLay, e)
	path.link.Lay(e, m)
	return nil
}

// note adds a fault of the path to the digest. To watch is none.
func (p *path) note(what uint64, e link.Effect) {
	if e != link.Watch {
		p.from.note(what, p.to.rank, uint64(e-link.Cut))
	}
}

// Lift takes back what was laid with this meter. Once no cut is left, stalled streams go on.
func (w *World) Lift(e link.Effect, from, to string, m *link.Meter) error {
	path, err := w.path(from, to)
	if err != nil {
		return err
	}
	path.note(noteLift, e)
	path.link.Lift(e, m)
	if path.link.Has(link.Cut) {
		return nil
	}
	stalled := path.stalled
	path.stalled = nil
	for _, c := range stalled {
		c.proceed()
	}
	return nil
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
		if c.out.to != other || c.peer == nil {
			continue
		}
		count++
		c.abort(sdk.ErrReset)
		c.peer.receiveReset()        // to a dial whose answer is still under way that is a refusal
		if e != nil && e.on == nil { // the next one was the other end, of a connection of the node with itself
			e = n.inc.conns.first
		}
	}
	return count
}
