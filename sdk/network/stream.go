package network

import (
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
	"github.com/netlab-dev/netlab/sdk/value"
)

// arrive takes what has come to the end.
func (e *End) arrive(it *item) {
	switch {
	case it.kind == syn:
		e.receiveSyn()
	case it.kind == synAck:
		e.receiveAnswer(it.attempt)
	case it.kind == reset:
		e.receiveReset()
	case e.state == dead || e.state == unborn: // which has forgotten a handshake
		e.reset()
	default:
		if e.state == half {
			e.admit()
		}
		e.take(it)
	}
}

// take takes a segment or an acknowledgement.
func (e *End) take(it *item) {
	if e.state != open { // what overtakes the answer to its SYN
		return
	}
	if it.kind == ack {
		e.drain()
		e.sender.Ack(e.network.now, &it.ack)
		e.pump()
		return
	}
	due := e.receiver.Due()
	if e.receiver.Arrive(e.network.now, &it.segment); e.receiver.Due() != due {
		e.owed = it.told
	}
	if e.ended && e.receiver.Readable() > 0 {
		e.Abort()
		return
	}
	e.tell()
	if e.state == open { // the socket may have ended it
		e.drain()
		e.pump()
	}
}

// tell tells the socket what has come in order.
func (e *End) tell() {
	in, finished := e.receiver.InOrder(), e.receiver.Finished()
	if in == e.seen && finished == e.finished {
		return
	}
	e.seen, e.finished = in, finished
	if !e.ended {
		e.socket.Readable()
	}
}

// pump sends what may leave.
func (e *End) pump() {
	if e.state != open {
		return
	}
	e.push()
	e.acknowledge()
	e.arm()
}

// push sends the segments that may leave.
func (e *End) push() {
	e.sender.SetMSS(e.out.mss())
	for g := (tcp.Segment{}); e.sender.Next(e.network.now, &g); {
		e.transmit(&g)
	}
}

// transmit sends a segment, with an acknowledgement if one waits.
func (e *End) transmit(g *tcp.Segment) {
	it := e.item(segment)
	it.segment, it.size = *g, g.Length
	it.key = e.key(forSegments, g.Offset, uint64(g.Attempt))
	it.acks = e.receiver.Piggyback(&it.ack)
	e.receiver.Answered()
	e.send(it)
}

// acknowledge sends an acknowledgement by itself, if one is due.
func (e *End) acknowledge() {
	var a tcp.Ack
	if !e.receiver.Ack(&a) || e.state != open {
		return
	}
	if a.Ack != e.acked {
		e.acked, e.repeated = a.Ack, 0
	}
	it := e.item(ack)
	it.ack, it.key = a, e.key(forAcks, a.Ack, e.repeated)
	e.repeated++
	e.send(it)
}

// carry lets an item arrive at the other end at the instant, or later where the order of the stream wants it.
func (it *item) carry(at time.Duration) {
	e := it.to.peer
	if it.kind == segment || it.kind == reset {
		if e.epoch == e.out.epoch { // what a profile before has held back holds up nothing
			at = max(at, e.lastAt)
		}
		e.epoch, e.lastAt = e.out.epoch, at
	}
	switch {
	case it.kind == ack && !it.acks && it.to.state != dead: // an event only while somebody waits for it
		it.tell(link.NotDropped, it.to.expect(at, it))
		it.release()
	case it.kind == segment && e.merge(it, at):
		it.release()
	default:
		if it.kind == segment {
			e.last = it
			if it.acks {
				it.to.expect(at, it)
			}
		}
		it.tell(link.NotDropped, at)
		it.travel(at)
	}
}

// merge adds a segment to the one before when both arrive at one instant.
func (e *End) merge(it *item, at time.Duration) bool {
	m := e.last
	if m == nil || m.since != at || m.segment.Fin || m.segment.End() != it.segment.Offset ||
		m.segment.Transmission+1 != it.segment.Transmission {
		return false
	}
	if it.acks {
		it.to.expect(at, it)
	}
	it.tell(link.NotDropped, at)
	m.told = it.told
	m.segment.Length += it.segment.Length
	m.segment.Fin, m.segment.Push = it.segment.Fin, it.segment.Push
	m.segment.Transmission = it.segment.Transmission
	m.segment.Count++
	return true
}

// expect notes an acknowledgement that arrives at the instant, or later where the order of the stream wants it: it returns
// when.
func (e *End) expect(at time.Duration, it *item) time.Duration {
	if e.state == dead {
		return at
	}
	own := at
	if e.ackEpoch == e.peer.out.epoch {
		at = max(at, e.ackAt)
	}
	e.ackEpoch, e.ackAt = e.peer.out.epoch, at
	e.acks.Push(arrival{at, it.ack, it.told, it.kind == segment && at == own})
	for i := e.acks.Len() - 1; i > 0 && e.acks.At(i-1).at > at; i-- { // what a profile before has held back
		before, this := e.acks.At(i-1), e.acks.At(i)
		*before, *this = *this, *before
	}
	e.arm()
	return at
}

// drain takes the acknowledgements that have arrived, each at its own instant, and reports whether there were any.
func (e *End) drain() (any bool) {
	for e.acks.Len() > 0 && e.acks.At(0).at <= e.network.now {
		a := e.acks.At(0)
		e.sender.Ack(a.at, &a.ack)
		e.heard, any = a.told, true
		e.acks.Pop()
	}
	if e.sender.Unacked() == 0 {
		e.acks.Trim(maxIdle)
		e.rest()
	}
	return any
}

// due is when the end has something to do by itself.
func (e *End) due() time.Duration {
	if e.state != open {
		return e.repeatAt()
	}
	at := min(e.sender.Due(), e.receiver.Due(), e.sender.Patience())
	if e.expects() {
		at = min(at, e.acks.At(0).at)
	}
	return at
}

// expects reports whether an acknowledgement under way lets something go on: somebody waits for it, or it tells of a gap.
// One that rides on a segment needs no alarm: what it lets go on must acknowledge the segment as well.
func (e *End) expects() bool {
	n := e.acks.Len()
	if n == 0 || e.acks.At(0).rides && e.acks.At(0).at >= e.network.now {
		return false
	}
	return e.lacks || e.sender.Waits() || e.acks.At(n-1).ack.N > 0
}

// arm sets the alarm, if something is due before it. One that rings early finds nothing due and sets itself again.
func (e *End) arm() {
	if at := max(e.due(), e.network.now); at < e.alarm {
		e.alarm = at
		e.network.at(at, e.Host, e.Host, (*alarm)(e))
	}
}

// alarm is an end as an event.
type alarm End

func (a *alarm) happen() {
	e := (*End)(a)
	now := e.network.now
	if e.alarm != now {
		return // stale: set again since
	}
	e.alarm = Never
	e.network.Cause = value.Cause{Of: e.awaited(), Timer: true}
	switch {
	case e.state != open:
		if e.repeatAt() <= now {
			e.knock()
		}
	default:
		if e.drain() {
			e.network.Cause = value.Cause{Of: e.heard}
		}
		if e.sender.Patience() <= now {
			e.giveUp()
			return
		}
		e.timers()
	}
	e.room()
	e.arm()
}

// timers does what is due by the timers of an open end. A delayed acknowledgement follows from what it acknowledges.
func (e *End) timers() {
	e.sender.Timer(e.network.now)
	e.receiver.Timer(e.network.now)
	e.push()
	woke := e.network.Cause
	e.network.Cause = value.Cause{Of: e.owed, Timer: true}
	e.acknowledge()
	e.network.Cause = woke
	e.arm()
}

// room tells the socket that there is room again: a worthwhile part of the send buffer, as Linux does.
func (e *End) room() {
	const worthwhile = 16 << 10
	if e.lacks && e.state == open && e.sender.Room() >= worthwhile {
		e.lacks = false
		e.socket.Writable()
	}
}

// giveUp ends a connection without progress at both ends, whatever the links do: a rule of the lab.
func (e *End) giveUp() {
	e.die()
	e.socket.Gone()
	it := e.item(reset)
	it.path = e.out
	it.travel(link.Later(e.network.now, e.network.config.Floor))
}
