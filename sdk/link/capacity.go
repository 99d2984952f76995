package link

import (
	"math/bits"
	"time"
)

// capacity serialises what is sent into a link of limited rate: one byte after the other, datagrams and streams alike.
type capacity struct {
	busy time.Duration // until then the line is taken by what was sent so far
	rest uint64        // fraction of a nanosecond left over, in units of 1/rate
}

const bitNanos = 8 * uint64(time.Second) // one byte for one second at 1 bit per second, in nanoseconds

// depart takes size bytes into the line and returns when the last of them has left.
func (c *capacity) depart(now time.Duration, size int, rate Rate) time.Duration {
	if rate <= 0 {
		return now
	}
	if c.busy <= now {
		c.busy, c.rest = now, 0
	}
	hi, lo := bits.Mul64(uint64(size), bitNanos)
	lo, carry := bits.Add64(lo, c.rest, 0)
	hi += carry
	if hi >= uint64(rate) {
		c.busy = longest
		return c.busy
	}
	took, rest := bits.Div64(hi, lo, uint64(rate))
	c.busy, c.rest = later(c.busy, time.Duration(min(took, uint64(longest)))), rest
	return c.busy
}

// waiting is how many bytes have not left yet, the one on the line included.
func (c *capacity) waiting(now time.Duration, rate Rate) int64 {
	if c.busy <= now || rate <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(c.busy-now), uint64(rate))
	lo, carry := bits.Add64(lo, bitNanos/2, 0)
	hi += carry
	if hi >= bitNanos {
		return int64(longest)
	}
	bytes, _ := bits.Div64(hi, lo, bitNanos)
	return int64(min(bytes, uint64(longest)))
}

// room is the earliest instant at which size more bytes fit into a queue of that many bytes. What is larger than the
// whole queue fits when the queue is empty.
func (c *capacity) room(now time.Duration, size int, rate Rate, queue int64) time.Duration {
	if rate <= 0 || queue <= 0 || c.waiting(now, rate)+int64(size) <= queue {
		return now
	}
	free := max(queue-int64(size), 0)
	hi, lo := bits.Mul64(uint64(free), bitNanos)
	if hi >= uint64(rate) {
		return now
	}
	early, _ := bits.Div64(hi, lo, uint64(rate))
	return max(now, c.busy-time.Duration(min(early, uint64(longest))))
}

// later is at + d, cut off at the longest instant. d may be negative; the sum is never below 0.
func later(at, d time.Duration) time.Duration {
	return max(min(at+d, longest), 0)
}
