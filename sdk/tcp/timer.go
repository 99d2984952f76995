package tcp

import "time"

const (
	tailSlack = 2 * time.Millisecond // beyond two round trips, as Linux
	leastWait = time.Millisecond     // for what was overtaken by few
	mostShut  = GiveUp / 4           // between probes of a shut window: some of them may be lost before the sender gives up
)

// Due is when Timer is to be called, and Next after it. Nothing in flight and something to send is due at once.
func (s *Sender) Due() time.Duration {
	switch {
	case s.flight.Len() > 0:
	case s.blocked:
		return s.base + min(s.rtt.timeout(), mostShut)
	case s.pending():
		return s.emptied
	default:
		return Never
	}
	due := s.base + s.rtt.timeout()
	if s.probes() {
		due = min(due, max(s.base, s.last)+s.tail())
	}
	if s.reorder > 0 {
		due = min(due, s.reorder)
	}
	return due
}

// probes: a tail that may be lost is probed before the timeout (RFC 8985 section 7.2).
func (s *Sender) probes() bool {
	return !s.probed && s.phase == steady && s.count[sacked] == 0 && s.rtt.smoothed > 0 && s.rtt.backoff == 0
}

// tail is how long a tail is waited for. As Linux, a lone segment's acknowledgement may be delayed.
func (s *Sender) tail() time.Duration {
	if s.flight.Len() == 1 {
		return 2*s.rtt.smoothed + s.rtt.floor
	}
	return 2*s.rtt.smoothed + tailSlack
}

// Timer does what is due. Called early it does nothing.
func (s *Sender) Timer(now time.Duration) {
	if s.reorder > 0 && now >= s.reorder {
		s.detect(now, 1)
		s.adapt(now, &news{}, 0)
	}
	switch {
	case now < s.Due():
	case s.flight.Len() == 0 && !s.blocked:
	case s.blocked:
		s.probe, s.base = windowProbe, now
		s.rtt.fail()
	case now >= s.base+s.rtt.timeout():
		s.timeout(now)
	default:
		s.probe, s.probed, s.base = tailProbe, true, now
	}
}

// Patience is when the connection gives up: GiveUp after the last acknowledgement while one is waited for, or Never. Any
// acknowledgement counts, so a reader that has shut its window and answers probes is no reason.
func (s *Sender) Patience() time.Duration {
	if s.flight.Len() == 0 && !s.blocked {
		return Never
	}
	return s.heard + GiveUp
}
