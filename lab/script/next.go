package script

import (
	"fmt"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/value"
)

// nextEvent is lab.next(name, within, node = None, **match) -> event: the next event of that name, from now on. Nobody
// polls: the engine ends the wait at the instant of such an event. When none comes in time, that is a failure, as of
// an eventually.
var nextEvent = verb{"next", "", func(r *run, c call) (starlark.Value, error) {
	var name eventName
	var within span
	var where starlark.Value
	own, fields := ownWords(c.kwargs, "name", "within", "node")
	if err := load.UnpackArgs("lab.next", c.args, own, "name", &name, "within", &within, "node??", &where); err != nil {
		return nil, err
	}
	place, err := r.place("lab.next", where)
	if err != nil {
		return nil, err
	}
	if err := r.knownEvent("lab.next", string(name), place, fields); err != nil {
		return nil, err
	}
	w := newWatch(r, trace.Filter{Name: string(name), Node: place}, fields)
	for end := later(r.now(), within.Duration); ; {
		if e, err := w.look(); e != nil || err != nil {
			return e, err
		}
		if r.now() >= end {
			return nil, w.failure(c.thread, within.Duration)
		}
		if err := r.current.watch(engine.EventWake{Name: string(name), Node: place}, end); err != nil {
			return nil, err
		}
	}
}}

// watch is a wait for an event. What was there when it began is not meant.
type watch struct {
	run    *run
	filter trace.Filter
	fields []starlark.Tuple
	seen   map[eventID]bool
}

// eventID tells an event from all others of a run.
type eventID struct {
	node string
	seq  uint64
}

func newWatch(r *run, f trace.Filter, fields []starlark.Tuple) *watch {
	w := &watch{run: r, filter: f, fields: fields, seen: map[eventID]bool{}}
	w.filter.Since = r.now()
	for _, e := range r.engine.Events(w.filter) {
		w.seen[eventID{e.Node, e.Seq}] = true
	}
	return w
}

// look returns the first event that is meant, nil when there is none yet.
func (w *watch) look() (starlark.Value, error) {
	for _, e := range w.run.engine.Events(w.filter) {
		if w.seen[eventID{e.Node, e.Seq}] {
			continue
		}
		w.seen[eventID{e.Node, e.Seq}] = true
		if matches, err := w.run.matches(e.Fields, w.fields); err != nil {
			return nil, fmt.Errorf("lab.next: %w", err)
		} else if matches {
			return &eventValue{w.run, e}, nil
		}
	}
	return nil, nil
}

// failure says that no such event has come, and which ones of its name there were last.
func (w *watch) failure(thread *starlark.Thread, within time.Duration) error {
	f := localOf(thread).failure("no such event within " + value.Short(within))
	f.Source = w.run.file.Sites.Calls[f.Pos]
	all := w.run.engine.Events(trace.Filter{Name: w.filter.Name})
	if len(all) == 0 {
		f.Message += fmt.Sprintf("; there has been no %s at all", w.filter.Name)
	}
	for i := max(0, len(all)-lastOfEach); i < len(all); i++ {
		f.Parts = append(f.Parts, result.Part{
			Text:  fmt.Sprintf("lab.events(%q)[%d]", w.filter.Name, i-len(all)),
			Value: trouble.Shorten((&eventValue{w.run, all[i]}).String(), maxShown),
		})
	}
	return f
}

// watch waits for an event that is named like this, until the deadline at most.
func (t *task) watch(e engine.EventWake, until time.Duration) error {
	t.watched = &e
	err := t.park(until)
	t.watched = nil
	return err
}
