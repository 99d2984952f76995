package network

import (
	"cmp"
	"slices"
	"time"
)

// Connection is what one end of a TCP connection that is not over knows of the direction in which it sends.
type Connection struct {
	Src, Dst    string        // the nodes: Src sends
	Port        int           // at which the connection was accepted
	Dialled     bool          // Src has dialled it
	Modelled    bool          // false for a live connection over ideal links, which bypasses the model: the rest is 0 then
	Cwnd        int           // congestion window, in segments
	RTT         time.Duration // smoothed round trip
	Retransmits int           // segments sent again so far
	Acked       int64         // bytes acknowledged so far
	Waiting     int64         // bytes written and not acknowledged
	Unread      int64         // bytes that have arrived in order at Dst and wait to be read
}

// Between reports whether the connection is one of a node with another, whichever of them sends. An empty name stands for
// any node.
func (c Connection) Between(a, b string) bool {
	is := func(name, node string) bool { return name == "" || name == node }
	return is(a, c.Src) && is(b, c.Dst) || is(a, c.Dst) && is(b, c.Src)
}

// SortConnections puts a list in order of source, destination and port. Those that have these in common keep their order.
func SortConnections(list []Connection) {
	slices.SortStableFunc(list, func(c, d Connection) int {
		return cmp.Or(cmp.Compare(c.Src, d.Src), cmp.Compare(c.Dst, d.Dst), cmp.Compare(c.Port, d.Port))
	})
}

// over reports whether nothing is left to happen at an end: its FIN is acknowledged and the other's has come, or it is dead.
func (e *End) over() bool { return e.state != open || e.sender.Done() && e.receiver.Finished() }

// add notes an end that opens.
func (h *Host) add(e *End) {
	if len(h.ends) == cap(h.ends) {
		h.ends = slices.DeleteFunc(h.ends, (*End).over)
		h.ends = slices.Grow(h.ends, len(h.ends)+1)
	}
	h.ends = append(h.ends, e)
}

// Ends are the ends of connections of one host with another that are open or not over yet, of each host in the order in
// which they have opened. An empty name stands for any host. As in what Linux lists, an end is there until its FIN is
// acknowledged and the other's has come, though its socket may be closed: TIME-WAIT does not count.
func (n *Network) Ends(a, b string) (list []*End) {
	for _, h := range n.hosts {
		for _, e := range h.ends {
			if !e.over() && e.Connection().Between(a, b) {
				list = append(list, e)
			}
		}
	}
	return list
}
