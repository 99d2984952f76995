package script

import (
	"errors"
	"fmt"
	"time"

	"go.starlark.net/starlark"
)

// defaultEvery is how often eventually and always look.
const defaultEvery = 10 * time.Millisecond

// poll is one eventually or always under way: a function that is called again and again, on a Starlark thread of its
// own, so that a function may wait for something that polls the same function.
type poll struct {
	run    *run
	thread *starlark.Thread // the caller's
	probe  *starlark.Thread
	fn     starlark.Callable
	begin  time.Duration
	end    time.Duration
	every  time.Duration

	word  string // eventually, always
	task  *task
	outer *poll // that has called for this one
}

// newPoll begins a poll, which must be closed; limit is how long it lasts.
func newPoll(r *run, word string, thread *starlark.Thread, fn starlark.Callable, limit, every span) (*poll, error) {
	if !every.given {
		every.Duration = defaultEvery
	}
	if every.Duration == 0 {
		return nil, errors.New("every: 0s would never let time pass")
	}
	r.judged++
	begin := r.now()
	p := &poll{
		word: word, task: r.current, outer: r.current.poll, run: r, thread: thread, probe: r.newThread(), fn: fn,
		begin: begin, end: later(begin, limit.Duration), every: every.Duration,
	}
	p.task.poll = p
	return p, nil
}

func (p *poll) close() { p.task.poll = p.outer }

// look calls the function once.
func (p *poll) look() (starlark.Value, error) {
	value, err := p.run.invoke(p.run.current, p.probe, p.fn, nil, nil)
	if err != nil {
		// Wrapped, so that the calls of both threads are known (see stackOf).
		return nil, fmt.Errorf("%w", err)
	}
	return value, judged(value)
}

// wait waits for the next look. The last one is at the end exactly; over reports that it has been.
func (p *poll) wait(looked time.Duration) (over bool, err error) {
	if p.run.now() >= p.end {
		return true, nil
	}
	next := max(later(looked, p.every), p.run.now())
	return false, p.run.current.park(min(next, p.end))
}

// failure describes a poll that did not come out as it should, with the values of the last look.
func (p *poll) failure(message, author string) error {
	outer, inner := localOf(p.thread), localOf(p.probe)
	f := outer.failure(message)
	if author != "" {
		f.Message = author + ": " + message
	}
	sites := &p.run.file.Sites
	if n := inner.observed.probed; n >= 0 {
		inner.observed.tell(f, sites, n)
		f.Source = sites.All[n].Source
		if f.Pos.File == "" {
			f.Pos = sites.All[n].Pos
		}
	}
	if source, ok := sites.Calls[f.Pos]; ok {
		f.Source = source
	}
	return f
}
