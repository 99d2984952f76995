package sim

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/ring"
	"github.com/netlab-dev/netlab/sdk/value"
)

// receiveBuffer is how many bytes of datagrams wait at a socket to be read; more are dropped. Each counts with
// packetOverhead more, as empty ones take room, too.
const (
	receiveBuffer  = 4 << 20
	packetOverhead = 64
)

// maxSpare is how many bytes of datagrams a world keeps for reuse.
const maxSpare = 1 << 20

// socket is a UDP socket.
type socket struct {
	node   *Node
	inc    *incarnation
	port   int
	local  net.Addr
	queue  ring.Ring[*packet]
	size   int     // bytes in queue
	lent   *packet // see ReadPacket
	read   side
	write  time.Duration // deadline
	closed bool
}

// packet is a datagram under way.
type packet struct {
	to     *Node
	port   int
	rank   uint64      // of the sender
	from   net.Addr    // its socket
	copies int         // that have yet to arrive
	cause  value.Cause // its arrival
	data   []byte
}

// ListenPacket opens a UDP socket.
func (n *Node) ListenPacket(port int) (net.PacketConn, error) {
	if n.stopped() {
		return nil, sdk.ErrStopped
	}
	err := badPort(port)
	if err == nil {
		port, err = n.inc.udp.claim(port)
	}
	if err != nil {
		return nil, socketError("listen", "udp", nil, value.MakeAddr(n.name, port), err)
	}
	s := &socket{node: n, inc: n.inc, port: port, local: value.MakeAddr(n.name, port), read: openSide(), write: never}
	if n.inc.sockets == nil {
		n.inc.sockets = map[int]*socket{}
	}
	n.inc.sockets[port] = s
	return s, nil
}

func (s *socket) fail(op string, addr net.Addr, err error) error {
	return socketError(op, "udp", s.local, addr, err)
}

// ReadFrom receives one datagram; what does not fit into b is lost.
func (s *socket) ReadFrom(b []byte) (int, net.Addr, error) {
	p, err := s.receive()
	if err != nil {
		return 0, nil, err
	}
	count, from := copy(b, p.data), p.from
	s.node.world.freePacket(p)
	return count, from, nil
}

// ReadPacket receives one datagram and lends its bytes, until the next ReadPacket. It spares whoever reads datagrams of
// any size a buffer for the largest; package sdk looks for it.
func (s *socket) ReadPacket() ([]byte, net.Addr, error) {
	if s.lent != nil {
		s.node.world.freePacket(s.lent)
		s.lent = nil
	}
	p, err := s.receive()
	if err != nil {
		return nil, nil, err
	}
	s.lent = p
	return p.data, p.from, nil
}

// receive takes the next datagram off the queue. The caller frees it.
func (s *socket) receive() (*packet, error) {
	t, err := s.node.enter()
	for first := true; err == nil; first = false {
		switch {
		case s.inc.dead:
			err = sdk.ErrStopped
		case s.closed:
			err = sdk.ErrClosed
		case first && s.read.expired(s.node): // later on, what has come during a pause counts
			err = sdk.ErrTimeout
		case s.queue.Len() > 0:
			p := s.queue.Pop()
			s.node.world.Because(p.cause)
			s.size -= len(p.data) + packetOverhead
			return p, nil
		case s.read.wait(t, never, "receive on", s.local) && s.queue.Len() == 0:
			err = sdk.ErrTimeout
		}
	}
	return nil, s.fail("read", nil, err)
}

// WriteTo sends one datagram. It does not wait: what the link cannot take is lost.
func (s *socket) WriteTo(b []byte, addr net.Addr) (int, error) {
	var r route
	err := s.check()
	if err == nil && s.write < s.node.world.now {
		err = sdk.ErrTimeout
	}
	if err == nil {
		r, err = s.destination(addr)
	}
	if err == nil && len(b) > sdk.MaxDatagram {
		err = fmt.Errorf("%w: %d bytes, at most %d", sdk.ErrTooLarge, len(b), sdk.MaxDatagram)
	}
	if err != nil {
		return 0, s.fail("write", addr, err)
	}
	w := s.node.world
	if w.config.Sent != nil {
		w.config.Sent(s.node, r.to.name, b)
	}
	p := w.newPacket()
	p.to, p.port, p.rank, p.from = r.to, r.port, s.node.rank, s.local
	p.data = append(p.data[:0], b...)
	r.path.Send(s.port, r.port, b, p)
	return len(b), nil
}

func (s *socket) destination(addr net.Addr) (route, error) {
	switch a := addr.(type) {
	case nil:
		return route{}, errors.New("no destination")
	case value.Addr:
		return s.node.routeTo(a)
	}
	return s.node.routeTo(value.Addr(addr.String()))
}

// Decided frees a datagram that the network has lost.
func (p *packet) Decided(copies int) {
	if p.copies = copies; copies == 0 {
		p.to.world.freePacket(p)
	}
}

// Arrive is the arrival of a copy.
func (p *packet) Arrive(flip int) {
	w := p.to.world
	if p.copies--; p.copies > 0 {
		copied := w.newPacket()
		data := append(copied.data[:0], p.data...)
		*copied = *p
		copied.data = data
		p = copied
	}
	if flip >= 0 {
		p.data[flip/8] ^= 1 << (flip % 8)
	}
	p.deliver()
}

// deliver hands the datagram to its socket.
func (p *packet) deliver() {
	n := p.to
	n.note(noteDatagram, p.rank, xxhash.Sum64(p.data))
	if n.inc != nil && !n.inc.dead {
		s := n.inc.sockets[p.port]
		if s != nil && s.size+len(p.data)+packetOverhead <= receiveBuffer {
			s.size += len(p.data) + packetOverhead
			p.cause = n.world.network.Cause
			s.queue.Push(p)
			wakeFirst(&s.read.waiting)
			return
		}
	}
	n.undelivered(p)
	n.world.freePacket(p)
}

// undelivered adds to the trace that nobody receives what has arrived: the node is down, the port closed or the buffer full.
func (n *Node) undelivered(p *packet) {
	w := n.world
	if !w.config.Conns {
		return
	}
	from, _ := p.from.(value.Addr)
	w.events = append(w.events, value.Event{
		At: w.now, Node: n.name, Class: value.ClassLoss, Name: "undelivered", Fields: value.Undelivered(from, p.port, len(p.data)),
		Number: w.network.Number(), Cause: w.network.Cause,
	})
}

// packet tells what has become of a packet, and adds a datagram that is lost to the trace.
func (w *World) packet(p *network.Packet) {
	if p.Copies == 0 && p.Conn == 0 {
		w.events = append(w.events, value.Event{
			At: w.now, Node: p.From, Class: value.ClassLoss, Name: "lost", Fields: value.Loss(p.To, p.Size, p.Why),
		})
	}
	if w.config.Packet != nil {
		w.config.Packet(p)
	}
}

func (w *World) newPacket() *packet {
	if last := len(w.packets) - 1; last >= 0 {
		p := w.packets[last]
		w.packets = w.packets[:last]
		w.spare -= cap(p.data) + packetOverhead
		return p
	}
	return new(packet)
}

func (w *World) freePacket(p *packet) {
	if size := cap(p.data) + packetOverhead; w.spare+size <= maxSpare {
		w.spare += size
		w.packets = append(w.packets, p)
	}
}

func (s *socket) check() error {
	switch {
	case s.node.stopped() || s.inc.dead:
		return sdk.ErrStopped
	case s.closed:
		return sdk.ErrClosed
	}
	return nil
}

func (s *socket) Close() error {
	if err := s.check(); err != nil {
		return s.fail("close", nil, err)
	}
	s.closed = true
	s.queue.Clear()
	delete(s.inc.sockets, s.port)
	s.inc.udp.release(s.port)
	wakeAll(&s.read.waiting)
	return nil
}

func (s *socket) LocalAddr() net.Addr { return s.local }

func (s *socket) SetDeadline(t time.Time) error {
	if err := s.SetReadDeadline(t); err != nil {
		return err
	}
	return s.SetWriteDeadline(t)
}

func (s *socket) SetReadDeadline(t time.Time) error {
	if err := s.check(); err != nil {
		return s.fail("set", nil, err)
	}
	s.read.set(s.node, t)
	return nil
}

func (s *socket) SetWriteDeadline(t time.Time) error {
	if err := s.check(); err != nil {
		return s.fail("set", nil, err)
	}
	s.write = s.node.instant(t)
	return nil
}
