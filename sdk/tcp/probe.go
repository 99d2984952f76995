package tcp

import "time"

// probe is what a timer has asked for beyond the windows.
type probe uint8

const (
	noProbe     probe = iota
	tailProbe         // one segment beyond the congestion window (RFC 8985 section 7)
	windowProbe       // an answer from a peer whose window is shut (RFC 9293 section 3.8.6.1)
)

// sendProbe sends the probe that was asked for, unless there is no reason left.
func (s *Sender) sendProbe(now time.Duration, g *Segment) bool {
	kind := s.probe
	s.probe = noProbe
	if kind == windowProbe && (s.room() == 0 || !s.pending()) {
		*g = s.emptyProbe()
		return s.blocked
	}
	if s.pending() && s.fresh(now, true, g) {
		return true
	}
	if kind == windowProbe || s.flight.Len() == 0 {
		return false
	}
	f := s.flight.At(s.flight.Len() - 1)
	if f.state != flying {
		return false
	}
	s.again(now, f, g)
	return true
}

// emptyProbe is an empty segment, which the peer answers at once. It has attempts of its own: what is sent from that
// offset later shares no draw of the link with it.
func (s *Sender) emptyProbe() Segment {
	s.sent++
	attempt := lastAttempt + 1 + uint8(s.sent%(255-lastAttempt))
	return Segment{Offset: s.next, Attempt: attempt, Count: 1, Transmission: s.sent, RTT: s.rtt.smoothed}
}
