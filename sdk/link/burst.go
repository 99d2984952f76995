package link

import (
	"fmt"
	"time"
)

// Burst is loss that comes in bursts: the model of Gilbert (1960) and Elliott (1963), a chain of two states that makes
// one step for each packet: a datagram, whatever becomes of it otherwise, or an attempt to send a segment of a stream.
// In the long run Bad/(Bad+Good) of all packets find the link bad, 1/Good of them in a row on average. The zero Burst
// is none.
type Burst struct {
	Bad  float64 // chance that a good link has turned bad when the next packet comes
	Good float64 // chance that a bad link has turned good when the next packet comes
	Loss float64 // chance that a packet is lost while the link is bad; while it is good none is
}

// String reads as a script would write it: "burst(0.01, 0.25)", "burst(0.01, 0.25, 0.5)".
func (b Burst) String() string {
	if b.Loss == 1 {
		return fmt.Sprintf("burst(%v, %v)", b.Bad, b.Good)
	}
	return fmt.Sprintf("burst(%v, %v, %v)", b.Bad, b.Good, b.Loss)
}

// Validate says which parameter is outside its range, with its value.
func (b Burst) Validate() error {
	for _, f := range []struct {
		name   string
		chance float64
	}{{"bad", b.Bad}, {"good", b.Good}, {"loss", b.Loss}} {
		if !(f.chance >= 0 && f.chance <= 1) {
			return fmt.Errorf("%v: %s is %v, want a probability from 0 to 1", b, f.name, f.chance)
		}
	}
	if b.Good == 0 {
		return fmt.Errorf("%v: good is 0, want more than 0: a burst would never end", b)
	}
	return nil
}

// burst makes the link's step for one packet and reports whether the link is bad then.
func (l *Link) burst(u float64) bool {
	if l.bad {
		l.bad = u >= l.profile.Burst.Good
	} else {
		l.bad = u < l.profile.Burst.Bad
	}
	return l.bad
}

// burstStall is stall for a link that loses in bursts. Every attempt is a packet and a step of the chain, so that a
// retransmission may meet the burst that has eaten the segment.
func (l *Link) burstStall(d dice, segments int, rto time.Duration, tries int) (total time.Duration) {
	s := d.sequence(forBurstSegments)
	for i := 0; i < segments; i++ {
		if !l.bad { // the good segments up to the next burst are one draw
			good := misses(s.next(), l.logStaysGood, segments-i)
			if i += good; i == segments {
				return total
			}
			l.bad = true
		} else {
			l.burst(s.next())
		}
		lost := 0
		for l.bad && lost < tries && s.next() < l.profile.Burst.Loss {
			lost++
			l.burst(s.next())
		}
		total = later(total, backoff(rto, lost))
	}
	return total
}
