package relay

import (
	"net"
	"syscall"

	"github.com/netlab-dev/netlab/sdk/network"
)

// end is our socket towards one of the two nodes of a connection, and the network's end that stands for the node. All but
// the socket is guarded by the schedule's lock.
type end struct {
	conn    *conn
	node    *node
	tcp     *net.TCPConn // nil until there is one
	raw     syscall.RawConn
	wire    *network.End // nil until there is one
	out, in *pipe        // what the node sends and receives
	gone    bool         // reset by the other end
	dead    bool         // nothing passes the socket any more
	closed  bool         // it was reset
}

var (
	_ network.Socket   = (*end)(nil)
	_ network.Recorded = (*end)(nil)
)

// Source is the port that the acceptor sees, once we have connected to it.
func (e *end) Source() int { return e.conn.source }

// Peek copies what the node has sent, unless it was passed on.
func (e *end) Peek(b []byte, offset uint64) int { return e.out.peek(b, offset) }

func (e *end) attach(tcp *net.TCPConn) (err error) {
	e.tcp = tcp
	e.raw, err = tcp.SyscallConn()
	return err
}

// Connected ends a dial, and lets the node's bytes in.
func (e *end) Connected() {
	if e.wire.Dialer {
		e.conn.answer(replyConnected)
	}
	if e.out.ended { // before the answer to the SYN was acknowledged
		e.wire.CloseWrite()
	}
	e.out.admit()
}

// Refused ends a dial.
func (e *end) Refused() { e.conn.answer(replyRefused) }

// Readable asks for what has arrived to be written.
func (e *end) Readable() { e.in.wake() }

// Writable lets the node's bytes in again.
func (e *end) Writable() { e.out.admit() }

// Gone resets the node's connection, behind what has arrived before, unless the node's kernel does not take that.
func (e *end) Gone() {
	if e.gone = true; !e.in.writing || e.in.stuck {
		e.shut()
	}
}

// die ends the connection for a node that has reset it, has crashed or takes nothing more. The reset travels.
func (e *end) die() {
	e.fail()
	e.conn.network.schedule.work()
}

// fail is die for a task.
func (e *end) fail() {
	s := e.conn.network.schedule
	s.enter()
	defer s.leave()
	e.abort()
}

// abort is die for who holds the lock.
func (e *end) abort() {
	if e.dead {
		return
	}
	e.shut()
	if e.wire != nil {
		e.wire.Abort()
	}
}

// shut resets the socket, so that the node's kernel sees RST. That of a dial under way is left to who answers it.
func (e *end) shut() {
	if e.dead {
		return
	}
	e.dead = true
	e.in.drop()
	e.out.admit()
	if e == &e.conn.a {
		e.conn.answer(replyRefused)
	}
	if e.conn.opened {
		e.conn.network.schedule.tasks.Push((*reset)(e))
	}
}

// reset is an end as a task.
type reset end

func (r *reset) run() {
	_ = r.tcp.SetLinger(0) // which makes Close a reset
	r.tcp.Close()
	s := r.conn.network.schedule
	s.enter()
	defer s.leave()
	if r.closed = true; r.conn.a.closed && r.conn.b.closed {
		r.conn.end(WasReset)
	}
}
