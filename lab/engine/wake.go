package engine

import (
	"slices"

	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// answered reports whether one of the replies is one that the wake waits for.
func (w Wake) answered(replies []Reply) bool {
	return slices.ContainsFunc(replies, func(r Reply) bool { return slices.Contains(w.Calls, r.Call) })
}

// meets reports whether it is such an event.
func (w EventWake) meets(e value.Event) bool {
	return e.Class == value.ClassComponent && e.Name == w.Name && (w.Node == "" || w.Node == e.Node)
}

// met adds those of the watched events that this one is.
func (w Wake) met(so []EventWake, e value.Event) []EventWake {
	for _, watched := range w.Events {
		if watched.meets(e) && !slices.Contains(so, watched) {
			so = append(so, watched)
		}
	}
	return so
}

func toWatched(events []EventWake) []*wire.EventWake {
	var out []*wire.EventWake
	for _, e := range events {
		out = append(out, &wire.EventWake{Name: e.Name, Node: e.Node})
	}
	return out
}

// news are the kinds of events that have been recorded since a Run has last returned. In live they also come between
// two Runs: such an event ends the next one at once. Guarded by the recorder's lock.
type news struct {
	seen    map[EventWake]bool // with the node, and without
	watched []EventWake        // by the Run that is under way
	tell    func()             // that a watched event has come; must not block
}

// note takes in an event that is being recorded.
func (n *news) note(e value.Event) {
	if n.tell == nil || e.Class != value.ClassComponent {
		return
	}
	n.seen[EventWake{e.Name, e.Node}] = true
	n.seen[EventWake{e.Name, ""}] = true
	if slices.ContainsFunc(n.watched, func(w EventWake) bool { return w.meets(e) }) {
		n.tell()
	}
}

// watch begins a Run that waits for events.
func (r *recorder) watch(events []EventWake) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.news.watched = events
}

// met returns those of the events that have come.
func (r *recorder) met(events []EventWake) []EventWake {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.news.among(events)
}

// unwatch ends the Run and returns those of the events that have come. What comes from now on is for the next Run.
func (r *recorder) unwatch(events []EventWake) []EventWake {
	r.mu.Lock()
	defer r.mu.Unlock()
	met := r.news.among(events)
	clear(r.news.seen)
	r.news.watched = nil
	return met
}

func (n *news) among(events []EventWake) []EventWake {
	var met []EventWake
	for _, w := range events {
		if n.seen[w] {
			met = append(met, w)
		}
	}
	return met
}
