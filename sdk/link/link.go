// Package link is the arithmetic of one direction of a link: what a profile is, and what it does to something that is sent:
// whether it is lost, how long it takes, how often it arrives. It has no clock, no state and does no input or output.
// Package network, which both engines run, puts queues and lines before it.
//
// A fate is a function of the profile and of a key, which belongs to what is sent and to nothing else: so what happens to
// one thing moves the fate of no other. Delays are drawn for each datagram by itself: with jitter a later one may arrive
// first, as in netem. Sizes are payload: no headers are added.
package link

import "sync/atomic"

// Effect is what a fault does to a link. Both engines, and the wire between them, know faults of links by these alone.
type Effect uint8

// The effects.
const (
	Watch   Effect = iota // changes nothing: its meter counts what is sent
	Cut                   // swallows what leaves the queue
	Refuse                // swallows datagrams; whoever carries dials refuses them, of both directions
	Effects               // how many there are
)

// Valid reports whether there is such an effect.
func (e Effect) Valid() bool { return e < Effects }

// String says what a link with the effect is.
func (e Effect) String() string {
	return [Effects]string{Watch: "watched", Cut: "cut", Refuse: "refused"}[e]
}

// Meter counts the datagrams and segments that a fault has met.
type Meter struct{ count atomic.Int64 }

// Count returns how many it were so far. It may be called at any time.
func (m *Meter) Count() int64 { return m.count.Load() }

// Add counts one. A nil meter counts nothing.
func (m *Meter) Add() {
	if m != nil {
		m.count.Add(1)
	}
}
