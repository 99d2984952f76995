package network

import (
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Datagram is what a path carries for its owner.
type Datagram interface {
	// Decided tells once how many copies will arrive, 0 to 2.
	Decided(copies int)
	// Arrive is called for each copy. flip is the index of a bit that is turned over on the way, -1 for none.
	Arrive(flip int)
}

// Send sends a datagram from a port to one of the path's host. The network reads data before Send returns, and no longer.
func (p *Path) Send(source, port int, data []byte, d Datagram) {
	it := p.network.newItem(sent)
	it.datagram, it.size = d, int32(len(data))
	it.key = p.network.occurrence(p.key ^ datagramKey(port, data))
	if p.network.config.Told != nil {
		r := p.record(it)
		r.Source, r.Port, r.Head = source, port, append(r.Head, data[:min(len(data), MaxHead)]...)
	}
	p.send(it)
}

// kind is what an item is.
type kind uint8

const (
	sent    kind = iota // a datagram
	segment             // bytes of a stream, its FIN, a probe; perhaps with an acknowledgement
	ack
	syn
	synAck
	reset // of a connection, or the refusal of a dial
)

// item is what travels on a path.
type item struct {
	kind   kind
	flip   int32 // of a datagram: the bit to turn over
	size   int32 // bytes of payload
	path   *Path
	number uint64        // among what the path was sent
	key    uint64        // of its fate
	since  time.Duration // when it came into the queue; then when it arrives
	record *Packet       // until its fate is known, and if somebody wants to know
	told   uint64        // the number of that
	seq    uint64        // of its arrival
	behind *item         // the next to arrive on the path, not before this one

	datagram Datagram
	to       *End // of all others
	attempt  uint64
	segment  tcp.Segment
	ack      tcp.Ack
	acks     bool // a segment has an acknowledgement with it; an ack is one of a handshake, which always makes a step
}

func (n *Network) newItem(k kind) *item {
	last := len(n.free) - 1
	if last < 0 {
		return &item{kind: k}
	}
	it := n.free[last]
	n.free = n.free[:last]
	it.kind = k
	return it
}

// maxFree is how many items, and how many records, a network keeps for reuse.
const maxFree = 4096

func (it *item) release() {
	n := it.path.network
	if len(n.free) < maxFree {
		*it = item{}
		n.free = append(n.free, it)
	}
}

// lost ends the way of an item that does not arrive.
func (it *item) lost(why link.Drop) {
	if it.datagram != nil {
		it.datagram.Decided(0)
	}
	it.tell(why)
	it.release()
}

// scatter sends the copies of a datagram on the wire.
func (it *item) scatter(f *link.Fate) {
	if f.Copies == 0 {
		it.lost(f.Why)
		return
	}
	it.datagram.Decided(f.Copies)
	n := it.path.network
	soonest := link.Later(n.now, n.config.Floor)
	f.At[0], f.At[1] = max(f.At[0], soonest), max(f.At[1], soonest)
	it.flip = int32(f.FlipBit)
	it.tell(link.NotDropped, f.At[:f.Copies]...)
	if f.Copies == 2 {
		twin := n.newItem(sent)
		*twin = *it
		twin.travel(f.At[1])
	}
	it.travel(f.At[0])
}

// travel lets the item arrive at the instant. If it does not overtake the one that has left before, it waits behind that: of
// those that arrive in order only the first is among the events.
func (it *item) travel(at time.Duration) {
	p := it.path
	it.since, it.seq = at, p.From.NextSeq()
	before := p.last
	p.last = it
	if before != nil && before.since <= at {
		before.behind = it
		return
	}
	p.network.events.push(it.arrival())
}

// arrival is the item as an event.
func (it *item) arrival() event {
	return event{Order{it.since, it.path.To.rank, it.path.From.rank, it.seq}, it}
}

// happen is the arrival.
func (it *item) happen() {
	p := it.path
	p.network.Cause = value.Cause{Of: it.told}
	if p.last == it {
		p.last = nil
	}
	if it.datagram != nil {
		d, flip := it.datagram, int(it.flip)
		it.release()
		d.Arrive(flip)
		return
	}
	if from := it.to.peer; from.last == it {
		from.last = nil
	}
	it.to.arrive(it)
	it.release()
}
