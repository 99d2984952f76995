package tcp

import "time"

const (
	ackDelay  = 40 * time.Millisecond // as Linux
	ackEvery  = 2                     // segments (RFC 1122 section 4.2.3.2)
	quickAcks = 100                   // segments acknowledged at once. Linux prolongs its 16 while its window grows
)

// Receiver is the receiving end of one direction. After Arrive, Read and Timer, what Ack has must be sent; Timer must be
// called at Due or later. It is not for concurrent use.
type Receiver struct {
	next    uint64 // all below it has arrived
	read    uint64 // the application has taken all below it
	fin     uint64 // offset after FIN; 0 before it has arrived
	arrived uint64 // the highest transmission
	beyond  gaps
	window  window

	delays  bool          // acknowledgements
	prompt  bool          // acknowledge now
	waiting int           // segments to acknowledge
	quick   int           // segments to be acknowledged at once still
	pushed  bool          // acknowledge when all is read
	answers bool          // this end sends data, too
	due     time.Duration // of the delayed acknowledgement
}

// Open begins. rtt is that of the handshake, negative if unknown.
func (r *Receiver) Open(now time.Duration, set *Settings, mss int, rtt time.Duration) {
	*r = Receiver{delays: set.DelayedAck, quick: quickAcks, due: Never}
	r.window.open(now, mss, rtt)
}

// Right is the right edge of the window that was advertised last.
func (r *Receiver) Right() uint64 { return r.window.right }

// InOrder is how many bytes have arrived in order.
func (r *Receiver) InOrder() uint64 {
	if r.Finished() {
		return r.next - 1
	}
	return r.next
}

// Readable is how many of them the application has not read.
func (r *Receiver) Readable() int64 { return int64(r.InOrder() - r.read) }

// Finished reports whether FIN and all before it have arrived.
func (r *Receiver) Finished() bool { return r.fin > 0 && r.next == r.fin }

// Arrive takes a segment, or a run of them that arrive at the same instant.
func (r *Receiver) Arrive(now time.Duration, g *Segment) {
	r.arrived = max(r.arrived, g.Transmission)
	r.window.trip(g.RTT)
	b := Block{g.Offset, g.End()}
	if g.Fin {
		r.fin = b.Hi
	}
	switch {
	case b.Hi <= r.next || b.Hi == b.Lo: // sent twice, or a probe
		r.prompt = true
	case b.Lo > r.next:
		r.beyond.add(b)
		r.prompt = true
	default:
		r.advance(now, g, b.Hi)
	}
}

// advance takes what is next. What fills a gap, or ends the stream, is acknowledged at once (RFC 5681 section 4.2).
func (r *Receiver) advance(now time.Duration, g *Segment, to uint64) {
	r.prompt = r.prompt || g.Fin || !r.delays || r.quick > 0 || r.beyond.any()
	r.next = r.beyond.join(to)
	r.pushed = g.Push && !r.answers
	count := int(max(g.Count, 1))
	r.quick = max(r.quick-count, 0)
	r.waiting += count
	if r.waiting >= ackEvery {
		r.prompt = true
	} else if r.due == Never {
		r.due = now + ackDelay
	}
}

// Answered is told that this end has sent data. Once it answers what it has received, quick acknowledgements end and the
// answers carry them, as in Linux's pingpong mode.
func (r *Receiver) Answered() {
	if r.next > 0 {
		r.quick, r.answers = 0, true
	}
}

// Read takes n bytes for the application, at most what is readable.
func (r *Receiver) Read(now time.Duration, n int64) {
	n = min(max(n, 0), r.Readable())
	r.read += uint64(n)
	r.window.grow(now, r.read)
	if r.window.tells(r.next, r.read) || r.pushed && r.Readable() == 0 {
		r.prompt = true
	}
}

// Due is when Timer is to be called: a delayed acknowledgement.
func (r *Receiver) Due() time.Duration { return r.due }

// Timer does what is due. Called early it does nothing.
func (r *Receiver) Timer(now time.Duration) {
	if now >= r.due {
		r.prompt = true
	}
}

// Piggyback is Ack for what goes along with data: it acknowledges all that waits for it.
func (r *Receiver) Piggyback(a *Ack) bool {
	r.prompt = r.prompt || r.waiting > 0
	return r.Ack(a)
}

// Ack reports whether an acknowledgement is to be sent now, and puts it into a.
func (r *Receiver) Ack(a *Ack) bool {
	if !r.prompt {
		return false
	}
	r.prompt, r.pushed, r.waiting, r.due = false, false, 0, Never
	a.Ack, a.Window, a.Transmission = r.next, r.window.advertise(r.next, r.read), r.arrived
	r.beyond.report(a)
	return true
}
