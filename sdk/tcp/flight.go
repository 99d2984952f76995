package tcp

import (
	"sort"
	"time"
)

// flown is a segment in flight. It keeps its cut.
type flown struct {
	offset       uint64
	transmission uint64 // the last one
	at           time.Duration
	length       int32
	fin          bool
	state        state
	attempt      uint8
}

type state uint8

const (
	flying state = iota
	sacked       // arrived beyond a gap
	lost         // to be sent again
	states
)

// lastAttempt is where attempts stop counting: those above are of probes of a shut window.
const lastAttempt = 191

func (f *flown) end() uint64 { return f.offset + size(f.length, f.fin) }

// transmission is one sending of the segment at an offset.
type transmission struct {
	number, offset uint64
	at             time.Duration
}

// since is how long ago that transmission was, -1 if it is not known any more.
func (s *Sender) since(now time.Duration, number uint64) time.Duration {
	i := sort.Search(s.order.Len(), func(i int) bool { return s.order.At(i).number >= number })
	if i == s.order.Len() || s.order.At(i).number != number {
		return -1
	}
	return now - s.order.At(i).at
}

// find is the index of the first segment in flight that begins at or above an offset.
func (s *Sender) find(offset uint64) int {
	low, high := 0, s.flight.Len()
	for low < high {
		if middle := (low + high) / 2; s.flight.At(middle).offset < offset {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// set is the only way to another state, so that the counts hold.
func (s *Sender) set(f *flown, to state) {
	s.count[f.state]--
	s.count[to]++
	f.state = to
	if to == lost {
		s.hint = min(s.hint, f.offset)
	}
}

// worthwhile is a number of segments whose memory is worth giving back.
const worthwhile = 64

// rest is called when nothing is in flight any more. Memory goes back when little of it was needed this time, so that a
// connection is small again after a transfer, and a transfer that empties its flight each round trip does not allocate.
func (s *Sender) rest(now time.Duration) {
	s.emptied = now
	for s.order.Len() > 0 {
		s.order.Pop()
	}
	if used := s.control.most; s.peak > worthwhile && used < s.peak/8 {
		s.flight.Clear()
		s.order.Clear()
		s.peak = 0
	}
	s.peak = max(s.peak, s.control.most)
}

// transmit sends a segment of the flight, which it puts into g.
func (s *Sender) transmit(now time.Duration, f *flown, g *Segment) {
	if s.sent++; now > s.last {
		s.burst = 0
	}
	s.last = now
	s.burst++
	s.recovery.out++
	f.transmission, f.at = s.sent, now
	s.order.Push(transmission{s.sent, f.offset, now})
	g.Offset, g.Length, g.Fin, g.Attempt, g.Count = f.offset, f.length, f.fin, f.attempt, 1
	g.Transmission, g.RTT, g.Push = s.sent, s.rtt.smoothed, s.burst > 1 && !s.more()
}

// again sends a segment once more.
func (s *Sender) again(now time.Duration, f *flown, g *Segment) {
	s.set(f, flying)
	f.attempt = min(f.attempt+1, lastAttempt)
	s.retransmit++
	s.transmit(now, f, g)
}

// firstLost is the lost segment with the lowest offset, nil if there is none.
func (s *Sender) firstLost() *flown {
	if s.count[lost] == 0 {
		return nil
	}
	for i := s.find(s.hint); i < s.flight.Len(); i++ {
		if f := s.flight.At(i); f.state == lost {
			s.hint = f.end()
			return f
		}
	}
	return nil
}
