package sim

import (
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/sdk"
)

// kind is what a segment is for.
type kind uint8

const (
	data kind = iota
	fin
	rst
	update // of the window
	syn
	synAck
	refuse
)

// segment is a piece of a connection under way.
type segment struct {
	kind  kind
	node  *Node // the receiver
	from  *conn
	to    *conn // the receiving end; nil for a SYN
	port  int   // of a SYN
	tries int   // of a SYN that has found the backlog full
	sent  time.Duration
	data  []byte
	read  int    // bytes of data that the application has taken
	limit uint64 // of an update
}

func (w *World) newSegment(k kind) *segment {
	if last := len(w.segments) - 1; last >= 0 {
		s := w.segments[last]
		w.segments = w.segments[:last]
		w.spare -= cap(s.data) + packetOverhead
		s.kind = k
		return s
	}
	return &segment{kind: k}
}

func (w *World) freeSegment(s *segment) {
	if size := cap(s.data) + packetOverhead; w.spare+size <= maxSpare {
		w.spare += size
		*s = segment{data: s.data[:0]}
		w.segments = append(w.segments, s)
	}
}

// happen is the arrival.
func (s *segment) happen() {
	n := s.node
	n.note(noteSegment|uint64(s.kind)<<8, s.from.node.rank, xxhash.Sum64(s.data))
	c := s.to
	switch s.kind {
	case data:
		if c.receive(s) {
			return // the application frees it
		}
	case fin:
		c.receiveFin()
	case rst, refuse:
		c.receiveReset()
	case update:
		c.limit = max(c.limit, s.limit)
		wakeFirst(&c.writing.waiting)
	case syn:
		if n.receiveSyn(s) {
			return // it comes again
		}
	case synAck:
		c.receiveSynAck(s.from)
	}
	n.world.freeSegment(s)
}

// receive keeps the bytes for the application. Those which nobody can read any more are answered by a reset.
func (c *conn) receive(s *segment) (kept bool) {
	switch {
	case c.dead:
		return false
	case c.err != nil:
		c.sendReset()
		return false
	}
	c.inbox.push(s)
	c.unread += len(s.data)
	wakeFirst(&c.reading.waiting)
	return true
}

func (c *conn) receiveFin() {
	if c.err == nil {
		c.eof = true
		wakeAll(&c.reading.waiting)
	}
}

func (c *conn) receiveReset() {
	if c.dialing && c.err == nil {
		c.node.connEvent("refused", c)
		c.dead = true
		c.disuse(sdk.ErrRefused)
		return
	}
	c.abort(sdk.ErrReset)
}
