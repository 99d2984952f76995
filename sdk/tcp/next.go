package tcp

import "time"

// Next puts a segment that may leave now into g. Call it until it has none.
func (s *Sender) Next(now time.Duration, g *Segment) bool {
	if s.probe != noProbe && s.sendProbe(now, g) {
		return true
	}
	open := float64(s.count[flying]) < s.control.window
	if s.control.limited = !open; open {
		if f := s.firstLost(); f != nil {
			s.again(now, f, g)
			return true
		}
	}
	return open && s.pending() && s.fresh(now, false, g)
}

// more reports whether another segment may leave now.
func (s *Sender) more() bool {
	if s.count[flying] >= s.Cwnd() {
		return false
	}
	_, _, fits := s.piece(false)
	return s.count[lost] > 0 || s.pending() && fits
}

// fresh sends what is pending. A probe disregards Nagle and a window that is silly.
func (s *Sender) fresh(now time.Duration, probe bool, g *Segment) bool {
	length, fin, ok := s.piece(probe)
	if !ok {
		s.block(now)
		return false
	}
	if s.flight.Len() == 0 {
		s.begin(now)
	}
	s.flight.Push(flown{offset: s.next, length: int32(length), fin: fin})
	s.count[flying]++
	f := s.flight.At(s.flight.Len() - 1)
	s.next = f.end()
	if length > 0 && length < uint64(s.mss) {
		s.partial = s.next
	}
	s.control.most = max(s.control.most, s.count[flying])
	s.transmit(now, f, g)
	return true
}

// piece is the next piece of the stream, if it may be sent: the peer's window must take a whole one or, when nothing is in
// flight, half of its widest (RFC 9293 section 3.8.6.2.1). FIN needs room like a byte, as in Linux.
func (s *Sender) piece(probe bool) (length uint64, fin, ok bool) {
	left, room := s.end-s.next, s.room()
	length = min(uint64(s.mss), left)
	if length > room {
		if s.flight.Len() > 0 || room < s.widest/2 && !probe {
			return 0, false, false
		}
		length = room
	}
	fin = s.closing && length == left && length < room
	ok = (length > 0 || fin) && (fin || probe || !s.nagles(length))
	return length, fin, ok
}

// room is how much the peer's window takes.
func (s *Sender) room() uint64 { return s.right - min(s.right, s.next) }

// nagles: a segment that is not full waits while one that was not full is unacknowledged. That is Minshall's form of RFC
// 896, as in Linux: full segments in flight hold back nobody.
func (s *Sender) nagles(length uint64) bool {
	return s.nagle && length < uint64(s.mss) && !s.closing && s.partial > s.acked
}

// begin is called before the first segment when nothing is in flight.
func (s *Sender) begin(now time.Duration) {
	s.control.pause(now - s.emptied)
	s.control.restart(now-s.last, s.rtt.timeout())
	s.base, s.heard = now, now
	s.probed, s.blocked = false, false
}

// block starts the timer of a shut window. It runs whenever nothing is in flight and something waits, for the update that
// opens the window may be lost.
func (s *Sender) block(now time.Duration) {
	if s.flight.Len() == 0 && !s.blocked {
		s.blocked = true
		s.base, s.heard = now, now
	}
}
