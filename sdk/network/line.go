package network

import (
	"math/bits"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/ring"
)

// line is the queue of a path and the line behind it. Only the head has an instant of departure, so a change of the rate
// costs the same however much waits.
type line struct {
	waiting ring.Ring[*item]
	backlog int64         // bytes that wait, those of the head included
	since   time.Duration // from when the head is served at the present rate
	work    uint64        // what was left of it then, in bits times nanoseconds a second
	credit  uint64        // of the same unit: what the instant before was longer than the one before it has needed
	done    time.Duration // when the head will have left
	codel   codel
}

const bitNanos = 8 * uint64(time.Second) // the work of one byte

func (l *line) len() int { return l.waiting.Len() }

// push adds an item behind all others.
func (l *line) push(now time.Duration, it *item, rate link.Rate) {
	it.since = now
	l.waiting.Push(it)
	l.backlog += int64(it.size)
	if l.len() == 1 {
		l.credit = 0
		l.codel.rest()
		l.start(now, rate)
	}
}

// start lets the head onto the line.
func (l *line) start(now time.Duration, rate link.Rate) {
	l.since = now
	l.work = uint64(l.waiting.Front().size) * bitNanos
	used := min(l.work, l.credit)
	l.work -= used
	l.credit -= used
	l.retime(rate)
}

// retime says when the head will have left at that rate.
func (l *line) retime(rate link.Rate) {
	l.done = l.since
	if rate > 0 {
		took := l.work / uint64(rate)
		if l.work%uint64(rate) > 0 {
			took++
		}
		l.done = link.Later(l.since, time.Duration(min(took, uint64(link.Longest))))
	}
}

// change goes on with the head at another rate.
func (l *line) change(now time.Duration, before, rate link.Rate) {
	if l.len() == 0 {
		return
	}
	l.work -= min(l.work, served(now-l.since, before))
	l.since = now
	l.retime(rate)
}

// served is the work that the line does in that time.
func served(d time.Duration, rate link.Rate) uint64 {
	hi, lo := bits.Mul64(uint64(max(d, 0)), uint64(rate))
	if hi > 0 {
		return 1<<64 - 1
	}
	return lo
}

// pop takes the head off, which has left at done.
func (l *line) pop(rate link.Rate) *item {
	it := l.waiting.Pop()
	l.backlog -= int64(it.size)
	if rate > 0 { // what is left of the nanosecond in which it has left is the next one's
		l.credit += served(l.done-l.since, rate) - l.work
	}
	if l.len() > 0 {
		l.start(l.done, rate)
	}
	l.waiting.Trim(maxIdle)
	return it
}

// maxIdle is how many items a ring keeps room for while it is empty: a path and a connection are small again after a
// transfer, and those that are emptied all the time do not allocate.
const maxIdle = 256

// discard drops the head, which has just come to the line.
func (l *line) discard(rate link.Rate) {
	l.backlog -= int64(l.waiting.Pop().size)
	if l.len() > 0 {
		l.start(l.since, rate)
	}
}
