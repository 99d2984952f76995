package sim

import (
	"io"
	"net"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/value"
)

// conn is one end of a TCP connection. It belongs to its node.
type conn struct {
	node          *Node
	inc           *incarnation
	open          element[*conn] // on its incarnation's list, while a crash would reset it
	local, remote net.Addr       // of type value.Addr
	port          int            // to be given back, 0 for none
	end           *network.End
	listener      *listener // that it has come to; nil for one that was dialled
	dialing       bool
	half          bool  // at the acceptor, the handshake is not over
	err           error // why it can no longer be used: ErrClosed, ErrReset, ErrStopped, ErrTimeout, ErrRefused

	written bytes       // by us, and not read by the other end
	noted   uint64      // bytes of the other end that are in the digest
	cause   value.Cause // the latest arrival of bytes, or of the answer to the dial
	finned  bool        // our direction is closed
	busy    bool        // a Write is under way
	late    error       // of a Read at its deadline: made once, for who waits so again and again
	turns   list[*task]
	reading side
	writing side
}

func newConn(n *Node, local, remote net.Addr) *conn {
	c := &conn{node: n, inc: n.inc, local: local, remote: remote, reading: openSide(), writing: openSide()}
	c.open.value = c
	n.inc.conns.add(&c.open)
	return c
}

// peer is the other end; nil until its node has answered.
func (c *conn) peer() *conn {
	peer, _ := c.end.Peer().Socket().(*conn)
	return peer
}

func (c *conn) fail(op string, err error) error {
	switch {
	case err == nil || err == io.EOF:
		return err
	case err != sdk.ErrTimeout || op != "read":
		return socketError(op, "tcp", c.local, c.remote, err)
	case c.late == nil:
		c.late = socketError(op, "tcp", c.local, c.remote, err)
	}
	return c.late
}

// Read reads what has arrived, also of a connection that was reset after that.
func (c *conn) Read(p []byte) (int, error) {
	t, err := c.node.enter()
	for first := true; err == nil; first = false {
		switch {
		case c.err == sdk.ErrClosed || c.err == sdk.ErrStopped:
			err = c.err
		case first && c.reading.expired(c.node): // later on, what has come during a pause counts
			err = sdk.ErrTimeout
		case c.end.Readable() > 0 || len(p) == 0:
			return c.take(p), nil
		case c.err != nil:
			err = c.err
		case c.end.Finished():
			err = io.EOF
		case c.reading.wait(t, never, "read from", c.remote) && c.Idle():
			err = sdk.ErrTimeout
		}
	}
	return 0, c.fail("read", err)
}

// take copies bytes that have arrived.
func (c *conn) take(p []byte) int {
	n := c.peer().written.take(c.node.world, p[:min(int64(len(p)), c.end.Readable())])
	c.node.world.Because(c.cause)
	c.end.Read(int64(n))
	if c.end.Readable() > 0 {
		wakeFirst(&c.reading.waiting)
	}
	return n
}

// Write returns when all bytes lie in the send buffer, and waits while that is full. Writes of several tasks take turns.
func (c *conn) Write(p []byte) (done int, err error) {
	t, err := c.node.enter()
	if err != nil {
		return 0, c.fail("write", err)
	}
	for c.busy {
		if c.err != nil {
			return 0, c.fail("write", c.err)
		}
		t.wait(&c.turns, never, "write in turn to", c.remote)
	}
	c.busy = true
	for done < len(p) && err == nil {
		var n int
		n, err = c.writeSome(t, p[done:])
		done += n
	}
	c.busy = false
	wakeFirst(&c.turns)
	return done, c.fail("write", err)
}

// writeSome writes what there is room for, or waits until it is worth to try again.
func (c *conn) writeSome(t *task, p []byte) (int, error) {
	switch {
	case c.err != nil:
		return 0, c.err
	case c.finned:
		return 0, sdk.ErrClosed
	case c.writing.expired(c.node):
		return 0, sdk.ErrTimeout
	}
	size := int(min(int64(len(p)), c.end.Room()))
	if size == 0 {
		if c.writing.wait(t, never, "write to", c.remote) && c.end.Room() == 0 && c.err == nil {
			return 0, sdk.ErrTimeout
		}
		return 0, nil
	}
	c.written.write(c.node.world, p[:size])
	c.end.Write(size)
	return size, nil
}

// CloseWrite ends our direction.
func (c *conn) CloseWrite() error {
	if err := c.check(); err != nil {
		return c.fail("close", err)
	}
	if c.err != nil {
		return c.fail("close", c.err)
	}
	c.finish()
	return nil
}

// finish sends FIN, once.
func (c *conn) finish() {
	if !c.finned {
		c.finned = true
		c.end.CloseWrite()
		wakeAll(&c.writing.waiting)
	}
}

// Close ends both directions. What was written still travels. If there is something unread the other end sees a reset,
// as with a kernel's TCP.
func (c *conn) Close() error {
	if err := c.check(); err != nil {
		return c.fail("close", err)
	}
	if c.err == nil {
		c.node.connEvent("closed", c)
		if c.end.Readable() > 0 {
			c.end.Abort()
		} else {
			c.finned = true
			c.end.Close()
		}
	}
	c.disuse(sdk.ErrClosed)
	return nil
}

// Reset ends both directions at once.
func (c *conn) Reset() error {
	if err := c.check(); err != nil {
		return c.fail("reset", err)
	}
	if c.err == nil {
		c.node.connEvent("reset", c)
		c.end.Abort()
	}
	c.disuse(sdk.ErrClosed)
	return nil
}

// check refuses calls by a task that unwinds, and on what this node itself has closed.
func (c *conn) check() error {
	switch {
	case c.node.stopped() || c.inc.dead:
		return sdk.ErrStopped
	case c.err == sdk.ErrClosed:
		return sdk.ErrClosed
	}
	return nil
}

// disuse ends the connection for the application.
func (c *conn) disuse(err error) {
	c.err = err
	c.open.leave()
	if c.port > 0 {
		c.inc.tcp.release(c.port)
		c.port = 0
	}
	wakeAll(&c.reading.waiting)
	wakeAll(&c.writing.waiting)
	wakeAll(&c.turns)
}

// Idle looks at what has been delivered.
func (c *conn) Idle() bool {
	return c.check() == nil && c.err == nil && c.end.Readable() == 0 && !c.end.Finished()
}

// crash ends the connection with its node.
func (c *conn) crash() {
	c.end.Abort()
	c.disuse(sdk.ErrStopped)
}

func (c *conn) LocalAddr() net.Addr { return c.local }

func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

func (c *conn) SetReadDeadline(t time.Time) error {
	err := c.check()
	if err == nil {
		c.reading.set(c.node, t)
	}
	return c.fail("set", err)
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	err := c.check()
	if err == nil {
		c.writing.set(c.node, t)
	}
	return c.fail("set", err)
}
