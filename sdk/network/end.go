package network

import (
	"time"

	"github.com/netlab-dev/netlab/sdk/ring"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

// Socket is told what happens to an end of a connection. It may call the end.
type Socket interface {
	// Connected says that the connection is open: that a dial was answered, or that the answer has reached the dialler.
	Connected()
	// Refused says that a dial was refused.
	Refused()
	// Readable says that more bytes, or their end, have arrived in order.
	Readable()
	// Writable says that there is room again, after Room has said that there is none.
	Writable()
	// Gone says that the connection is over: the other end has reset it, or it has given up.
	Gone()
}

// state is how far an end has come.
type state uint8

const (
	unborn  state = iota // no SYN has come
	asked                // a SYN has come, and the host has yet to answer it
	dialing              // has sent a SYN
	half                 // has answered a SYN
	open
	dead // reset or refused: it answers what comes by a reset
)

// End is one end of a TCP connection, which belongs to its host. The network carries counts of bytes: the bytes themselves
// are kept by the sockets, in order, from Write at one end to Read at the other.
type End struct {
	Host   *Host
	Port   int  // at which the connection is accepted
	Dialer bool // has dialled

	network *Network
	socket  Socket
	out     *Path
	peer    *End
	seed    uint64 // of its keys
	state   state
	ended   bool // Close: what still comes to be read is answered by a reset

	sender   tcp.Sender
	receiver tcp.Receiver
	acks     ring.Ring[arrival] // under way to this end, in order
	alarm    time.Duration      // for when an event of the end is due
	lacks    bool               // the socket waits for room
	last     *item              // the segment under way that has left last: one that joins on to it at the same instant is added
	lastAt   time.Duration      // when it arrives
	epoch    uint32             // of the path, then
	ackAt    time.Duration      // when the acknowledgement under way that has left last arrives
	ackEpoch uint32             // of its path, then
	acked    uint64             // by the latest acknowledgement sent
	repeated uint64             // how often it was sent

	conn     uint64             // the connection's number, for records
	from     int                // the port of a dialler, for records, once it is known
	spoke    uint64             // the number of the latest packet that wants an answer, for what its timers cause
	heard    uint64             // of the latest acknowledgement
	owed     uint64             // of the segment whose acknowledgement is delayed
	carried  ring.Ring[carrier] // what is not acknowledged yet, by offset, for records
	attempts uint64             // of the handshake so far
	tried    time.Duration      // when the latest was made
	resets   uint64
	seen     uint64 // bytes in order that the socket was told of
	finished bool   // it was told of their end
}

// arrival is an acknowledgement under way.
type arrival struct {
	at    time.Duration
	ack   tcp.Ack
	told  uint64 // the number of its packet
	rides bool   // a segment brings it, whose event takes both
}

// Dial asks for a connection to a port of another host, or of the same. The socket is told how it ends, unless Abort comes
// first; a dial that nobody answers makes no attempt after the seventh, 63 seconds after the first.
func (h *Host) Dial(to *Host, port int, s Socket) *End {
	a := h.pair(to, port, 1, s)
	a.receiver.Open(h.network.now, h.tcp(), a.out.mss(), -1)
	a.state = dialing
	a.knock()
	return a
}

// Join makes a connection that is open without a handshake, for one that the network has not carried so far because its
// paths were ideal: its round trip was nothing. The sockets are those of this host, which has dialled, and of the other.
func (h *Host) Join(to *Host, port int, here, there Socket) *End {
	a := h.pair(to, port, 2, here)
	a.peer.socket = there
	for _, e := range []*End{a, a.peer} {
		e.receiver.Open(h.network.now, e.Host.tcp(), e.out.mss(), -1)
	}
	a.open(0)
	a.peer.open(0)
	return a
}

// pair makes the two ends of a connection. The kind is that of its key: dials and joins are counted apart.
func (h *Host) pair(to *Host, port int, kind uint64, s Socket) *End {
	n, there := h.network, h.Path(to)
	key := n.occurrence(there.key ^ uint64(port)<<16 ^ kind)
	a := &End{Host: h, Port: port, Dialer: true, network: n, socket: s, out: there, seed: key, alarm: Never}
	n.conns++
	a.conn = n.conns
	a.peer = &End{conn: n.conns, Host: to, Port: port, network: n, out: to.Path(h), seed: ^key, alarm: Never, peer: a}
	return a
}

// Socket is what is told of the end.
func (e *End) Socket() Socket { return e.socket }

// Peer is the other end.
func (e *End) Peer() *End { return e.peer }

// Path is the way to the other end.
func (e *End) Path() *Path { return e.out }

// Open reports whether bytes may be sent and received.
func (e *End) Open() bool { return e.state == open }

// Room is how many bytes may be written now. Once it was 0, Writable tells when there is more.
func (e *End) Room() int64 {
	if e.state != open {
		return 0
	}
	if e.drain() {
		e.pump()
	}
	room := e.sender.Room()
	if e.lacks = room <= 0; e.lacks {
		e.arm()
	}
	return max(room, 0)
}

// Write sends n more bytes, at most Room.
func (e *End) Write(n int) {
	e.drain()
	e.sender.Write(n)
	e.pump()
}

// CloseWrite ends the bytes of an open end.
func (e *End) CloseWrite() {
	if e.state == open {
		e.sender.Close()
		e.pump()
	}
}

// Close ends both directions of an open end. What was written still travels; what comes to be read is answered by a reset.
func (e *End) Close() {
	e.ended = true
	e.CloseWrite()
}

// Abort ends the connection at once and tells the other end by a reset. The socket is told nothing more.
func (e *End) Abort() {
	if e.state != dead && e.state != dialing {
		e.reset()
	}
	e.die()
}

// Drop ends the connection at this end only and tells nobody.
func (e *End) Drop() { e.die() }

func (e *End) die() {
	e.state = dead
	e.acks.Clear()
	e.carried.Clear()
	e.lacks = false
}

// Readable is how many bytes have arrived in order and were not read.
func (e *End) Readable() int64 { return e.receiver.Readable() }

// InOrder is how many bytes have arrived in order.
func (e *End) InOrder() uint64 { return e.receiver.InOrder() }

// Finished reports whether the end of the bytes has arrived in order.
func (e *End) Finished() bool { return e.receiver.Finished() }

// Read says that n of the bytes were read.
func (e *End) Read(n int64) {
	e.receiver.Read(e.network.now, n)
	e.acknowledge()
	e.arm()
}

// Connection is what this end knows now.
func (e *End) Connection() Connection {
	e.drain()
	return Connection{
		Src: e.Host.name, Dst: e.peer.Host.name, Port: e.Port, Dialled: e.Dialer, Modelled: true,
		Cwnd: e.sender.Cwnd(), RTT: e.sender.RTT(), Retransmits: e.sender.Retransmits(),
		Acked: e.sender.Acked(), Waiting: e.sender.Unacked(), Unread: e.peer.Readable(),
	}
}
