package tcp

import (
	"math"
	"time"
)

// control is a sender's congestion control. Windows are in whole segments, as Linux has them: at small windows the fraction
// is worth up to a seventh of the throughput. What moves a window is exact on every machine: a product is rounded by float64
// before something is added, so that no compiler fuses the two.
type control struct {
	kind      Congestion
	window    float64
	threshold float64 // slow start below it (RFC 5681 section 3.1)
	initial   float64
	limited   bool    // the last segment that had to wait waited for this window
	acked     float64 // towards the next segment of the window
	most      int     // most segments in flight since nothing was
	cubic     cubic
	hystart   hystart
}

func (c *control) open(set *Settings) {
	c.kind, c.initial = set.Congestion, float64(set.InitialWindow)
	c.window, c.threshold = c.initial, math.Inf(1)
	c.hystart.reset(0, 0)
}

// cut lowers the threshold, once for a window with losses.
func (c *control) cut() {
	c.acked = 0
	switch c.kind {
	case Cubic:
		c.threshold = c.cubic.cut(c.window)
	case Reno:
		c.threshold = max(math.Floor(c.window/2), 2) // RFC 5681 section 3.1
	}
}

// collapse begins again after a timeout (RFC 5681 section 3.1). As Linux, CUBIC forgets its maximum.
func (c *control) collapse() {
	if c.kind != None {
		c.window, c.acked, c.cubic = 1, 0, cubic{}
	}
}

// set takes a window that recovery has worked out.
func (c *control) set(window float64) {
	if c.kind != None {
		c.window = window
	}
}

// grow widens the window by acknowledged segments, of which before were in flight. As Linux, it only does so while the
// window is what limits the sender; in slow start, while more than half of it is used.
func (c *control) grow(now, least time.Duration, acked float64, before int) {
	if c.kind == None {
		return
	}
	if c.window < c.threshold {
		if c.window >= float64(2*max(c.most, before)) {
			return
		}
		wider := min(c.window+acked, c.threshold)
		acked -= wider - c.window
		c.window = wider
	}
	if acked <= 0 || !c.limited {
		return
	}
	need := c.window // RFC 5681 section 3.1
	if c.kind == Cubic {
		need = c.cubic.need(now, least, c.window, acked)
	}
	c.step(need, acked)
}

// step counts what is acknowledged towards the next segment. When less is needed than before, what was counted gives one.
func (c *control) step(need, acked float64) {
	if c.acked >= need {
		c.acked = 0
		c.window++
	}
	c.acked += acked
	whole := math.Floor(c.acked / need)
	c.window += whole
	c.acked -= float64(whole * need)
}

// pause is told how long nothing was in flight.
func (c *control) pause(idle time.Duration) {
	c.most = 0
	c.cubic.pause(idle)
}

// restart halves the window for each timeout in which nothing was sent, down to the initial one (RFC 2861, as Linux).
func (c *control) restart(idle, timeout time.Duration) {
	if c.kind == None || idle <= timeout {
		return
	}
	c.threshold = max(c.threshold, math.Floor(c.window*3/4))
	least := min(c.window, c.initial)
	for idle -= timeout; idle > 0 && c.window > least; idle -= timeout {
		c.window = math.Floor(c.window / 2)
	}
	c.window = max(c.window, least)
}
