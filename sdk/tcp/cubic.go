package tcp

import (
	"math"
	"time"
)

// cubic is CUBIC (RFC 9438) as Linux has it. Linux departs from the RFC in three ways that can be seen:
//   - until the first loss, and again after a timeout, the window grows by at least 5 % a round trip;
//   - the window that competes with Reno always grows by alpha = 0.53, also above the last maximum, where the RFC says 1;
//   - windows are whole segments, so the curve is flat where it is within one of the last maximum.
type cubic struct {
	most  float64       // window at the last loss, lower with fast convergence; 0 before the first
	goal  float64       // window at which the curve is flat
	k     float64       // seconds from epoch until then
	reno  float64       // window that Reno would have
	acks  float64       // towards its next segment
	epoch time.Duration // the curve begins
	runs  bool          // it has begun
}

const (
	cubicBeta  = 0.7 // RFC 9438 section 4.6
	cubicC     = 0.4 // section 5
	cubicAlpha = 3 * (1 - cubicBeta) / (1 + cubicBeta)
	unlost     = 20  // segments acknowledged for one more, before the first loss
	plateau    = 100 // windows acknowledged for one more, at and above the goal
	fastest    = 2   // segments acknowledged for one more, at least
)

// cut is the threshold after a loss, with fast convergence (sections 4.6 and 4.7).
func (c *cubic) cut(window float64) float64 {
	most := window
	if window < c.most {
		most = math.Floor(window * (1 + cubicBeta) / 2)
	}
	c.most, c.runs = most, false
	return max(math.Floor(window*cubicBeta), 2)
}

// pause moves the curve by the time in which nothing was in flight: that is no time for growth (section 5.8).
func (c *cubic) pause(idle time.Duration) {
	if c.runs {
		c.epoch += idle
	}
}

func (c *cubic) begin(now time.Duration, window float64) {
	c.runs, c.epoch, c.reno, c.acks = true, now, window, 0
	c.goal, c.k = window, 0
	if c.most > window {
		c.goal, c.k = c.most, math.Cbrt((c.most-window)/cubicC)
	}
}

// need is how many segments must be acknowledged for one more, now that acked more are (sections 4.2 to 4.5).
func (c *cubic) need(now, least time.Duration, window, acked float64) float64 {
	if !c.runs {
		c.begin(now, window)
	}
	c.acks += acked
	need := plateau * window
	if more := c.target(now+least) - window; more > 0 {
		need = window / more
	}
	if c.most == 0 {
		need = min(need, unlost)
	}
	for each := math.Floor(window / cubicAlpha); c.acks > each; c.acks -= each {
		c.reno++
	}
	if c.reno > window {
		need = min(need, window/(c.reno-window))
	}
	return max(need, fastest)
}

// target is the curve's window at an instant.
func (c *cubic) target(at time.Duration) float64 {
	t := float64(at-c.epoch)/float64(time.Second) - c.k
	return c.goal + math.Trunc(cubicC*t*t*t)
}
