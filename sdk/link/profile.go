package link

import (
	"fmt"
	"time"
)

// Rate is a link's capacity in bits per second. Zero means unlimited.
type Rate int64

// The units of Rate.
const (
	Bit  Rate = 1
	Kbit      = 1000 * Bit
	Mbit      = 1000 * Kbit
	Gbit      = 1000 * Mbit
)

// Profile says how one direction of a link treats what is sent into it. The zero Profile is the ideal link: no delay,
// no limit, nothing lost.
type Profile struct {
	Latency   Draw    // one-way delay; a fixed duration or a distribution
	Jitter    Draw    // added to Latency: a fixed duration d means uniform in -d..+d, a distribution is added as drawn
	Loss      float64 // probability 0..1 that a datagram vanishes; on a stream, that a segment must be sent again
	Burst     Burst   // in place of Loss: loss that comes in bursts
	Duplicate float64 // probability that a datagram arrives twice
	Reorder   float64 // probability that a datagram skips the delay and overtakes those before it
	Corrupt   float64 // probability that one bit of a datagram is flipped
	Rate      Rate    // capacity; zero is unlimited
	Queue     int64   // bytes that may wait for capacity; more datagrams are dropped, streams wait; zero is unlimited
	MTU       int     // largest datagram in bytes; larger ones vanish; segment size of streams; zero is unlimited
}

// Validate says which field is outside its range, with its value and the range.
func (p Profile) Validate() error {
	for _, f := range []struct {
		name  string
		draw  Draw
		least time.Duration
	}{
		{"latency", p.Latency, 0},
		{"jitter", p.Jitter, -longest},
	} {
		if err := f.draw.Validate(); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if f.draw.A < f.least || f.name == "jitter" && f.draw.Distribution == Fixed && f.draw.A < 0 {
			return fmt.Errorf("%s is %v, want 0s or more", f.name, f.draw)
		}
	}
	for _, f := range []struct {
		name string
		p    float64
	}{
		{"loss", p.Loss}, {"duplicate", p.Duplicate}, {"reorder", p.Reorder}, {"corrupt", p.Corrupt},
	} {
		if !(f.p >= 0 && f.p <= 1) {
			return fmt.Errorf("%s is %v, want a probability from 0 to 1", f.name, f.p)
		}
	}
	if err := p.validateBurst(); err != nil {
		return err
	}
	for _, f := range []struct {
		name, unit string
		value      int64
	}{
		{"rate", "bits per second", int64(p.Rate)}, {"queue", "bytes", p.Queue}, {"mtu", "bytes", int64(p.MTU)},
	} {
		if f.value < 0 {
			return fmt.Errorf("%s is %d %s, want 0 (unlimited) or more", f.name, f.value, f.unit)
		}
	}
	return nil
}

func (p Profile) validateBurst() error {
	switch {
	case p.Burst == Burst{}:
		return nil
	case p.Loss > 0:
		return fmt.Errorf("loss is both %v and %v, want one of them", p.Loss, p.Burst)
	}
	return p.Burst.Validate()
}

// Fate is what happens to one datagram. With jitter the second copy may arrive before the first.
type Fate struct {
	Copies  int              // how often it arrives: 0, 1 or 2
	At      [2]time.Duration // when, since the run began
	FlipBit int              // index of the bit to flip in the payload of every copy, -1 for none
	Why     Drop             // the reason when Copies is 0
}

// Drop is the reason why a datagram vanished.
type Drop uint8

// The reasons.
const (
	NotDropped Drop = iota
	DropCut
	DropLoss
	DropQueue
	DropMTU
)

// GiveUp is how long a stream stays stalled by a cut, with bytes under way, before both ends see a reset.
const GiveUp = 60 * time.Second
