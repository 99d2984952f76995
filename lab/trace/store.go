// Package trace holds what happened in a run: events in their order, and questions to them.
//
// The order of a trace is (time, node, the node's own number). Live processes report beside each other, so events come
// in any order; a Store puts them right.
package trace

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/sdk/env"
)

// Store is the trace of one run while it grows. The zero Store is empty and ready. It is safe for concurrent use.
type Store struct {
	mu     sync.Mutex
	events []env.Event
	sorted int // events[:sorted] are in order
}

// Add appends events. The store keeps their fields; nobody may change them afterwards.
func (s *Store) Add(events ...env.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range events {
		inOrder := s.sorted == len(s.events) && (s.sorted == 0 || Compare(s.events[s.sorted-1], e) <= 0)
		s.events = append(s.events, e)
		if inOrder {
			s.sorted++
		}
	}
}

// Select returns the events that match, in the order of the trace.
func (s *Store) Select(f Filter) []env.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sorted < len(s.events) {
		slices.SortStableFunc(s.events, Compare)
		s.sorted = len(s.events)
	}
	first, _ := slices.BinarySearchFunc(s.events, f.Since, func(e env.Event, since time.Duration) int {
		return cmp.Compare(e.At, since)
	})
	var selected []env.Event
	for _, e := range s.events[first:] {
		if f.Match(e) {
			selected = append(selected, e)
		}
	}
	return selected
}

// Len is the number of events so far.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.events)
}

// Compare orders two events of a run: by time, then node, then the node's own number.
func Compare(a, b env.Event) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Node, b.Node), cmp.Compare(a.Seq, b.Seq))
}
