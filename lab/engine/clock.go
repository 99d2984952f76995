package engine

import (
	"fmt"
	"math"
	"time"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/clock"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// clockPatch is what one fault does to a node's clock.
type clockPatch struct {
	fault  FaultID
	speed  float64
	offset time.Duration
}

// clocked is the step that brings the clock in force on a node: the speeds of all faults multiplied, their offsets
// added.
func (t *topology) clocked(name string) step {
	s := step{verb: setClock, node: *t.nodes[name], speed: 1}
	for _, l := range t.clocks[name] {
		s.speed *= l.speed
		s.offset += l.offset
	}
	return s
}

// clockInRange checks the faults of a node's clock. Together they must stay in range whichever of them are healed: a
// heal cannot fail.
func (t *topology) clockInRange(name string) error {
	fastest, slowest := 1.0, 1.0
	var ahead, behind float64
	for _, l := range t.clocks[name] {
		fastest, slowest = fastest*max(l.speed, 1), slowest*min(l.speed, 1)
		ahead, behind = ahead+max(float64(l.offset), 0), behind+min(float64(l.offset), 0)
	}
	const slack = 1e-9 // of the product of a speed and its reciprocal
	switch {
	case fastest > clock.MaxSpeed*(1+slack):
		return tooMuch(name, "its speed can come to %.4g, want at most %v", fastest, clock.MaxSpeed)
	case slowest < clock.MinSpeed*(1-slack):
		return tooMuch(name, "its speed can come to %.4g, want at least %v", slowest, clock.MinSpeed)
	case math.Max(ahead, -behind) > float64(clock.MaxOffset):
		return tooMuch(name, "its offset can come to more than 100 years")
	}
	return nil
}

func tooMuch(node, format string, values ...any) error {
	return &trouble.Error{
		Text: fmt.Sprintf("clock %s: with the faults in force "+format, append([]any{node}, values...)...),
		Hint: "the speeds of all faults of one clock multiply, their offsets add up: heal one first",
	}
}

// liveClock is a node's clock as the host knows it. A new process knows nothing of what the clock has gained before, so
// that is part of the offset which it is told.
type liveClock struct {
	clock   clock.Clock
	carried time.Duration // gained until the present incarnation began
	speed   float64
	offset  time.Duration
}

// setClock sets the clock of a node, and tells its process.
func (l *live) setClock(s step) {
	c := l.clocks[s.node.name]
	if c == nil {
		c = &liveClock{}
		l.clocks[s.node.name] = c
	}
	c.clock = c.clock.Set(time.Now(), s.speed, s.offset)
	c.speed, c.offset = s.speed, s.offset
	if n := l.nodes[s.node.name]; n != nil {
		// An error means that the process has ended: the next one is told at its start.
		_ = n.process.Send(&wire.Command{World: n.world, Of: &wire.Command_Clock{Clock: c.form(n.name)}})
	}
}

// clockAtStart is what a node that is about to start is told of its clock; nil when it is true.
func (l *live) clockAtStart(name string) *wire.Clock {
	c := l.clocks[name]
	if c == nil {
		return nil
	}
	c.carried = c.clock.Gained(time.Now())
	return c.form(name)
}

func (c *liveClock) form(node string) *wire.Clock {
	return &wire.Clock{Node: node, Speed: c.speed, Offset: int64(c.offset + c.carried)}
}
