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
	read   uint64        // so far
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

// grow follows what the application reads in a round trip, from the first byte of it: Linux waits for its end, which costs
// nothing while reads are prompt. A live network hears of reads late, and must not put growth off by a round trip for that.
func (w *window) grow(now time.Duration, read uint64) {
	if w.rtt == 0 {
		return
	}
	if now-w.since >= w.rtt-w.rtt/8 { // on a wall clock a round trip is a little shorter now and then
		w.copied = max(w.copied, w.read-w.before)
		w.before, w.since = w.read, now
	}
	w.read = read
	if copied := read - w.before; copied > w.copied {
		wanted := 2*copied + 16*uint64(w.mss)
		wanted += 2 * wanted * (copied - w.copied) / w.copied
		w.size = max(w.size, int64(min(wanted, mostWindow)))
	}
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
