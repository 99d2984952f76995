package sim

import (
	"fmt"
	"iter"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
)

// maxSwitches is how often the tasks of one node may be resumed at one instant before that counts as spinning.
const maxSwitches = 1_000_000

// task runs a function of a component. It runs on a worker from its first resume until its end.
type task struct {
	inc    *incarnation
	f      func()
	done   func(stopped bool) // of Node.Call; nil otherwise
	worker *worker
	born   element[*task] // on its incarnation's list, in order of birth, until it ends
	ended  bool
	cause  value.Cause // of what has made it ready
	before value.Cause // what it followed from when it parked
	failed error       // why the node fails with this task
	stack  string
	look   bool  // of Node.Look
	looked error // why it was none

	// While it is parked:
	parked  bool
	waits   element[*task] // on the list of who waits for the same
	timer   timer          // its deadline, or the end of its sleep
	side    *side          // of a socket, if that is what it waits at
	limit   time.Duration  // a deadline of its own, beside that of the side
	ofDisk  bool           // it sleeps until a disk is done, which no clock of the node moves
	expired bool           // the timer has ended the wait
	verb    string         // what it waits for: verb and place
	place   net.Addr
	until   time.Duration

	refused int // calls that were refused while it unwinds
}

// spawn makes f a task that is ready to run.
func (inc *incarnation) spawn(f func()) *task {
	t := &task{inc: inc, f: f}
	t.born.value, t.waits.value = t, t
	t.timer.node, t.timer.alarm = inc.node, t
	inc.tasks.add(&t.born)
	t.ready()
	return t
}

func (t *task) ready() {
	t.cause = t.inc.node.world.network.Cause
	t.queue()
}

// queue puts the task among those that run next, or that wait for the end of a pause.
func (t *task) queue() {
	n := t.inc.node
	if n.paused {
		n.held = append(n.held, t)
	} else {
		n.world.ready.Push(t)
	}
}

// wait parks the task until it is woken or until the instant, and reports whether the instant came first.
func (t *task) wait(on *list[*task], until time.Duration, verb string, place net.Addr) (expired bool) {
	t.timer.set(until, lastRank)
	on.add(&t.waits)
	t.verb, t.place, t.until, t.expired = verb, place, until, false
	t.park()
	return t.expired
}

// sleep parks the task until the instant.
func (t *task) sleep(until time.Duration, verb string, place net.Addr) {
	t.timer.set(until, t.inc.node.rank)
	t.verb, t.place, t.until = verb, place, until
	t.park()
}

// park gives control back to the kernel. It returns when the task is resumed, and never if it is unwound instead.
func (t *task) park() {
	t.parked = true
	if !t.worker.yield(struct{}{}) {
		runtime.Goexit()
	}
}

// wake ends the wait of a parked task.
func (t *task) wake() {
	t.timer.stop()
	t.waits.leave()
	t.parked, t.side, t.ofDisk = false, nil, false
	t.ready()
}

func (t *task) ring() {
	t.expired = true
	t.wake()
}

// wakeFirst wakes the task that has waited longest.
func wakeFirst(l *list[*task]) {
	if l.first != nil {
		l.first.value.wake()
	}
}

func wakeAll(l *list[*task]) {
	for l.first != nil {
		l.first.value.wake()
	}
}

// drain runs the tasks that are ready, and those which they make ready, until all have parked or ended.
func (w *World) drain() {
	if w.draining {
		return
	}
	w.draining = true
	for w.ready.Len() > 0 {
		switch t := w.ready.Pop(); {
		case t.inc.dead:
		case t.inc.node.paused:
			t.queue()
		default:
			w.resume(t)
		}
	}
	w.draining = false
}

// resume lets the task run until it parks or ends.
func (w *World) resume(t *task) {
	n := t.inc.node
	if n.busyAt != w.now {
		n.busyAt, n.switches = w.now, 0
	}
	if n.switches++; n.switches > maxSwitches {
		n.fail(fmt.Errorf("time does not advance: tasks were resumed %d times at %v", maxSwitches, w.now), "")
		return
	}
	if t.worker == nil {
		t.worker = w.takeWorker()
		t.worker.task = t
	}
	w.running(t)
	w.follow(t.cause, t.before)
	t.worker.next()
	t.before = w.network.Cause
	w.running(nil)
	if w.config.Ran != nil {
		w.config.Ran(n)
	}
	if !t.ended {
		return
	}
	w.returnWorker(t.worker)
	t.born.leave()
	if t.failed != nil {
		n.fail(t.failed, t.stack)
	}
	if t.done != nil {
		t.done(t.inc.dead)
	}
}

// follow says what the task that gets control follows from, which has followed from something else before.
func (w *World) follow(c, before value.Cause) {
	if c == value.Look && before != (value.Cause{}) {
		c = before
	}
	w.network.Cause = c
}

// running says which task has control, to the environment's calls and to the watchdog.
func (w *World) running(t *task) {
	if t != nil {
		w.beat.Add(1)
	}
	w.current.Store(t)
}

// worker is a coroutine that runs one task after the other.
type worker struct {
	id    uint64
	task  *task
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
}

// maxIdle is how many workers without a task a world keeps.
const maxIdle = 64

var workers atomic.Uint64

// takeWorker returns an idle worker, or a new one.
func (w *World) takeWorker() *worker {
	if last := len(w.idle) - 1; last >= 0 {
		k := w.idle[last]
		w.idle = w.idle[:last]
		return k
	}
	k := &worker{id: workers.Add(1)}
	k.next, k.stop = iter.Pull(k.loop)
	return k
}

// returnWorker keeps a worker that has done its task for the next one, or ends it.
func (w *World) returnWorker(k *worker) {
	if len(w.idle) < maxIdle {
		w.idle = append(w.idle, k)
	} else {
		k.stop()
	}
}

func (k *worker) loop(yield func(struct{}) bool) {
	k.yield = yield
	for {
		runTask([3]uint64{stackMark, k.task.inc.node.id, k.id}, k.task)
		k.task = nil
		if !yield(struct{}{}) {
			return
		}
	}
}

// runTask runs the task to its end. The watchdog finds it in a dump of all goroutines by its first argument: arrays
// travel on the stack, so a traceback shows their values.
//
//go:noinline
func runTask(_ [3]uint64, t *task) {
	defer t.end()
	t.f()
}

// end recovers a panic of the component on its own stack.
func (t *task) end() {
	t.ended = true
	reason := recover()
	if reason == nil || t.inc.dead { // a process that is killed runs no deferred calls that could panic
		return
	}
	if err, ok := reason.(error); ok {
		t.failed = fmt.Errorf("panic: %w", err)
	} else {
		t.failed = fmt.Errorf("panic: %v", reason)
	}
	t.stack = componentStack(string(debug.Stack()))
}

// componentStack cuts the frames of the kernel off a traceback: those of the recovery above the panic, and those of the
// coroutine below the task.
func componentStack(trace string) string {
	if i := strings.Index(trace, "\npanic("); i >= 0 {
		trace = trace[i+1:]
	}
	if i := strings.LastIndex(trace, "\n"+runTaskFrame); i >= 0 {
		trace = trace[:i+1]
	}
	return trace
}
