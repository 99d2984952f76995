package relay

import "time"

// lead is how late the alarm usually is: a running median. The schedule sets the alarm that much earlier, and takes for
// due what is due within it, so that a link's latency is not longer by the kernel's.
type lead struct{ length time.Duration }

const (
	leadStep = 4 * time.Microsecond
	leadMost = 400 * time.Microsecond
)

func (l *lead) note(late time.Duration) {
	if late > l.length {
		l.length = min(l.length+leadStep, leadMost)
	} else {
		l.length = max(l.length-leadStep, 0)
	}
}

// pace wakes the schedule less often while work is continuous: at most once each hold time, for half of the CPU and the
// same round trips. What comes after a rest is not held.
type pace struct{ woke, before time.Duration }

const holdTime = 250 * time.Microsecond

func (p *pace) wake(now time.Duration) { p.before, p.woke = p.woke, now }

// hold is when to wake for something that is due.
func (p *pace) hold(due time.Duration) time.Duration {
	if p.woke-p.before < 2*holdTime {
		return max(due, p.woke+holdTime)
	}
	return due
}
