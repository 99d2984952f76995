package trace

import (
	"slices"
	"sync"
	"time"
)

// What is kept of the lanes of a run: so many of them, points of each, and points of all, which are a line of JSON that can
// be read back. Where there are more, every second one goes.
const (
	maxLanes     = 1000
	maxPoints    = 4000
	maxAllPoints = 100_000
	maxRefused   = 20
)

// LaneID names a field of a node: Of is the item of a list that it belongs to, or "".
type LaneID struct{ Node, Name, Of string }

// Lane is a field of a node over time.
type Lane struct {
	LaneID
	Points []LanePoint // in order of time, each of another value than the one before
}

// LanePoint is a value from an instant on: a number, a text, a truth value, or nil when the node does not answer.
type LanePoint struct {
	At    time.Duration
	Value any // comparable
}

// Lanes keeps those of a run. The zero value is empty and ready. It is safe for concurrent use.
type Lanes struct {
	mu     sync.Mutex
	list   []*Lane
	byID   map[LaneID]*Lane
	points int // of all

	refused []string // the first
}

// Add adds a value to a lane.
func (l *Lanes) Add(id LaneID, at time.Duration, value any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane := l.byID[id]
	if lane == nil {
		if len(l.list) == maxLanes {
			return
		}
		if l.byID == nil {
			l.byID = map[LaneID]*Lane{}
		}
		lane = &Lane{LaneID: id}
		l.byID[id], l.list = lane, append(l.list, lane)
	}
	l.add(lane, LanePoint{at, value})
}

func (l *Lanes) add(to *Lane, p LanePoint) {
	before := len(to.Points)
	to.add(p)
	if l.points += len(to.Points) - before; l.points <= maxAllPoints {
		return
	}
	l.points = 0
	for _, lane := range l.list {
		lane.thin()
		l.points += len(lane.Points)
	}
}

func (l *Lane) add(p LanePoint) {
	if n := len(l.Points); n > 0 {
		last := &l.Points[n-1]
		switch p.At = max(p.At, last.At); {
		case last.is(p.Value):
			return
		case p.At == last.At: // of one instant the last value counts
			l.Points = l.Points[:n-1]
			l.add(p)
			return
		}
	}
	if l.Points = append(l.Points, p); len(l.Points) > maxPoints {
		l.thin()
	}
}

// thin leaves out every second point but the last, and those that then have the value of the one before.
func (l *Lane) thin() {
	all := l.Points
	l.Points = all[:0]
	for i, p := range all {
		if n := len(l.Points); (i%2 == 0 || i == len(all)-1) && (n == 0 || !l.Points[n-1].is(p.Value)) {
			l.Points = append(l.Points, p)
		}
	}
}

// is tells whether the point has the value, which may be no number (NaN).
func (p LanePoint) is(value any) bool {
	return p.Value == value || p.Value != p.Value && value != value
}

// End says that a node no longer answers.
func (l *Lanes) End(node string, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lane := range l.list {
		if lane.Node == node {
			l.add(lane, LanePoint{at, nil})
		}
	}
}

// Refuse keeps a sentence about what could not be asked.
func (l *Lanes) Refuse(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.refused) < maxRefused {
		l.refused = append(l.refused, why)
	}
}

// All returns copies, in the order in which the lanes began, and what was refused.
func (l *Lanes) All() (all []Lane, refused []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all = make([]Lane, len(l.list))
	for i, lane := range l.list {
		all[i] = Lane{lane.LaneID, slices.Clone(lane.Points)}
	}
	return all, slices.Clone(l.refused)
}
