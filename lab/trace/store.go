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

	"github.com/netlab-dev/netlab/sdk/value"
)

// Store is the trace of one run while it grows. The zero Store is empty and ready. It is safe for concurrent use.
type Store struct {
	// Recent bounds the store to about so many events, the latest; 0 keeps all. It must not change.
	Recent int

	mu     sync.Mutex
	events []value.Event
	sorted int // events[:sorted] are in order
}

// Add appends events. The store keeps their fields; nobody may change them afterwards.
func (s *Store) Add(events ...value.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range events {
		inOrder := s.sorted == len(s.events) && (s.sorted == 0 || Compare(s.events[s.sorted-1], e) <= 0)
		s.events = append(s.events, e)
		if inOrder {
			s.sorted++
		}
	}
	if s.Recent > 0 && len(s.events) > 2*s.Recent {
		s.sort()
		s.events = append([]value.Event(nil), s.events[len(s.events)-s.Recent:]...)
		s.sorted = len(s.events)
	}
}

func (s *Store) sort() {
	if s.sorted < len(s.events) {
		slices.SortStableFunc(s.events, Compare)
		s.sorted = len(s.events)
	}
}

// Select returns the events that match, in the order of the trace.
func (s *Store) Select(f Filter) []value.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sort()
	first, _ := slices.BinarySearchFunc(s.events, f.Since, func(e value.Event, since time.Duration) int {
		return cmp.Compare(e.At, since)
	})
	var selected []value.Event
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
func Compare(a, b value.Event) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Node, b.Node), cmp.Compare(a.Seq, b.Seq))
}
