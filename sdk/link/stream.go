package link

import "time"

// The timers of a stream's sender. Those of Linux and RFC 6298: the timeout doubles from minRTO (tcp(7): 200 ms) or the
// round trip, whichever is more, up to maxRTO; a stream's segment is sent again at most 15 times (tcp_retries2), the
// segments of a handshake 6 times (tcp_syn_retries), after which the next attempt counts as arrived.
const (
	minRTO       = 200 * time.Millisecond
	maxRTO       = 120 * time.Second
	synRTO       = time.Second
	retries      = 15
	synRetries   = 6
	largestPiece = 1460 // payload of a segment on a path of 1500 bytes
)

// Flow is one direction of one stream on a link: what keeps its bytes in order. The zero Flow is ready for use.
type Flow struct {
	last time.Duration // when the latest segment arrives: the next one never arrives earlier
}

// Room returns the earliest instant, at or after now, at which size more bytes of a stream fit into the link's queue.
// Whoever sends stream bytes waits until then: on a stream a full queue is back-pressure, never loss.
func (l *Link) Room(now time.Duration, size int) time.Duration {
	return l.line.room(now, size, l.profile.Rate, l.profile.QueueLimit())
}

// Stream returns when a piece of size bytes of a stream, sent at now, arrives: never before what was sent earlier on
// the same flow. Loss is delay here: each lost segment costs a retransmission timeout with back-off, one after the
// other, so that it does not matter how the bytes are cut into pieces. ok is false while the link is cut: the caller
// keeps the piece, and asks Resume when the link has healed.
func (l *Link) Stream(flow *Flow, now time.Duration, size int) (at time.Duration, ok bool) {
	l.count()
	return l.carry(flow, now, now, size, l.rto, retries)
}

// Resume is Stream for a piece that was sent during a cut, at sent, and travels after its heal, at now: the sender's
// retransmission timer, doubling since sent, decides when the next attempt is made. Of several pieces that wait on one
// flow, the first one's timer counts: pass its sent for all. ok is false if the link is cut.
func (l *Link) Resume(flow *Flow, sent, now time.Duration, size int) (at time.Duration, ok bool) {
	return l.carry(flow, now, nextAttempt(sent, now, l.rto), size, l.rto, retries)
}

// Handshake is Stream for the segments that open a connection (SYN, SYN-ACK), whose first retransmission comes after
// one second (RFC 6298 section 2). sent is when the first attempt was made; pass sent == now for that attempt, and a
// later now when the link has healed since.
func (l *Link) Handshake(flow *Flow, sent, now time.Duration) (at time.Duration, ok bool) {
	if sent == now {
		l.count()
	}
	return l.carry(flow, now, nextAttempt(sent, now, synRTO), 0, synRTO, synRetries)
}

// carry sends a piece that becomes ready for the line at now, and leaves it no earlier than the attempt. The line is
// taken at now, not at the attempt: a timer that has yet to fire must not hold up other flows.
func (l *Link) carry(
	flow *Flow, now, attempt time.Duration, size int, rto time.Duration, tries int,
) (at time.Duration, ok bool) {
	d := dice(l.random.Uint64())
	if l.Has(Cut) {
		return 0, false
	}
	left := max(l.line.depart(now, size, l.profile.Rate), attempt)
	at = later(left, l.profile.delay(d, forLatency, forJitter))
	if l.profile.Burst != (Burst{}) {
		at = later(at, l.burstStall(d, left, l.segments(size), rto, tries))
	}
	at = max(at, flow.last)
	if l.profile.Loss > 0 {
		at = later(at, l.stall(d, size, rto, tries))
	}
	flow.last = at
	return at, true
}

// stall is the time that the lost ones among the segments of a piece cost.
func (l *Link) stall(d dice, size int, rto time.Duration, tries int) time.Duration {
	s := d.sequence(forSegments)
	segments := l.segments(size)
	var total time.Duration
	for i := misses(s.next(), l.logArrives, segments); i < segments; {
		again := misses(s.next(), l.logLost, tries-1) // retransmissions are lost with the same probability
		total = later(total, backoff(rto, 1+again))
		i += 1 + misses(s.next(), l.logArrives, segments)
	}
	return total
}

// backoff is the time from a segment's first attempt to the one after the given number of lost attempts.
func backoff(rto time.Duration, lost int) time.Duration {
	var total time.Duration
	for range lost {
		total += rto
		rto = min(2*rto, maxRTO)
	}
	return total
}

// nextAttempt is the first attempt at or after now of a sender whose timer has doubled since its attempt at sent.
func nextAttempt(sent, now, rto time.Duration) time.Duration {
	for sent < now {
		sent += rto
		rto = min(2*rto, maxRTO)
	}
	return sent
}

// segments is how many segments a piece takes. A piece without bytes (SYN, FIN) is one, too.
func (l *Link) segments(size int) int {
	mss := largestPiece
	if l.profile.MTU > 0 {
		mss = int(min(int64(mss), l.profile.MTU))
	}
	return max(1, (size+mss-1)/mss)
}
