// Package tcp is one direction of a TCP connection as arithmetic: a Sender at one end, a Receiver at the other. They have
// no clock, move no bytes and do no input or output: instants and counts go in, segments and acknowledgements come out.
// Package network carries those over links, in virtual time and on the wall clock alike.
package tcp

import (
	"fmt"
	"time"
)

// Settings say how a node's TCP behaves, for connections opened afterwards. Default is the zero value's replacement.
type Settings struct {
	Congestion    Congestion
	DelayedAck    bool          // acknowledge every second segment, or after 40 ms (RFC 1122 section 4.2.3.2)
	Nagle         bool          // a small segment waits while a small one is unacknowledged (RFC 896, as Linux has it)
	InitialWindow int           // segments that may be sent before the first acknowledgement (RFC 6928)
	MinRTO        time.Duration // least part of the retransmission timeout that stands for variance, as in Linux
}

// Default is what Linux does for a program that switches Nagle off, as Go's do.
var Default = Settings{DelayedAck: true, InitialWindow: 10, MinRTO: 200 * time.Millisecond}

// Congestion is a congestion control.
type Congestion uint8

// The congestion controls. None keeps its window at the initial one.
const (
	Cubic Congestion = iota
	Reno
	None
)

// Congestions are their names in scripts, in order.
var Congestions = []string{Cubic: "cubic", Reno: "reno", None: "none"}

// String is the name in scripts.
func (c Congestion) String() string { return Congestions[c] }

// The bounds of Settings.
const (
	maxInitialWindow = 1 << 20
	maxMinRTO        = GiveUp / 2 // with more a connection would give up before it has sent anything again
)

// Validate says which setting is outside its range, with its value and the range.
func (s Settings) Validate() error {
	switch {
	case int(s.Congestion) >= len(Congestions):
		return fmt.Errorf("congestion is number %d, want 0 to %d", s.Congestion, len(Congestions)-1)
	case s.InitialWindow < 1 || s.InitialWindow > maxInitialWindow:
		return fmt.Errorf("initial_window is %d segments, want 1 to %d", s.InitialWindow, maxInitialWindow)
	case s.MinRTO < time.Millisecond:
		return fmt.Errorf("min_rto is %gus, want 1ms to %v", float64(s.MinRTO)/float64(time.Microsecond), maxMinRTO)
	case s.MinRTO > maxMinRTO:
		return fmt.Errorf("min_rto is %v, want 1ms to %v", s.MinRTO, maxMinRTO)
	}
	return nil
}
