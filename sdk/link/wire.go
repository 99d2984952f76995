package link

import "time"

// Delay is what the wire adds to what leaves the line: latency and jitter, never below 0. The key belongs to what is sent
// and to nothing else, so a fate does not depend on how much was sent before.
func (p *Profile) Delay(key uint64) time.Duration {
	return p.delay(dice(key), forLatency, forJitter)
}

// Loses reports whether the wire loses what has this key. bad says that a burst of loss is in force.
func (p *Profile) Loses(key uint64, bad bool) bool {
	d := dice(key)
	return p.Loss > 0 && d.roll(forLoss) < p.Loss || bad && d.roll(forBurstLoss) < p.Burst.Loss
}

// Datagram decides the fate on the wire of a datagram of size bytes that leaves the line at left, and puts it into fate. bad
// says that a burst of loss is in force.
func (p *Profile) Datagram(key uint64, left time.Duration, size int, bad bool, fate *Fate) {
	*fate = Fate{FlipBit: -1}
	if p.Loses(key, bad) {
		fate.Why = DropLoss
		return
	}
	d := dice(key)
	fate.Copies = 1
	fate.At[0] = left
	if !(p.Reorder > 0 && d.roll(forReorder) < p.Reorder) {
		fate.At[0] = Later(left, p.delay(d, forLatency, forJitter))
	}
	if p.Duplicate > 0 && d.roll(forDuplicate) < p.Duplicate {
		fate.Copies = 2
		fate.At[1] = Later(left, p.delay(d, forCopyLatency, forCopyJitter))
	}
	if p.Corrupt > 0 && size > 0 && d.roll(forCorrupt) < p.Corrupt {
		fate.FlipBit = int(d.roll(forBit) * float64(8*size))
	}
}

// delay is latency and jitter, never below 0.
func (p *Profile) delay(d dice, latency, jitter uint64) time.Duration {
	delay := max(d.draw(p.Latency, latency), 0)
	if p.Jitter == (Draw{}) {
		return delay
	}
	swing := p.Jitter
	if swing.Distribution == Fixed {
		swing = NewUniform(-swing.A, swing.A)
	}
	return Later(delay, d.draw(swing, jitter))
}

// Later is at + d, between 0 and Longest. at must not be below 0; d may be anything.
func Later(at, d time.Duration) time.Duration {
	if d > Longest-at {
		return Longest
	}
	return max(at+d, 0)
}
