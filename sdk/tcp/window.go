package tcp

import "time"

const (
	leastWindow = 64 << 10 // bytes
	mostWindow  = 6 << 20  // as Linux's tcp_rmem
)

// window is the receive window. It follows the application (dynamic right-sizing, as Linux): what it reads in a round
// trip doubles in slow start, and the window stays ahead of that.
type window struct {
	size   int64
	right  uint64 // advertised
	mss    int64
	rtt    time.Duration // 0 is unknown
	since  time.Duration // this round trip began
	read   uint64        // by then, at the same instant too
	before uint64        // when the one before began
	copied uint64        // most that was read in a round trip before that
}

func (w *window) open(now time.Duration, mss int, rtt time.Duration) {
	*w = window{size: leastWindow, right: leastWindow, mss: int64(max(mss, 1)), rtt: max(rtt, 0), since: now}
	w.copied = 10 * uint64(w.mss)
}

// trip takes the round trip that the sender has measured.
func (w *window) trip(rtt time.Duration) {
	if rtt > 0 {
		w.rtt = rtt
	}
}

// grow looks once a round trip whether the application has read more than in any before. On a wall clock a round trip is a
// little shorter now and then: that must not put it off by another one. What is read at one instant is one read, in
// whatever pieces the application takes it: in virtual time a whole flight may arrive at once.
func (w *window) grow(now time.Duration, read uint64) {
	switch {
	case w.rtt == 0 || now > w.since && now-w.since < w.rtt-w.rtt/8:
		return
	case now > w.since:
		w.copied = max(w.copied, w.read-w.before)
		w.before = w.read
	}
	if copied := read - w.before; copied > w.copied {
		wanted := 2*copied + 16*uint64(w.mss)
		wanted += 2 * wanted * (copied - w.copied) / w.copied
		w.size = max(w.size, int64(min(wanted, mostWindow)))
	}
	w.since, w.read = now, read
}

// free is how much may be sent beyond what has arrived. Below a segment it is nothing (RFC 9293 section 3.8.6.2.2).
func (w *window) free(next, read uint64) int64 {
	free := w.size - int64(next-read)
	if free < min(w.mss, w.size/2) {
		return 0
	}
	return free
}

// tells: the window has become at least twice as wide as what the sender knows, which it is told (as Linux).
func (w *window) tells(next, read uint64) bool {
	free, old := w.free(next, read), int64(w.right-min(w.right, next))
	return free > old && free >= 2*old
}

// advertise moves the right edge, which never goes back (RFC 9293 section 3.8.6).
func (w *window) advertise(next, read uint64) uint64 {
	w.right = max(w.right, next+uint64(w.free(next, read)))
	return w.right
}
