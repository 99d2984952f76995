package trace

import (
	"slices"
	"sync"
	"time"
)

// What is kept of the lanes of a run: so many of them, and points of each. Of one that has more, every second one goes.
const (
	maxLanes  = 1000
	maxPoints = 4000
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
	mu   sync.Mutex
	list []*Lane
	byID map[LaneID]*Lane
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
	lane.add(LanePoint{at, value})
}

func (l *Lane) add(p LanePoint) {
	if n := len(l.Points); n > 0 {
		last := &l.Points[n-1]
		switch p.At = max(p.At, last.At); {
		case last.Value == p.Value:
			return
		case p.At == last.At: // of one instant the last value counts
			l.Points = l.Points[:n-1]
			l.add(p)
			return
		}
	}
	if l.Points = append(l.Points, p); len(l.Points) > maxPoints {
		for i := range maxPoints / 2 {
			l.Points[i] = l.Points[2*i]
		}
		l.Points = append(l.Points[:maxPoints/2], p)
	}
}

// End says that a node no longer answers.
func (l *Lanes) End(node string, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lane := range l.list {
		if lane.Node == node {
			lane.add(LanePoint{at, nil})
		}
	}
}

// All returns copies, in the order in which the lanes began.
func (l *Lanes) All() []Lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Lane, len(l.list))
	for i, lane := range l.list {
		all[i] = Lane{lane.LaneID, slices.Clone(lane.Points)}
	}
	return all
}
