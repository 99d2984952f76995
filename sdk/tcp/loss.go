package tcp

import "time"

// overtakers are how many transmissions must overtake one before it is lost (RFC 5681 section 3.2).
const overtakers = 3

// undo is what a timeout has taken, in case it was wrong.
type undo struct {
	window, threshold float64
	sent              uint64 // transmissions before the timeout; 0 is nothing to undo
}

// tolerance is how many must overtake a transmission: one is enough once losses are known, as in RACK (RFC 8985 section
// 6.2, step 4).
func (s *Sender) tolerance() uint64 {
	if s.phase == recovering || s.count[sacked] >= overtakers {
		return 1
	}
	return overtakers
}

// detect finds what is lost by the numbers of transmissions, which is RACK (RFC 8985) without its clock: links keep the
// order of what they carry, so what was sent before something that has arrived, and has not arrived itself, is lost. It
// finds retransmissions that are lost too. What too few have overtaken waits for a quarter of a round trip.
func (s *Sender) detect(now time.Duration, behind uint64) {
	s.reorder = 0
	for s.order.Len() > 0 {
		t := *s.order.At(0)
		if t.number >= s.arrived {
			break
		}
		if f := s.inFlight(t); f != nil {
			if t.number+behind > s.arrived {
				s.reorder = now + max(s.rtt.least/4, leastWait)
				break
			}
			s.set(f, lost)
		}
		s.order.Pop()
	}
	if s.count[lost] > 0 && s.phase == steady {
		s.recover()
	}
}

// inFlight is the segment of a transmission that nothing is known of, or nil.
func (s *Sender) inFlight(t transmission) *flown {
	if t.offset < s.acked {
		return nil
	}
	f := s.flight.At(s.find(t.offset))
	if f.transmission != t.number || f.state != flying {
		return nil
	}
	return f
}

// recover begins a recovery, once for a window (RFC 6675 section 5).
func (s *Sender) recover() {
	s.recovery = recovery{flight: s.count[flying] + s.count[lost]}
	s.control.cut()
	s.phase, s.until = recovering, s.next
	s.probe, s.probed = noProbe, false
}

// timeout takes all that is in flight for lost (RFC 6298 section 5).
func (s *Sender) timeout(now time.Duration) {
	s.keep()
	if s.phase == steady {
		s.control.cut()
	}
	s.control.collapse()
	s.phase, s.until = timedOut, s.next
	for i := range s.flight.Len() {
		if f := s.flight.At(i); f.state == flying {
			s.set(f, lost)
		}
	}
	s.rtt.fail()
	s.rtt.least = 0 // as Linux: the path may be another
	s.base, s.reorder = now, 0
	s.probe, s.probed = noProbe, false
}

// keep remembers what the first of several timeouts takes.
func (s *Sender) keep() {
	if s.phase == timedOut {
		return
	}
	s.undo = undo{s.control.window, s.control.threshold, s.sent}
	if s.phase == recovering { // whose window is not one to come back to
		s.undo.window = s.control.threshold
	}
}

// settle ends the phase when what was sent before it is acknowledged.
func (s *Sender) settle(arrived uint64, n *news) {
	if s.phase == timedOut && n.delivered > 0 {
		s.reconsider(arrived, n)
	}
	if s.phase == steady || s.acked < s.until {
		return
	}
	if s.phase == recovering {
		s.control.set(s.control.threshold)
	}
	s.phase = steady
}

// reconsider takes a timeout back if what came first was sent before it: then it was late, not lost (the Eifel algorithm,
// RFC 3522 and RFC 4015, with transmissions in place of timestamps). It does so, too, if something is acknowledged that was
// sent once: not all was lost, and what was is found in a recovery (F-RTO, RFC 5682 section 3.1, step 3b).
func (s *Sender) reconsider(arrived uint64, n *news) {
	u := s.undo
	s.undo.sent = 0
	if u.sent == 0 || arrived > u.sent && !n.once {
		return
	}
	s.phase = steady
	s.control.set(max(s.control.window, u.window))
	s.control.threshold = u.threshold
	if s.order.Len() == 0 {
		return
	}
	oldest := s.order.At(0).number // what is not watched any more stays lost
	for i := range s.flight.Len() {
		if f := s.flight.At(i); f.state == lost && f.transmission >= oldest {
			s.set(f, flying)
		}
	}
}
