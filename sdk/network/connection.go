// Package network is the network between nodes as arithmetic: links, datagrams and TCP connections with an event heap of
// their own. It has no clock and does no input or output, so both engines call it: sim in virtual time, live when its
// alarm rings.
package network

import "time"

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
