package sim

import (
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
)

// sender is what one end of a connection has on its way. A cut stalls it: its segments wait here, in the sender's
// kernel, until the heal. Those of a node that has crashed do so, too.
type sender struct {
	flow    link.Flow
	stalled fifo[*segment]
	stale   bool  // a window update is to be sent after the cut
	listed  bool  // on the path's list of stalled ones
	giveUp  timer // set while there are stalled segments
}

// transmit sends a segment of the flow, or stalls it.
func (c *conn) transmit(s *segment) {
	now := c.node.world.now
	s.from, s.to, s.node, s.sent = c, c.peer, c.out.to, now
	at, ok := now, false
	if s.kind >= syn {
		at, ok = c.out.link.Handshake(&c.flow, now, now)
	} else {
		at, ok = c.out.link.Stream(&c.flow, now, len(s.data))
	}
	if ok {
		c.out.send(at, s)
		return
	}
	c.stalled.push(s)
	c.stall()
	if c.peer != nil && s.kind != refuse && c.giveUp.place == 0 {
		c.giveUp.set(later(now, link.GiveUp), c.node.rank)
	}
}

// stall puts the connection on the list of those which go on after the heal.
func (c *conn) stall() {
	if !c.listed {
		c.listed = true
		c.out.stalled = append(c.out.stalled, c)
	}
}

// proceed sends what has stalled, after a heal. The first segment's retransmission timer decides for all.
func (c *conn) proceed() {
	c.listed = false
	c.giveUp.stop()
	now := c.node.world.now
	for first := now; c.stalled.len() > 0; {
		s := c.stalled.pop()
		first = min(first, s.sent)
		at := now
		if s.kind >= syn {
			at, _ = c.out.link.Handshake(&c.flow, s.sent, now)
		} else {
			at, _ = c.out.link.Resume(&c.flow, first, now, len(s.data))
		}
		c.out.send(at, s)
	}
	if c.stale {
		c.stale = false
		c.update()
	}
}

// update tells the other end how much more it may send. Updates add up, as acknowledgements do, so one that is late
// holds up nothing else: each is a flow of its own.
func (c *conn) update() {
	if c.stale {
		return
	}
	var alone link.Flow
	at, ok := c.out.link.Stream(&alone, c.node.world.now, 0)
	if !ok {
		c.stale = true
		c.stall()
		return
	}
	c.granted = c.consumed + window
	s := c.node.world.newSegment(update)
	s.from, s.to, s.node, s.limit = c, c.peer, c.out.to, c.granted
	c.out.send(at, s)
}

// sendReset gives up what has stalled and resets the connection. A dial does not know its other end yet: that is reset
// when it answers.
func (c *conn) sendReset() {
	if c.dead {
		return
	}
	c.drop()
	if c.peer != nil {
		c.dead = true
		c.transmit(c.node.world.newSegment(rst))
	}
}

// drop forgets what has stalled.
func (c *conn) drop() {
	c.stalled.clear()
	c.stale = false
	c.giveUp.stop()
}

// ring is the end of patience: a cut has held up segments for link.GiveUp. Both ends see a reset, the other one in
// spite of the cut, as with a relay that gives up.
func (c *conn) ring() {
	c.drop()
	s := c.node.world.newSegment(rst)
	s.from, s.to, s.node = c, c.peer, c.out.to
	c.out.send(c.node.world.now, s)
	c.dead = true
	if c.err == nil {
		c.node.connEvent("reset", c)
		c.disuse(sdk.ErrReset)
	}
}
