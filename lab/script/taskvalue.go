package script

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// A task is a value of the script, too: what lab.spawn and lab.after return.
var _ starlark.HasAttrs = (*task)(nil)

func (t *task) String() string {
	if t.number == 0 {
		return "the experiment"
	}
	return fmt.Sprintf("task %d (%s)", t.number, t.fn.Name())
}

// Type is "task".
func (t *task) Type() string { return "task" }

// Freeze does nothing: a task belongs to one run.
func (t *task) Freeze() {}

// Truth is true.
func (t *task) Truth() starlark.Bool { return true }

// Hash is the task's number.
func (t *task) Hash() (uint32, error) { return uint32(t.number), nil }

func taskStream(number int) string { return "task:" + strconv.Itoa(number) }

var taskMethods = map[string]*starlark.Builtin{
	"wait":   load.Builtin("task.wait", taskWait),
	"cancel": load.Builtin("task.cancel", taskCancel),
}

// Attr returns a word of the task.
func (t *task) Attr(name string) (starlark.Value, error) {
	switch name {
	case "done":
		return starlark.Bool(t.done), nil
	case "result":
		if !t.done {
			return nil, star.Errorf("task.wait() waits for its end, and returns its result", "%s has not ended, so it has no result", t)
		}
		return t.result, nil
	}
	if b, ok := taskMethods[name]; ok {
		return b.BindReceiver(t), nil
	}
	return nil, star.NoAttr(t, name)
}

// AttrNames lists the words of a task.
func (t *task) AttrNames() []string { return []string{"cancel", "done", "result", "wait"} }

func taskWait(
	thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var within span
	if err := load.UnpackArgs(b.Name(), args, kwargs, "within??", &within); err != nil {
		return nil, err
	}
	t := b.Receiver().(*task)
	if err := t.join(thread, t.run.deadline(within), within.Duration); err != nil {
		return nil, err
	}
	return t.result, nil
}

func taskCancel(
	_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	if err := load.UnpackArgs(b.Name(), args, kwargs); err != nil {
		return nil, err
	}
	t := b.Receiver().(*task)
	t.cancel()
	if t == t.run.current {
		return nil, errEnded
	}
	return starlark.None, nil
}

func (r *run) deadline(within span) time.Duration {
	if !within.given {
		return never
	}
	return later(r.now(), within.Duration)
}

// join makes the current task wait for the end of this one. Not to end in time is a failure, as of an eventually.
func (t *task) join(thread *starlark.Thread, deadline, within time.Duration) error {
	r := t.run
	for !t.done {
		if r.now() >= deadline {
			f := localOf(thread).failure(fmt.Sprintf("%s has not ended within %s", t, value.Short(within)))
			f.Source = r.file.Sites.Calls[f.Pos]
			return f
		}
		waiter := r.current
		t.waiters = append(t.waiters, waiter)
		err := waiter.park(deadline)
		t.waiters = slices.DeleteFunc(t.waiters, func(w *task) bool { return w == waiter })
		if err != nil {
			return err
		}
	}
	return nil
}
