package sim

import (
	"io"
	"net"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

const (
	// window is how many bytes may be under way or unread in one direction of a connection.
	window = 256 << 10
	// grant is how much an application must have read before the other end is told.
	grant = window / 4
	// maxPiece is the most bytes that one step delivers.
	maxPiece = 16 << 10
)

// conn is one end of a TCP connection. It belongs to its node; the other end is touched only by segments.
type conn struct {
	node          *Node
	inc           *incarnation   // nil for an end that only refuses
	open          element[*conn] // on its incarnation's list, while a crash would reset it
	local, remote net.Addr       // of type value.Addr
	port          int            // to be given back, 0 for none
	out           *path          // to the other end
	peer          *conn          // the other end, nil until its first segment has come
	dialing       bool
	err           error // why it can no longer be used: ErrClosed, ErrReset, ErrStopped, ErrTimeout, ErrRefused
	dead          bool  // a reset was sent or received: what still comes is ignored

	// Receiving.
	inbox    fifo[*segment]
	unread   int    // bytes in inbox
	consumed uint64 // bytes read by the application
	granted  uint64 // what the other end may send in all
	eof      bool
	late     error // of a Read at its deadline: made once, for who waits so again and again
	reading  side

	// Sending.
	sender
	sent    uint64 // bytes, in all
	limit   uint64 // what we may send in all
	finned  bool   // our direction is closed
	busy    bool   // a Write is under way
	turns   list[*task]
	writing side
}

func newConn(n *Node, inc *incarnation, local, remote net.Addr, out *path) *conn {
	c := &conn{
		node: n, inc: inc, local: local, remote: remote, out: out,
		granted: window, limit: window, reading: openSide(), writing: openSide(),
	}
	c.open.value = c
	c.giveUp.node, c.giveUp.alarm, c.giveUp.transport = n, c, true
	return c
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
		case c.unread > 0 || len(p) == 0:
			return c.take(p), nil
		case c.err != nil:
			err = c.err
		case c.eof:
			err = io.EOF
		case c.reading.wait(t, never, "read from", c.remote) && c.unread == 0 && !c.eof && c.err == nil:
			err = sdk.ErrTimeout
		}
	}
	return 0, c.fail("read", err)
}

// take copies bytes that have arrived, and opens the window when enough of them were taken.
func (c *conn) take(p []byte) (count int) {
	for count < len(p) && c.unread > 0 {
		s := c.inbox.front()
		n := copy(p[count:], s.data[s.read:])
		count += n
		c.unread -= n
		if s.read += n; s.read == len(s.data) {
			c.node.world.freeSegment(c.inbox.pop())
		}
	}
	c.consumed += uint64(count)
	if c.consumed+window-c.granted >= grant && !c.eof && !c.dead {
		c.update()
	}
	if c.unread > 0 {
		wakeFirst(&c.reading.waiting)
	}
	return count
}

// Write returns when all bytes are on their way, or wait in our kernel for a cut to heal. It waits for the window and
// for room in the link's queue. Writes of several tasks take turns.
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

// writeSome sends what one piece takes, or waits until it is worth to try again.
func (c *conn) writeSome(t *task, p []byte) (int, error) {
	w := c.node.world
	switch {
	case c.err != nil:
		return 0, c.err
	case c.finned:
		return 0, sdk.ErrClosed
	case c.writing.expired(c.node):
		return 0, sdk.ErrTimeout
	case c.sent == c.limit:
		if c.writing.wait(t, never, "write to", c.remote) && c.sent == c.limit && c.err == nil {
			return 0, sdk.ErrTimeout
		}
		return 0, nil
	}
	size := min(len(p), maxPiece, int(c.limit-c.sent))
	if queue := c.out.link.Profile().QueueLimit(); queue > 0 {
		size = int(min(int64(size), queue))
	}
	if at := c.out.link.Room(w.now, size); at > w.now && c.stalled.len() == 0 {
		if c.writing.waitForRoom(t, at, c.remote) && c.writing.deadline <= w.now {
			return 0, sdk.ErrTimeout
		}
		return 0, nil
	}
	s := w.newSegment(data)
	s.data = append(s.data[:0], p[:size]...)
	c.sent += uint64(size)
	c.transmit(s)
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
		c.transmit(c.node.world.newSegment(fin))
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
		if c.unread > 0 {
			c.sendReset()
		} else {
			c.finish()
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
		c.sendReset()
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
	if err != sdk.ErrReset { // what came before a reset may still be read
		c.inbox.clear()
		c.unread = 0
	}
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
	return c.check() == nil && c.err == nil && c.unread == 0 && !c.eof
}

// crash ends the connection with its node.
func (c *conn) crash() {
	c.sendReset()
	c.disuse(sdk.ErrStopped)
}

// abort ends the connection from outside: by a reset that has come or that the lab has made.
func (c *conn) abort(err error) {
	if c.dead {
		return
	}
	c.dead = true
	c.drop()
	if c.err == nil {
		c.node.connEvent("reset", c)
		c.disuse(err)
	}
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
