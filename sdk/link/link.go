// Package link is the arithmetic of one direction of a link: when does what was sent arrive, how often, or not at all.
// It has no clock and does no input or output: time goes in as an argument and comes out as a result. Both engines call
// it, which is why a link behaves alike in virtual time and on real sockets.
//
// A datagram meets, in this order: the MTU, a cut, the queue, the line (one byte after the other at the link's rate),
// loss, and the delay. What is lost on the way has used the line all the same, so loss does not shift what is not lost.
// Delays are drawn for each datagram by itself, so with jitter a later one may arrive first, as in netem; a stream
// stays in order. Sizes are payload: no headers are added, acknowledgements cost nothing.
package link

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"
)

// Link is one direction between two nodes, shared by every port and protocol. Its state belongs to the sender's side.
// All instants are durations since the run began and must not decrease from call to call. A Link is not safe for
// concurrent use.
type Link struct {
	profile Profile
	random  *rand.PCG
	line    capacity
	laid    []laid
	has     [Effects]int // how often each is laid
	bursts  Bursts

	// Derived from the profile.
	rto        time.Duration // first retransmission timeout of a stream
	logArrives float64       // log(1 - Loss)
	logLost    float64       // log(Loss)
}

// Effect is what a fault does to a link on which it is laid. Both engines, and the wire between them, know faults of
// links by these alone.
type Effect uint8

// The effects.
const (
	Watch   Effect = iota // changes nothing: its meter counts what is sent
	Cut                   // swallows datagrams and stalls streams
	Refuse                // swallows datagrams; whoever carries dials refuses them, of both directions
	Effects               // how many there are
)

// Valid reports whether there is such an effect.
func (e Effect) Valid() bool { return e < Effects }

// String says what a link is on which the effect is laid.
func (e Effect) String() string {
	return [Effects]string{Watch: "watched", Cut: "cut", Refuse: "refused"}[e]
}

// laid is an effect of one fault.
type laid struct {
	effect Effect
	meter  *Meter
}

// Meter counts the datagrams and stream pieces that a fault has met.
type Meter struct{ count atomic.Int64 }

// Count returns how many it were so far. It may be called at any time.
func (m *Meter) Count() int64 { return m.count.Load() }

// New returns an ideal link whose random stream depends only on the run's seed and the two names.
func New(seed uint64, from, to string) *Link {
	name := "link:" + from + ">" + to
	l := &Link{random: Source(seed, name), bursts: NewBursts(Hash(seed, "bursts of "+name))}
	l.SetProfile(Profile{})
	return l
}

// SetProfile changes how the link treats what is sent from now on; what is under way keeps its fate. The profile must
// be valid.
func (l *Link) SetProfile(p Profile) {
	l.profile = p
	l.rto = max(minRTO, 2*min(p.Latency.Mean(), maxRTO))
	l.logArrives = math.Log1p(-p.Loss)
	l.logLost = math.Log(p.Loss)
}

// Profile returns the profile in force.
func (l *Link) Profile() Profile { return l.profile }

// Lay lays an effect on the link, whose meter counts everything sent from now on. Effects add up: each is lifted with
// its own meter.
func (l *Link) Lay(e Effect, m *Meter) {
	l.laid = append(l.laid, laid{e, m})
	l.has[e]++
}

// Lift takes back what was laid with this meter.
func (l *Link) Lift(e Effect, m *Meter) {
	if i := slices.Index(l.laid, laid{e, m}); i >= 0 {
		l.laid = slices.Delete(l.laid, i, i+1)
		l.has[e]--
	}
}

// Has reports whether at least one fault has this effect on the link.
func (l *Link) Has(e Effect) bool { return l.has[e] > 0 }

// count notes one send on every meter that watches. A nil meter counts nothing.
func (l *Link) count() {
	for _, on := range l.laid {
		on.meter.add()
	}
}

func (m *Meter) add() {
	if m != nil {
		m.count.Add(1)
	}
}

// Packet decides the fate of a datagram of size bytes sent at now.
func (l *Link) Packet(now time.Duration, size int) Fate {
	d := dice(l.random.Uint64())
	l.count()
	p := &l.profile
	switch {
	case p.MTU > 0 && int64(size) > p.MTU:
		return Fate{FlipBit: -1, Why: DropMTU}
	case l.Has(Cut) || l.Has(Refuse):
		return Fate{FlipBit: -1, Why: DropCut}
	case p.QueueLimit() > 0 && l.line.waiting(now, p.Rate)+int64(size) > p.QueueLimit():
		return Fate{FlipBit: -1, Why: DropQueue}
	}
	left := l.line.depart(now, size, p.Rate)
	bad := p.Burst != Burst{} && l.bursts.Bad(p.Burst, left)
	return p.Datagram(uint64(d), left, size, bad)
}
