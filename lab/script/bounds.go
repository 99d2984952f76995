package script

import (
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// stopper ends the Starlark threads of one load or run from outside: at Ctrl-C, or when memory runs out. One of its
// threads executes at a time.
type stopper struct {
	cause  atomic.Pointer[error]
	thread atomic.Pointer[starlark.Thread]
	seen   atomic.Pointer[[]trouble.Frame] // where the script was when somebody last looked
	holds  atomic.Uint64                   // bytes that its values took at that time
	// interrupt ends a wait of the engine; nil when there is none.
	interrupt func(error)
}

// stop makes whatever executes fail soon. The first cause counts.
func (s *stopper) stop(cause error) {
	if !s.cause.CompareAndSwap(nil, &cause) {
		return
	}
	if t := s.thread.Load(); t != nil {
		t.Cancel(cause.Error())
	}
	if s.interrupt != nil {
		s.interrupt(cause)
	}
}

// stopped is the cause of the stop, nil when there was none.
func (s *stopper) stopped() error {
	if cause := s.cause.Load(); cause != nil {
		return *cause
	}
	return nil
}

// saw remembers where the script is, for the case that it never gets any further.
func (s *stopper) saw(stack []trouble.Frame) { s.seen.Store(&stack) }

// where is where a script is that is inside a builtin and comes to no end, or was when somebody last looked.
func (s *stopper) where() (stack []trouble.Frame) {
	defer func() { _ = recover() }() // it may go on at this very moment: what is told is a guess then
	if t := s.thread.Load(); t != nil {
		if stack = framesOf(t.CallStack()); len(stack) > 0 {
			return stack
		}
	}
	if seen := s.seen.Load(); seen != nil {
		return *seen
	}
	return nil
}

// placed adds to the cause of a stop where the script was, if it does not say.
func placed(cause error, stack []trouble.Frame) error {
	known, ok := cause.(*trouble.Error)
	if !ok || known.Pos.File != "" || len(stack) == 0 {
		return cause
	}
	there := *known
	there.Stack, there.Pos = stack, stack[len(stack)-1].Pos
	return &there
}

// Limit bounds a load or a run in real time. The zero value is no bound.
type Limit struct {
	Time time.Duration
	// Stuck is called when the script has not ended some seconds after its time: it is inside a builtin that nothing
	// can stop. Nil is fine.
	Stuck func(error)
}

const stuckGrace = 3 * time.Second

// watch ends what takes longer; what it is called stands in the error. unwatch is called when it has ended.
func (l Limit) watch(s *stopper, what string) (unwatch func()) {
	if l.Time <= 0 {
		return func() {}
	}
	cause := &trouble.Error{
		Text: fmt.Sprintf("%s takes longer than %s of real time", what, value.Short(l.Time)),
		Hint: "--timeout gives it another limit, and --timeout 0 none",

		Stopped: true,
	}
	over := time.AfterFunc(l.Time, bug.Guarded(func() { s.stop(cause) }))
	stuck := time.AfterFunc(l.Time+stuckGrace, bug.Guarded(func() {
		if l.Stuck != nil && s.stopped() == error(cause) {
			l.Stuck(placed(cause, s.where()))
		}
	}))
	return func() {
		over.Stop()
		stuck.Stop()
	}
}

// byChance tells whether a stop has come at an instant of the wall clock: where it meets the script is chance.
func byChance(cause error) bool {
	if known, ok := cause.(*trouble.Error); ok {
		return known.Stopped
	}
	_, interrupted := cause.(*interruption)
	return interrupted
}

// enter makes the thread the one that executes, until the returned function makes it the one before again.
func (s *stopper) enter(t *starlark.Thread) (leave func()) {
	before := s.thread.Swap(t)
	if cause := s.stopped(); cause != nil {
		t.Cancel(cause.Error())
	}
	return func() { s.thread.Store(before) }
}

// stoppers are all loads and runs of this process that are under way.
var stoppers stopperSet

type stopperSet struct {
	mu  sync.Mutex
	all map[*stopper]struct{}
}

func (set *stopperSet) watch(s *stopper) (unwatch func()) {
	set.mu.Lock()
	defer set.mu.Unlock()
	if set.all == nil {
		set.all = map[*stopper]struct{}{}
	}
	set.all[s] = struct{}{}
	return func() {
		set.mu.Lock()
		defer set.mu.Unlock()
		delete(set.all, s)
	}
}

// stopLargest ends the one whose script holds most, and returns it; nil when there is none.
func (set *stopperSet) stopLargest(cause error) (largest *stopper) {
	set.mu.Lock()
	defer set.mu.Unlock()
	for s := range set.all {
		if s.stopped() == nil && (largest == nil || s.holds.Load() > largest.holds.Load()) {
			largest = s
		}
	}
	if largest != nil {
		largest.stop(cause)
	}
	return largest
}

// has tells whether one is still under way.
func (set *stopperSet) has(s *stopper) bool {
	set.mu.Lock()
	defer set.mu.Unlock()
	_, under := set.all[s]
	return under
}

// DefaultHeap is how much the heap may grow beyond what it was when WatchHeap began.
const DefaultHeap = 1 << 30

const (
	heapPeriod = 20 * time.Millisecond
	heapGrace  = time.Second
)

// WatchHeap guards the process against scripts that eat memory, which Starlark itself does not bound. It looks at the
// heap every 20 ms, and before a script allocates much; when it has grown by more than limit bytes (0 means DefaultHeap),
// the load or run whose script holds most ends with an error, and then the next one. One that has not ended a second
// later is inside a builtin that goes on allocating: then giveUp is called once, and should end the process. The watch
// lasts until stop is called.
func WatchHeap(limit uint64, giveUp func(error)) (stop func()) {
	if limit == 0 {
		limit = DefaultHeap
	}
	w := &heapWatch{ceiling: heapSize() + limit, giveUp: giveUp, cause: &trouble.Error{
		Text: fmt.Sprintf("the script uses too much memory: the heap has grown beyond %d MiB", limit>>20),
		Hint: "does a list or a text grow without end?",

		Stopped: true,
	}}
	lift := star.OnFullHeap(w.ceiling, w.look)
	// Garbage counts as well: the closer to the ceiling, the more often it is collected.
	before := debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), int64(w.ceiling)))
	done, ended := make(chan struct{}), make(chan struct{})
	go bug.Guarded(func() {
		defer close(ended)
		tick := time.NewTicker(heapPeriod)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				w.look()
			}
		}
	})()
	return sync.OnceFunc(func() {
		close(done)
		<-ended
		lift()
		debug.SetMemoryLimit(before)
	})
}

// heapWatch ends loads and runs while the heap is beyond the ceiling.
type heapWatch struct {
	ceiling uint64
	cause   *trouble.Error
	giveUp  func(error)

	mu     sync.Mutex // guards what follows
	ending *stopper   // what was told to end last, and when
	since  time.Time
	gaveUp bool
}

func (w *heapWatch) look() {
	if heapSize() < w.ceiling {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ending != nil && stoppers.has(w.ending) {
		if time.Since(w.since) > heapGrace && !w.gaveUp {
			w.gaveUp = true
			w.giveUp(placed(w.cause, w.ending.where()))
		}
		return
	}
	if runtime.GC(); heapSize() >= w.ceiling { // not only garbage
		w.ending, w.since = stoppers.stopLargest(w.cause), time.Now()
	}
}

// heapSize is what all objects take, those that are not yet collected included.
func heapSize() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// MaxSteps is the default bound on what the threads of one run may execute together: some five seconds of pure
// computation. A script that calls nodes executes some hundred steps a call.
const MaxSteps = 200_000_000

// meter bounds the steps of a thread by the budget of its run.
func (r *run) meter(t *starlark.Thread, f *frame) {
	t.SetMaxExecutionSteps(min(star.StepChunk, r.options.Steps))
	t.OnMaxSteps = func(t *starlark.Thread) {
		t.SetMaxExecutionSteps(t.ExecutionSteps() + star.StepChunk)
		r.count(t, f)
	}
}

// count adds to the run's steps what the thread has executed since it was last counted.
func (r *run) count(t *starlark.Thread, f *frame) {
	r.steps += t.ExecutionSteps() - f.counted
	f.counted = t.ExecutionSteps()
	if r.steps >= r.options.Steps {
		r.stop(errorAt(t, fmt.Sprintf("the experiment takes more than %d steps", r.options.Steps),
			"is there an endless loop?"))
		return
	}
	r.saw(framesOf(t.CallStack()))
	err := r.watch.Look(r.steps, slices.Collect(maps.Keys(r.threads)), r.held()...)
	if r.holds.Store(r.watch.Held); err != nil {
		r.stop(errorAt(t, err.Error(), ""))
	}
}

// held are the values that tasks have been given, or have returned.
func (r *run) held() (values []starlark.Value) {
	for _, t := range r.tasks {
		values = append(append(values, t.fn), t.args...)
		if t.result != nil {
			values = append(values, t.result)
		}
	}
	return values
}

// errorAt is an error at the place where a thread is.
func errorAt(t *starlark.Thread, msg, hint string) *trouble.Error {
	e := &trouble.Error{Text: msg, Hint: hint, Stack: framesOf(t.CallStack())}
	if n := len(e.Stack); n > 0 {
		e.Pos = e.Stack[n-1].Pos
	}
	return e
}
