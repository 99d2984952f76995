package network

import (
	"cmp"
	"slices"
	"time"
)

// Connection is what one end of an open TCP connection knows of the direction in which it sends.
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
