package network

import (
	"slices"
	"sort"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Packet is one thing that was sent into a path, and what has become of it.
type Packet struct {
	Number   uint64      // see Network.Number
	Cause    value.Cause // see Network.Cause
	Kind     string      // one of Kinds
	From, To string
	Port     int    // of the datagram's socket, or of the acceptor
	Source   int    // the port that has sent a datagram, or has dialled; 0 is unknown
	Conn     uint64 // tells connections apart, from 1; 0 for a datagram
	Back     bool   // from the acceptor to the dialler
	Offset   uint64 // of data: its first byte in the stream
	Ack      uint64 // of data and acknowledgements: how many bytes are acknowledged; 0 if none are
	Window   uint64 // beside Ack: the right edge of the receiver's window, as in tcp.Ack; 0 if none is told
	Fin      bool
	Again    int // how often it was sent before; 0 of a probe of a shut window
	Size     int // bytes of payload
	// Head is the first bytes of the payload, at most MaxHead; of a segment those that its socket still has. Whoever is told of
	// the packet must not keep them.
	Head    []byte
	Sent    time.Duration
	Left    time.Duration // when it had gone through the queue and over the line, or was lost before that
	Copies  int           // that arrive: 0, 1 or 2
	Arrives [2]time.Duration
	Why     link.Drop // of what does not arrive
}

// Kinds are those of packets. Data is bytes of a stream, its FIN or a probe; perhaps with an acknowledgement. A reset ends a
// connection or refuses a dial.
var Kinds = [...]string{sent: "datagram", segment: "data", ack: "ack", syn: "syn", synAck: "syn-ack", reset: "reset"}

// MaxHead bounds Packet.Head, in bytes.
const MaxHead = 256

// Number counts what happens, for whoever records it: packets by themselves, other things when their owner asks.
func (n *Network) Number() uint64 {
	n.numbers++
	return n.numbers
}

// record begins to note what is sent into a path.
func (p *Path) record(it *item) *Packet {
	n := p.network
	r := n.newRecord()
	*r = Packet{
		Number: n.Number(), Cause: n.Cause, Kind: Kinds[it.kind], From: p.From.name, To: p.To.name,
		Size: int(it.size), Sent: n.now, Head: r.Head[:0],
	}
	it.told, it.record = r.Number, r
	return r
}

// send sends something of a connection.
func (e *End) send(it *item) {
	if e.network.config.Told != nil {
		r := e.out.record(it)
		r.Source, r.Port, r.Conn, r.Back, r.Again = e.source(), e.Port, e.conn, !e.Dialer, int(it.attempt)
		if it.kind == segment {
			r.Offset, r.Fin = it.segment.Offset, it.segment.Fin
			r.Head = e.peek(r.Head, r.Offset, r.Size)
			if it.segment.End() > it.segment.Offset { // a probe's attempts count nothing
				r.Again = int(it.segment.Attempt)
				if before := e.carries(r.Offset, r.Number); before > 0 && r.Cause.Timer {
					r.Cause.Of = before
				}
			}
		}
		if it.kind == ack || it.acks {
			r.Ack, r.Window = it.ack.Ack, it.ack.Window
		}
		if it.kind != ack && it.kind != reset {
			e.spoke = r.Number
		}
	}
	e.out.send(it)
}

// carrier is the latest packet that has carried the segment at an offset.
type carrier struct{ offset, number uint64 }

// carries notes which packet carries the segment at an offset, and returns which has carried it before: 0 is none.
func (e *End) carries(offset, number uint64) (before uint64) {
	e.rest()
	list := &e.carried
	i := sort.Search(list.Len(), func(i int) bool { return list.At(i).offset >= offset })
	if i == list.Len() {
		list.Push(carrier{offset, number})
		return 0
	}
	before, list.At(i).number = list.At(i).number, number
	return before
}

// rest forgets the packets that are acknowledged. If nobody records packets, there are none.
func (e *End) rest() {
	if e.carried.Len() == 0 {
		return
	}
	for e.carried.Len() > 0 && e.carried.At(0).offset < uint64(e.sender.Acked()) {
		e.carried.Pop()
	}
	if e.carried.Len() == 0 {
		e.carried.Trim(maxIdle)
	}
}

// awaited is the packet that the timers of the sender run from: the latest that is not acknowledged. While nothing is under
// way, the acknowledgement that has shut the window.
func (e *End) awaited() uint64 {
	if e.rest(); e.state == open && e.carried.Len() == 0 {
		return e.heard
	}
	return e.spoke
}

// Recorded is a socket that knows what records want of its connection, and the network does not.
type Recorded interface {
	// Source is the port from which it has dialled; 0 is not yet.
	Source() int
	// Peek copies what was written at an offset of the stream, as far as the socket still has it. It returns how many bytes.
	Peek(b []byte, offset uint64) int
}

// peek is the first bytes of a segment, in the memory of b.
func (e *End) peek(b []byte, offset uint64, size int) []byte {
	s, ok := e.socket.(Recorded)
	if !ok || size == 0 {
		return b
	}
	b = slices.Grow(b, MaxHead)[:min(size, MaxHead)]
	return b[:s.Peek(b, offset)]
}

// source is the port from which the connection was dialled, for records.
func (e *End) source() int {
	dialler := e
	if !e.Dialer {
		dialler = e.peer
	}
	if s, ok := dialler.socket.(Recorded); ok && dialler.from == 0 {
		dialler.from = s.Source() // for good: a socket that has closed gives its port back
	}
	return dialler.from
}

// tell tells what becomes of the item.
func (it *item) tell(why link.Drop, arrives ...time.Duration) {
	if it.record != nil {
		it.path.network.tell(it, why, arrives)
	}
}

func (n *Network) tell(it *item, why link.Drop, arrives []time.Duration) {
	r := it.record
	it.record = nil
	r.Left, r.Why, r.Copies = n.now, why, copy(r.Arrives[:], arrives)
	n.config.Told(r)
	if len(n.records) < maxFree {
		n.records = append(n.records, r)
	}
}

func (n *Network) newRecord() *Packet {
	last := len(n.records) - 1
	if last < 0 {
		return new(Packet)
	}
	r := n.records[last]
	n.records = n.records[:last]
	return r
}
