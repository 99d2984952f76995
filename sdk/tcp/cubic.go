package tcp

import (
	"math"
	"time"
)

// cubic is CUBIC (RFC 9438) as Linux has it. Linux departs from the RFC in two ways that can be seen:
//   - until the first loss, and again after a timeout, the window grows by at least 5 % a round trip;
//   - the window that competes with Reno always grows by alpha = 0.53, also above the last maximum, where the RFC says 1.
//
// Not copied are Linux's whole steps, which cost a few percent at small windows.
type cubic struct {
	most  float64       // window at the last loss, lower with fast convergence; 0 before the first
	goal  float64       // window at which the curve is flat
	k     float64       // seconds from epoch until then
	reno  float64       // window that Reno would have
	epoch time.Duration // the curve begins
	runs  bool          // it has begun
}

const (
	cubicBeta  = 0.7 // RFC 9438 section 4.6
	cubicC     = 0.4 // section 5
	cubicAlpha = 3 * (1 - cubicBeta) / (1 + cubicBeta)
	unlost     = 20 // segments acknowledged for one more, before the first loss
	plateau    = 100
)

// cut is the threshold after a loss, with fast convergence (sections 4.6 and 4.7).
func (c *cubic) cut(window float64) float64 {
	most := window
	if window < c.most {
		most = window * (1 + cubicBeta) / 2
	}
	c.most, c.runs = most, false
	return max(window*cubicBeta, 2)
}

// pause moves the curve by the time in which nothing was in flight: that is no time for growth (section 5.8).
func (c *cubic) pause(idle time.Duration) {
	if c.runs {
		c.epoch += idle
	}
}

func (c *cubic) begin(now time.Duration, window float64) {
	c.runs, c.epoch, c.reno = true, now, window
	c.goal, c.k = window, 0
	if c.most > window {
		c.goal, c.k = c.most, math.Cbrt((c.most-window)/cubicC)
	}
}

// grow is the window after acked more segments (sections 4.2 to 4.5).
func (c *cubic) grow(now, least time.Duration, window, acked float64) float64 {
	if !c.runs {
		c.begin(now, window)
	}
	target := min(c.target(now+least), window*1.5)
	more := max((target-window)/window, 1/(plateau*window))
	if c.most == 0 {
		more = max(more, 1.0/unlost)
	}
	c.reno += float64(cubicAlpha * acked / window)
	return max(window+float64(more*acked), c.reno)
}

// target is the curve's window at an instant.
func (c *cubic) target(at time.Duration) float64 {
	t := float64(at-c.epoch)/float64(time.Second) - c.k
	return c.goal + float64(cubicC*t*t*t)
}
