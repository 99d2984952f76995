package script

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/star"
)

// never is later than every deadline.
const never = time.Duration(math.MaxInt64)

// errEnded unwinds a task that is ended from outside: the run is over, or it was cancelled. No script can catch it.
var errEnded = errors.New("task ended")

// task is one line of execution of a script: the experiment itself (number 0), or what it spawned. It is a coroutine:
// exactly one task of a run executes at a time, and it switches only in park.
type task struct {
	run    *run
	number int
	fn     starlark.Callable
	args   starlark.Tuple
	kwargs []starlark.Tuple

	resume func() (struct{}, bool) // nil until the task first runs
	end    func()
	yield  func(struct{}) bool
	thread *starlark.Thread // the innermost one: a function given to eventually has a thread of its own

	ready   bool
	until   time.Duration // while it is not ready
	call    engine.ID     // the call it waits for, 0 for none
	reply   *engine.Reply
	watched *engine.EventWake // the event it waits for, nil for none
	waiters []*task           // those that wait for its end

	done      bool
	cancelled bool
	result    starlark.Value
	err       error
	random    *rand.Rand
	attempted *attempted // the innermost attempt under way
	nested    int        // how many functions are called inside one another, each on a thread of its own
	by        string     // whose command it is, "" for the script's

	poll *poll        // the innermost one under way
	made map[int]bool // the sites that it has come to

	from starlark.CallStack // the calls that have spawned it: where it is while it has none of its own
}

// spawn makes a task that first runs at that instant, or in this turn when it is not later than now.
func (r *run) spawn(at time.Duration, fn starlark.Callable, args starlark.Tuple, kwargs []starlark.Tuple) *task {
	t := &task{run: r, number: r.spawned, fn: fn, args: args, kwargs: kwargs, until: at, ready: at <= r.now()}
	r.spawned++
	r.tasks = append(r.tasks, t)
	return t
}

// maxTasks bounds the tasks of a run that have not ended. Each has a stack, which no watch over the heap sees.
const maxTasks = 1 << 14

// begin is spawn for a script.
func (r *run) begin(
	at time.Duration, fn starlark.Callable, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	if len(r.tasks) >= maxTasks {
		return nil, star.Errorf("one task can do many things: for tick in lab.ticks(10*ms)",
			"more than %d tasks that have not ended", maxTasks)
	}
	t := r.spawn(at, fn, args, kwargs)
	t.from = r.current.thread.CallStack()
	return t, nil
}

// acting is who acts on the topology now: a command's giver, or a line of the script; nobody for what happens by
// itself. Only a kept run is asked for it.
func (r *run) acting() string {
	t := r.current
	if r.options.Keep == nil || t == nil {
		return "nobody"
	}
	if t.by != "" || t.thread == nil {
		return t.by
	}
	if frames := load.Frames(t.thread.CallStack()); len(frames) > 0 {
		p := frames[len(frames)-1].Pos
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return "the script"
}

// step lets the task execute until it waits or ends.
func (t *task) step() {
	if t.resume == nil {
		t.resume, t.end = iter.Pull(t.body)
	}
	t.run.current = t
	t.resume()
	t.run.current = nil
}

func (t *task) body(yield func(struct{}) bool) {
	t.yield = yield
	t.result, t.err = t.run.invoke(t, t.run.newThread(), t.fn, t.args, t.kwargs)
	// A word of the lab that was spawned has no line of the script of its own: it stands where it was spawned.
	if eval := (*starlark.EvalError)(nil); errors.As(t.err, &eval) && len(load.Stack(t.err)) == 0 {
		eval.CallStack = append(slices.Clip(t.from), eval.CallStack...)
	}
	if errors.Is(t.err, errEnded) || t.cancelled {
		t.result, t.err = starlark.None, nil
	}
	t.finish()
}

// judged notes that the task has come to a site; -1 is none.
func (t *task) judged(site int) {
	if t.made == nil {
		t.made = map[int]bool{}
	}
	t.made[site] = true
}

func (t *task) finish() {
	t.done = true
	for _, w := range t.waiters {
		w.ready = true
	}
	t.waiters = nil
}

// cancel ends the task at the next turn. It does nothing to one that has ended.
func (t *task) cancel() {
	if t.done {
		return
	}
	t.cancelled, t.result = true, starlark.None
	t.finish()
}

// park waits until that instant, or until something makes the task ready: a reply, or the end of another task.
func (t *task) park(until time.Duration) error {
	t.ready, t.until = false, until
	thread := t.thread
	if !t.yield(struct{}{}) || t.cancelled {
		return errEnded
	}
	t.thread = thread
	t.run.Enter(thread)
	return t.run.Stopped()
}

// await waits for the reply to a call until the deadline; nil when there was none in time.
func (t *task) await(id engine.ID, until time.Duration) (*engine.Reply, error) {
	t.call, t.reply = id, nil
	t.run.awaited[id] = t
	err := t.park(until)
	delete(t.run.awaited, id)
	t.call = 0
	return t.reply, err
}

// source is the task's random stream. Streams are keyed by the task's number, so that one task's draws shift nobody
// else's.
func (t *task) source() *rand.Rand {
	if t.random == nil {
		t.random = rand.New(link.Source(t.run.options.Seed, taskStream(t.number)))
	}
	return t.random
}

// newThread makes a Starlark thread for one function of the run.
func (r *run) newThread() *starlark.Thread {
	thread, f := &starlark.Thread{Print: r.print}, &local{run: r, observed: observed{probed: -1}}
	thread.SetLocal(load.LocalKey, f)
	r.meter(thread, f)
	return thread
}

// maxNested bounds how deep lab.attempt, eventually and always may lie in one another. Each calls a function on a thread
// of its own, where the interpreter sees no recursion; a Go stack that overflows ends the process.
const maxNested = 20

// invoke calls a function on a thread of its own, as part of the task that executes.
func (r *run) invoke(
	t *task, thread *starlark.Thread, fn starlark.Value, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	if t.nested >= maxNested {
		return nil, star.Errorf("there is no recursion: use a loop, or a list of work to do",
			"more than %d calls of attempt, eventually and always inside one another", maxNested)
	}
	t.nested++
	defer func() { t.nested-- }()
	outer := t.thread
	t.thread, localOf(thread).outer = thread, outer
	r.threads[thread] = true
	leave := r.Enter(thread)
	value, err := star.Call(thread, fn, args, kwargs)
	delete(r.threads, thread)
	r.count(thread, localOf(thread))
	t.thread = outer
	leave()
	return value, err
}

// stack lists the calls that the task is in while it waits, outermost first.
func (t *task) stack() (frames []trouble.Frame) {
	for thread := t.thread; thread != nil; thread = localOf(thread).outer {
		frames = append(load.Frames(thread.CallStack()), frames...)
	}
	if len(frames) == 0 {
		return load.Frames(t.from)
	}
	return frames
}

// here is where in the script the task is whose turn it is.
func (r *run) here() trouble.Position {
	if r.current == nil {
		return trouble.Position{}
	}
	stack := r.current.stack()
	if len(stack) == 0 {
		return trouble.Position{}
	}
	return stack[len(stack)-1].Pos
}

func localOf(thread *starlark.Thread) *local {
	f, _ := thread.Local(load.LocalKey).(*local)
	return f
}
