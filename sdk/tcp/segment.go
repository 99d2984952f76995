package tcp

import (
	"math"
	"time"
)

// Never is the instant of a timer that does not run.
const Never = time.Duration(math.MaxInt64)

// MSS is the payload of a full segment on a path of 1500 bytes.
const MSS = 1460

// GiveUp is how long a connection that waits for its peer lives without an acknowledgement.
const GiveUp = 60 * time.Second

// Segment is what goes on the link: one segment, or a run of neighbours that arrive at the same instant. Length 0 without
// Fin is a probe of the window.
type Segment struct {
	Offset       uint64        // of the first byte in the stream, from 0
	Length       int32         // bytes
	Fin          bool          // the stream ends after these bytes
	Push         bool          // the last of several that are sent at once, which is acknowledged when it is read
	Attempt      uint8         // 0 for the first transmission; no two transmissions of an offset share one until 192 were lost
	Count        int32         // segments in the run, 1 from Next
	Transmission uint64        // number of the last transmission of the run; a connection counts them from 1
	RTT          time.Duration // the sender's smoothed round trip, by which the receiver sizes its window; 0 is unknown
}

// End is the offset after the segment. FIN counts as one (RFC 9293 section 3.4).
func (s *Segment) End() uint64 { return s.Offset + size(s.Length, s.Fin) }

func size(length int32, fin bool) uint64 {
	if fin {
		return uint64(length) + 1
	}
	return uint64(length)
}

// Block is a range of offsets, Hi not included.
type Block struct{ Lo, Hi uint64 }

func (b Block) contains(c Block) bool { return b.Lo <= c.Lo && c.Hi <= b.Hi }

// Ack is an acknowledgement.
type Ack struct {
	Ack          uint64   // all below it has arrived
	Window       uint64   // right edge: what ends at or below it may be sent
	Transmission uint64   // the highest that has arrived, by which the sender knows what was overtaken
	Blocks       [3]Block // of what arrived beyond Ack; the block of the newest arrival first (RFC 2018 section 4)
	N            uint8    // how many blocks there are
}
