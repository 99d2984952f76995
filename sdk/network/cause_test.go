package network

import (
	"fmt"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// What the timer of a connection does follows from the packet that the timer ran from: a delayed acknowledgement from the
// segment that it acknowledges, what is sent again from its transmission before, a probe from the acknowledgement that has
// shut the window.
func TestWhatATimerSendsFollowsFromWhatTheTimerRanFrom(t *testing.T) {
	l := both(t, link.Profile{Latency: link.NewFixed(5 * ms), Loss: 0.2})
	told := map[uint64]Packet{}
	l.config.Told = func(p *Packet) { told[p.Number] = *p }
	for range 20 {
		talk(l)
	}
	l.Cause = value.Cause{}
	a, b := l.dial()
	b.paused = true
	a.send(1 << 20)
	l.pass(time.Minute)
	seen := map[string]int{}
	for _, p := range told {
		if !p.Cause.Timer {
			continue
		}
		cause := told[p.Cause.Of]
		what, ok := byTimer(p, cause)
		if seen[what]++; !ok || cause.Conn != p.Conn {
			p.Head, cause.Head = nil, nil
			t.Errorf("%s: %+v follows from %+v", what, p, cause)
		}
	}
	for _, what := range []string{"ack", "syn", "syn-ack", "data", "fin", "probe"} {
		if seen[what] == 0 {
			t.Errorf("no timer has sent %s: %v", what, seen)
		}
	}
}

// talk lets both ends write in turns, so that they delay their acknowledgements, and close.
func talk(l *lab) {
	l.Cause = value.Cause{} // what comes next is the test's
	a, b := l.dial()
	act := func(f func(), d time.Duration) {
		l.Cause = value.Cause{}
		f()
		l.pass(d)
	}
	for range 5 {
		act(func() { a.send(100) }, 20*ms)
		act(func() { b.send(100) }, 300*ms)
	}
	act(func() { a.end.CloseWrite() }, 0)
	act(func() { b.end.CloseWrite() }, 5*time.Second)
}

// byTimer names what a timer has sent, and tells whether it may follow from the packet.
func byTimer(p, from Packet) (what string, ok bool) {
	switch {
	case p.Kind == "ack":
		ok = from.Kind == "data" && from.From == p.To && from.Copies == 1 && p.Sent-from.Arrives[0] == 40*ms && p.Ack > from.Offset
		return p.Kind, ok
	case p.Kind != "data":
		return p.Kind, from.Kind == p.Kind && from.From == p.From
	case p.Size == 0 && !p.Fin:
		return "probe", from.Kind == "ack" && from.From == p.To
	case p.Again == 0:
		return fmt.Sprint("new ", p.Size), from.Kind == "data" && from.From == p.From
	}
	if what = "data"; p.Size == 0 {
		what = "fin"
	}
	return what, from.Kind == "data" && from.From == p.From && from.Offset == p.Offset && from.Again == p.Again-1
}
