package live

import "time"

const (
	// pulsePeriod is how often a process looks whether it is on time: a stall is seen up to so much shorter than it was.
	pulsePeriod = 20 * time.Millisecond
	// pulseLeast is what an idle machine is late by all the time, since Go's timers are.
	pulseLeast = 2 * time.Millisecond
	// pulseRound is how long it takes until a lateness that is not the worst so far is told of again.
	pulseRound = 100 * time.Millisecond
)

// Pulse measures how late this process is since an instant of Monotonic, as one that gets no CPU is, until stopped is
// closed: it asks to be woken again and again, and tells when it was due and when it woke. Few are told: those that are
// the worst of their tenth of a second. The caller takes the instant, because Pulse itself may begin late.
func Pulse(since time.Duration, stopped <-chan struct{}, tell func(due, woke time.Duration)) {
	due := since + pulsePeriod
	timer := time.NewTimer(due - Monotonic())
	defer timer.Stop()
	round := pulse{}
	for {
		select {
		case <-stopped:
			return
		case <-timer.C:
		}
		now := Monotonic()
		if round.worth(due, now) {
			tell(due, now)
		}
		timer.Reset(pulsePeriod)
		due = now + pulsePeriod
	}
}

// pulse is what was told last.
type pulse struct{ began, worst time.Duration }

// worth decides whether a wake is told of.
func (p *pulse) worth(due, woke time.Duration) bool {
	if woke-p.began > pulseRound {
		p.began, p.worst = woke, pulseLeast
	}
	late := woke - due
	if late <= p.worst {
		return false
	}
	p.worst = late
	return true
}
