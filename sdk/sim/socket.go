package sim

import (
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/network"
)

// What the network tells a connection, and what of it is in the digest.
const (
	sawSyn uint64 = iota + 1
	sawAnswer
	sawBytes
	sawReset
)

var (
	_ network.Socket   = (*conn)(nil)
	_ network.Recorded = (*conn)(nil)
)

// Source is the port of the dialler.
func (c *conn) Source() int { return c.port }

// Peek copies what we have written, unless the other end has read it.
func (c *conn) Peek(b []byte, offset uint64) int { return c.written.peek(b, offset) }

// saw adds something that has come for a connection to the node's digest.
func (n *Node) saw(what uint64, from *network.Host, content uint64) {
	n.note(noteSegment|what<<8, from.Rank(), content)
}

func (c *conn) saw(what, content uint64) { c.node.saw(what, c.end.Peer().Host, content) }

// dialled answers a SYN.
func (n *Node) dialled(e *network.End) {
	n.saw(sawSyn, e.Peer().Host, uint64(e.Port))
	var l *listener
	if n.inc != nil && !n.inc.dead {
		l = n.inc.accepts[e.Port]
	}
	switch {
	case l == nil:
		e.Refuse()
	case l.half+l.backlog.Len() >= backlog:
		e.Ignore()
	default:
		c := newConn(n, l.local, e.Peer().Socket().(*conn).local)
		c.end, c.listener, c.half = e, l, true
		l.half++
		e.Accept(c)
	}
}

// Connected ends a dial, or hands the connection to its listener.
func (c *conn) Connected() {
	c.cause = c.node.world.network.Cause
	c.saw(sawAnswer, 0)
	l := c.listener
	if l == nil {
		c.dialing = false
		c.node.connEvent("connected", c)
		wakeAll(&c.writing.waiting)
		return
	}
	l.half--
	if l.closed {
		c.end.Abort()
		c.disuse(sdk.ErrClosed)
		return
	}
	l.backlog.Push(c)
	wakeFirst(&l.accepting)
}

// completed ends the handshake at the acceptor.
func (c *conn) completed() {
	if c.half {
		c.half = false
		c.listener.half--
	}
}

// Refused ends a dial.
func (c *conn) Refused() {
	c.saw(sawReset, 0)
	if c.err == nil {
		c.node.connEvent("refused", c)
		c.disuse(sdk.ErrRefused)
	}
}

// Readable notes what has come in order, and wakes who waits for it.
func (c *conn) Readable() {
	c.cause = c.node.world.network.Cause
	in := c.end.InOrder()
	c.saw(sawBytes, c.peer().written.sum(c.noted, in))
	c.noted = in
	if c.end.Finished() {
		wakeAll(&c.reading.waiting)
	} else {
		wakeFirst(&c.reading.waiting)
	}
}

// Writable wakes who waits for room.
func (c *conn) Writable() { wakeFirst(&c.writing.waiting) }

// Gone ends the connection.
func (c *conn) Gone() {
	c.saw(sawReset, 0)
	c.gone()
}

// gone ends the connection from outside.
func (c *conn) gone() {
	switch {
	case c.err != nil:
	case c.half: // nobody has seen it yet
		c.completed()
		c.disuse(sdk.ErrReset)
	case c.dialing:
		c.node.connEvent("refused", c)
		c.disuse(sdk.ErrRefused)
	default:
		c.node.connEvent("reset", c)
		c.disuse(sdk.ErrReset)
	}
}
