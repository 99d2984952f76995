package tcp

import "time"

// hystart ends slow start before the queue overflows, as Linux (Ha and Rhee, "Taming the elephants", 2011).
type hystart struct {
	end     uint64        // the round ends when more than this is acknowledged
	began   time.Duration // the round
	train   time.Duration // last acknowledgement of the train that began with the round
	least   time.Duration // round trip of this round
	samples int
}

const (
	hystartWindow  = 16                   // segments, from which on it looks
	hystartSamples = 8                    // of a round
	trainGap       = 2 * time.Millisecond // acknowledgements further apart are no train
	trainSlack     = time.Millisecond     // for what gathers segments on the way, at less than 2 gbit
	leastRise      = 4 * time.Millisecond
	mostRise       = 16 * time.Millisecond
)

func (h *hystart) reset(now time.Duration, end uint64) {
	*h = hystart{end: end, began: now, train: now, least: Never}
}

// exit reports whether slow start should end: acknowledgements come in a train longer than half the least round trip, or
// the round trip has risen by an eighth. A round ends strictly above its end: at it, the exit comes at half the window.
func (h *hystart) exit(now time.Duration, acked, next uint64, window float64, least, sample time.Duration) bool {
	if acked > h.end {
		h.reset(now, next)
	}
	if window < hystartWindow {
		return false
	}
	if now-h.train <= trainGap {
		h.train = now
		if now-h.began > (least+trainSlack)/2 {
			return true
		}
	}
	if sample < 0 {
		return false
	}
	h.least = min(h.least, sample)
	h.samples++
	return h.samples >= hystartSamples && h.least > least+min(max(least/8, leastRise), mostRise)
}
