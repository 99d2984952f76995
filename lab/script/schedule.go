package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// timer is something the script layer itself does at an instant: the end of a fault that was given lasting.
type timer struct {
	at time.Duration
	do func() error
}

// loop runs the tasks until the experiment has returned, or something has failed. At an instant timers come first, then
// the tasks, by number: the experiment itself, then the others in the order of their creation. What becomes ready
// meanwhile has its turn in the next round of the same instant; when nobody is ready, time passes.
func (r *run) loop() error {
	main := r.tasks[0]
	for !main.done {
		ran, err := r.round()
		if err != nil {
			return err
		}
		if !ran && !main.done {
			if r.options.Keep != nil {
				break
			}
			if err := r.letTimePass(); err != nil {
				return err
			}
		}
	}
	if r.options.Keep != nil {
		return r.keep()
	}
	// What the script did last still has to happen, and may go wrong.
	if r.dirty {
		return r.pass(r.now())
	}
	return nil
}

// round lets every task that is ready now execute once.
func (r *run) round() (ran bool, err error) {
	r.turn = append(r.turn[:0], r.tasks...)
	for _, t := range r.turn {
		if t.done || !t.ready {
			continue
		}
		ran = true
		t.step()
		if t.err != nil {
			return ran, t.err
		}
		if r.tasks[0].done {
			return ran, nil
		}
	}
	if r.sweep() {
		ran = true
	}
	return ran, r.Stopped()
}

// sweep forgets the tasks that have ended, and unwinds those that were cancelled.
func (r *run) sweep() (found bool) {
	r.tasks = slices.DeleteFunc(r.tasks, func(t *task) bool {
		if !t.done || t.number == 0 {
			return false
		}
		found = true
		if t.cancelled && t.end != nil {
			t.end()
		}
		return true
	})
	return found
}

// letTimePass waits for the earliest deadline, or a reply.
func (r *run) letTimePass() error {
	until := r.due()
	if until == never && len(r.awaited) == 0 {
		return r.deadlock()
	}
	return r.pass(until)
}

// due is when the next timer or task is.
func (r *run) due() time.Duration {
	due := never
	for _, tm := range r.timers {
		due = min(due, tm.at)
	}
	for _, t := range r.tasks {
		if !t.done {
			due = min(due, t.until)
		}
	}
	return due
}

// pass lets time pass and gives out what it has brought.
func (r *run) pass(until time.Duration) error {
	if err := r.checkMentions(); err != nil {
		return err
	}
	r.dirty = false
	progress, err := r.engine.Run(until, r.awaits())
	if cause := r.Stopped(); cause != nil {
		return cause
	}
	if flood := (*engine.FloodError)(nil); errors.As(err, &flood) {
		return &trouble.Error{Text: flood.Text, Hint: "does a loop bring on faults without end?"}
	}
	if err != nil {
		return &engineError{err}
	}
	r.lateness, r.progress = max(r.lateness, progress.Lateness), progress
	if err := r.takeFailures(progress.Failures); err != nil {
		return err
	}
	r.wakeTasks(&progress)
	return r.fire(r.now())
}

// awaits is what ends a wait before its time: replies and events.
func (r *run) awaits() engine.Wake {
	r.wake = r.wake[:0]
	var watched []engine.EventWake
	for _, t := range r.tasks {
		if t.call != 0 && !t.done {
			r.wake = append(r.wake, t.call)
		}
		if t.watched != nil && !t.done {
			watched = append(watched, *t.watched)
		}
	}
	return engine.Wake{Calls: r.wake, Events: watched}
}

// takeFailures ends the run when a node has failed; a kept one goes on without it.
func (r *run) takeFailures(failures []engine.Failure) error {
	if err := r.refusedConfig(failures); err != nil {
		return err
	}
	for _, f := range failures {
		if !r.kept {
			return &nodeError{f}
		}
		r.lose(f)
	}
	return nil
}

// wakeTasks makes those tasks ready whose reply, event or time has come.
func (r *run) wakeTasks(progress *engine.Progress) {
	for i := range progress.Replies {
		r.operations.end(&progress.Replies[i])
		if t := r.awaited[progress.Replies[i].Call]; t != nil {
			t.reply, t.ready = &progress.Replies[i], true
		}
	}
	now := r.now()
	for _, t := range r.tasks {
		if t.until <= now || t.watched != nil && slices.Contains(progress.Woken, *t.watched) {
			t.ready = true
		}
	}
}

// fire does what timers are due, in order of time and then of their making.
func (r *run) fire(now time.Duration) error {
	for {
		next := -1
		for i, tm := range r.timers {
			if tm.at <= now && (next < 0 || tm.at < r.timers[next].at) {
				next = i
			}
		}
		if next < 0 || r.Stopped() != nil {
			return r.Stopped()
		}
		do := r.timers[next].do
		r.timers = slices.Delete(r.timers, next, next+1)
		if err := do(); err != nil {
			return err
		}
	}
}

// after makes a timer; a lasting of nil makes none.
func (r *run) after(lasting *time.Duration, do func() error) {
	if lasting != nil {
		r.timers = append(r.timers, timer{later(r.now(), *lasting), do})
	}
}

// later adds without overflow.
func later(now, d time.Duration) time.Duration {
	if d > never-now {
		return never
	}
	return now + d
}

// mostNamed is how many tasks an error names.
const mostNamed = 10

// deadlock reports tasks that wait for each other.
func (r *run) deadlock() error {
	var names []string
	for i, t := range r.tasks { // none of them is done
		if i == mostNamed {
			names = append(names, fmt.Sprintf("%d more", len(r.tasks)-i))
			break
		}
		names = append(names, t.String())
	}
	return &trouble.Error{
		Text: fmt.Sprintf("every task waits for the end of another one: %s", strings.Join(names, ", ")),
		Hint: "give task.wait a limit: task.wait(within = 5*s)",
	}
}

// endAll unwinds the tasks that still wait when the run is over.
func (r *run) endAll() {
	for _, t := range r.tasks {
		if t.end != nil {
			t.end()
		}
	}
	r.tasks = nil
}
