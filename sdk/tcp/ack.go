package tcp

import "time"

// news is what one acknowledgement tells.
type news struct {
	delivered int           // segments of which it is the first word
	advanced  bool          // the oldest was acknowledged
	once      bool          // it tells of one that was sent once
	sample    time.Duration // round trip, negative is none
}

// Ack takes an acknowledgement. One of what was never sent is ignored (RFC 9293 section 3.10.7.4), and so are blocks that
// make no sense and windows that shrink.
func (s *Sender) Ack(now time.Duration, a *Ack) {
	if a.Ack > s.next {
		return
	}
	s.heard = now
	s.widen(a.Window)
	if s.flight.Len() == 0 {
		return
	}
	n, before := news{sample: -1}, s.count[flying]
	s.acknowledge(now, a, &n)
	s.heed(now, a, &n)
	s.arrived = max(s.arrived, min(a.Transmission, s.sent))
	s.measure(now, &n)
	s.settle(a.Transmission, &n)
	s.detect(now, s.tolerance())
	s.adapt(now, &n, before)
	if s.flight.Len() == 0 {
		s.rest(now)
	}
}

// widen takes the peer's window. Its right edge never goes back.
func (s *Sender) widen(right uint64) {
	if right <= s.right {
		return
	}
	s.right = right
	s.widest = max(s.widest, right-s.acked)
	if s.blocked {
		s.blocked, s.probe = false, noProbe
		s.rtt.backoff = 0
	}
}

// acknowledge takes all below an offset out of flight. Beside a segment that was sent again none makes a sample, as in Linux:
// all of them may have arrived long ago, and only the acknowledgement was lost. Then the transmission makes it that is
// answered, as timestamps do (RFC 7323 section 4).
func (s *Sender) acknowledge(now time.Duration, a *Ack, n *news) {
	again := false
	for ; s.flight.Len() > 0 && s.flight.At(0).end() <= a.Ack; s.flight.Pop() {
		f := s.flight.At(0)
		if f.state != sacked {
			n.hear(now, f)
		}
		again = again || f.attempt > 0
		s.count[f.state]--
		s.acked, n.advanced = f.end(), true
	}
	if again {
		n.sample = s.since(now, a.Transmission)
	}
}

// hear counts a segment of which nothing was heard before. The newest that was sent once makes the sample (Karn).
func (n *news) hear(now time.Duration, f *flown) {
	n.delivered++
	if f.attempt > 0 {
		return
	}
	n.once = true
	if took := now - f.at; n.sample < 0 || took < n.sample {
		n.sample = took
	}
}

// heed takes the blocks. They make a sample only if nothing else does.
func (s *Sender) heed(now time.Duration, a *Ack, n *news) {
	if a.N == 0 {
		return
	}
	var known [len(a.Blocks)]Block
	sacked := news{sample: -1}
	for i, b := range a.Blocks[:min(int(a.N), len(a.Blocks))] {
		if b.Lo = max(b.Lo, s.acked); b.Lo < b.Hi && b.Hi <= s.next {
			s.sack(now, b, &sacked)
			known[i] = b
		}
	}
	s.known = known
	n.delivered += sacked.delivered
	n.once = n.once || sacked.once
	if n.sample < 0 {
		n.sample = sacked.sample
	}
}

// sack takes a block. What the last acknowledgement told already is not walked again.
func (s *Sender) sack(now time.Duration, b Block, n *news) {
	for _, k := range s.known {
		if b.contains(k) {
			s.mark(now, Block{k.Hi, b.Hi}, n)
			b.Hi = k.Lo
		}
	}
	s.mark(now, b, n)
}

// mark notes that what lies in a block has arrived.
func (s *Sender) mark(now time.Duration, b Block, n *news) {
	for i := s.find(b.Lo); i < s.flight.Len(); i++ {
		f := s.flight.At(i)
		if f.end() > b.Hi {
			return
		}
		if f.state != sacked {
			n.hear(now, f)
			s.set(f, sacked)
		}
	}
}

// measure brings the clocks up to date.
func (s *Sender) measure(now time.Duration, n *news) {
	if n.sample >= 0 {
		s.rtt.sample(n.sample)
	}
	if n.advanced {
		s.rtt.backoff = 0
		s.base, s.probed, s.probe = now, false, noProbe
	}
}

// adapt moves the congestion window.
func (s *Sender) adapt(now time.Duration, n *news, before int) {
	c := &s.control
	switch {
	case s.phase == recovering && c.kind != None:
		c.window = s.recovery.window(n.delivered, s.count[flying], int(c.threshold))
	case s.phase != recovering && n.delivered > 0:
		if c.kind == Cubic && c.window < c.threshold && c.hystart.exit(now, s.acked, s.next, c.window, s.rtt.least, n.sample) {
			c.threshold = c.window
		}
		c.grow(now, s.rtt.least, float64(n.delivered), before)
	}
}
