package network

import (
	"math"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// codel is controlled delay (RFC 8289): it drops what has waited longer than the target for a whole interval, and then
// ever more often until the wait is below the target.
type codel struct {
	above    time.Duration // when a wait above the target will have lasted for an interval; 0 while it is below
	dropping bool
	next     time.Duration // of the drop to come
	count    int           // drops since dropping began
	last     int           // count when it began
}

const (
	codelInterval = 100 * time.Millisecond // RFC 8289 section 4.2
	codelPacket   = 1500                   // bytes: when less is left none is dropped (section 5.4), nor is what is left alone
)

// drops reports whether the head, which reaches the line now, is to be dropped.
func (c *codel) drops(now time.Duration, head *item, backlog int64, p link.Codel) bool {
	if now-head.since < p.Target || backlog <= max(codelPacket, int64(head.size)) {
		c.rest()
		return false
	}
	if c.above == 0 {
		c.above = now + codelInterval
	}
	if now < c.above {
		return false
	}
	if !c.dropping {
		c.begin(now)
		return true
	}
	if now < c.next {
		return false
	}
	c.count++
	c.next += c.interval()
	return true
}

// rest ends what the wait above the target has brought on.
func (c *codel) rest() { c.above, c.dropping = 0, false }

// begin starts to drop, at the pace of the last time if that is not long ago (section 5.4).
func (c *codel) begin(now time.Duration) {
	again := c.count - c.last
	c.count = 1
	if again > 1 && now-c.next < 16*codelInterval {
		c.count = again
	}
	c.dropping, c.last = true, c.count
	c.next = now + c.interval()
}

func (c *codel) interval() time.Duration {
	return time.Duration(float64(codelInterval) / math.Sqrt(float64(c.count)))
}
