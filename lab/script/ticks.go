package script

import (
	"errors"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/value"
)

// ticks is lab.ticks(every, during = None): 0 at once, then a number at each multiple of every, while the time since the
// beginning is less than during. A tick that passes while the body is at work is left out.
var ticks = verb{"ticks", "", func(r *run, c call) (starlark.Value, error) {
	var every, during span
	if err := load.UnpackArgs("lab.ticks", c.args, c.kwargs, "every", &every, "during??", &during); err != nil {
		return nil, err
	}
	if every.Duration == 0 {
		return nil, errors.New("lab.ticks: every: 0s would never let time pass")
	}
	if !during.given {
		during.Duration = never
	}
	return &ticksValue{r, c.thread, every.Duration, during.Duration}, nil
}}

// ticksValue is an iterable whose steps wait.
type ticksValue struct {
	run           *run
	thread        *starlark.Thread
	every, during time.Duration
}

func (t *ticksValue) String() string        { return "ticks(" + value.Short(t.every) + ")" }
func (t *ticksValue) Type() string          { return "ticks" }
func (t *ticksValue) Freeze()               {}
func (t *ticksValue) Truth() starlark.Bool  { return true }
func (t *ticksValue) Hash() (uint32, error) { return 0, errors.New("unhashable type: ticks") }

// Iterate starts to count from the present.
func (t *ticksValue) Iterate() starlark.Iterator {
	return &ticker{ticksValue: t, start: t.run.now()}
}

type ticker struct {
	*ticksValue
	start time.Duration
	due   time.Duration // of the next tick, since start
	n     int
}

// Next waits for the next tick that has not passed.
func (t *ticker) Next(p *starlark.Value) bool {
	if passed := t.run.now() - t.start; t.n > 0 && passed > t.due { // the first comes at once
		t.due = passed
		if since := passed % t.every; since > 0 {
			t.due = later(passed, t.every-since)
		}
	}
	if t.due >= t.during {
		return false
	}
	if t.n > 0 {
		// An iterator cannot fail: when the task is ended here, its thread must be told in another way.
		if err := t.run.current.park(later(t.start, t.due)); err != nil {
			t.thread.Cancel(err.Error())
			return false
		}
	}
	*p = starlark.MakeInt(t.n)
	t.n++
	t.due = later(t.due, t.every)
	return true
}

// Done implements starlark.Iterator.
func (t *ticker) Done() {}
