package tcp

import (
	"time"

	"github.com/netlab-dev/netlab/sdk/ring"
)

const (
	leastBuffer = 64 << 10 // of the send buffer, bytes
	mostBuffer  = 4 << 20  // as Linux's tcp_wmem
)

// Sender is the sending end of one direction. After Write, Close, Ack and Timer, Next must be called until it has nothing;
// Timer must be called at Due or later. Instants never go back. It is not for concurrent use.
type Sender struct {
	acked, next, end uint64 // all below acked is acknowledged, all below next is sent, all below end is written
	right            uint64 // right edge of the peer's window
	widest           uint64 // widest window that the peer has had
	partial          uint64 // end of the last segment that was sent less than full, for Nagle
	closing, nagle   bool
	mss              int

	flight  ring.Ring[flown]        // sent and not acknowledged, without gaps
	order   ring.Ring[transmission] // of the flight, as it was sent
	count   [states]int             // of the flight, by state
	sent    uint64                  // transmissions
	arrived uint64                  // the highest transmission that has arrived
	hint    uint64                  // nothing below it is lost
	known   [3]Block                // blocks of the last acknowledgement that had some

	control  control
	phase    phase
	until    uint64 // the phase ends when this is acknowledged
	recovery recovery
	undo     undo

	rtt        estimator
	base       time.Duration // the retransmission timer, or that of a shut window, runs from here
	last       time.Duration // something was sent
	burst      int           // segments sent then
	emptied    time.Duration // nothing was in flight any more
	heard      time.Duration // last acknowledgement, or what there is to acknowledge began to wait
	reorder    time.Duration // what was overtaken by few is lost then; 0 is never
	probe      probe
	probed     bool // one probe for each tail
	blocked    bool // the timer of a shut window runs
	retransmit int
	peak       int // most segments that were in flight at once, as far as the rings remember
}

// phase is where the sender stands with its losses.
type phase uint8

const (
	steady     phase = iota
	recovering       // losses were seen by what has overtaken them
	timedOut         // nothing was heard for a timeout
)

// Open begins. window is the right edge that the peer has advertised; rtt is that of the handshake, negative if unknown
// because a SYN was sent twice (RFC 6298 section 3).
func (s *Sender) Open(now time.Duration, set *Settings, mss int, rtt time.Duration, window uint64) {
	*s = Sender{nagle: set.Nagle, mss: max(mss, 1), right: window, widest: window, base: now, last: now, emptied: now, heard: now}
	s.rtt.floor = set.MinRTO
	s.control.open(set)
	if rtt >= 0 {
		s.rtt.sample(rtt)
	}
}

// SetMSS sets the payload of segments cut from now on. What was sent keeps its cut when it is sent again.
func (s *Sender) SetMSS(mss int) { s.mss = max(mss, 1) }

// Room is how many bytes may be written now: the send buffer of twice the window, as Linux sizes it, less what is
// unacknowledged.
func (s *Sender) Room() int64 {
	buffer := min(max(leastBuffer, int64(2*s.control.window)*int64(s.mss)), mostBuffer)
	return max(buffer-s.Unacked(), 0)
}

// Write adds n bytes to the stream. After Close it does nothing.
func (s *Sender) Write(n int) {
	if !s.closing {
		s.end += uint64(max(n, 0))
	}
}

// Close ends the stream after all that was written.
func (s *Sender) Close() { s.closing = true }

// Waits reports whether an acknowledgement would let something go on.
func (s *Sender) Waits() bool {
	return s.pending() || s.closing && !s.Done() || s.phase != steady || s.count[lost]+s.count[sacked] > 0
}

// pending: something was written and not sent yet, or FIN was not.
func (s *Sender) pending() bool { return s.next < s.end || s.closing && s.next == s.end }

// Done reports whether FIN is acknowledged.
func (s *Sender) Done() bool { return s.acked > s.end }

// Unacked is how many bytes are written and not acknowledged.
func (s *Sender) Unacked() int64 { return int64(s.end) - s.Acked() }

// Acked is how many bytes were acknowledged so far.
func (s *Sender) Acked() int64 { return int64(min(s.acked, s.end)) }

// Window is the congestion window in segments.
func (s *Sender) Window() float64 { return s.control.window }

// Cwnd is the congestion window in whole segments, as Linux reports it.
func (s *Sender) Cwnd() int { return int(s.control.window) }

// RTT is the smoothed round trip, 0 before the first sample.
func (s *Sender) RTT() time.Duration { return s.rtt.smoothed }

// Retransmits is how many segments were sent again.
func (s *Sender) Retransmits() int { return s.retransmit }
