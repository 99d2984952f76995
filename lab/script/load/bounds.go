package load

import (
	"fmt"
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

// Stopper ends the Starlark threads of one load or run from outside: at Ctrl-C, or when memory runs out. One of its
// threads executes at a time.
type Stopper struct {
	cause  atomic.Pointer[error]
	thread atomic.Pointer[starlark.Thread]
	seen   atomic.Pointer[[]trouble.Frame] // where the script was when somebody last looked
	Holds  atomic.Uint64                   // bytes that its values took at that time
	// Interrupt ends a wait of the engine; nil when there is none.
	Interrupt func(error)
}

// Stop makes whatever executes fail soon. The first cause counts.
func (s *Stopper) Stop(cause error) {
	if !s.cause.CompareAndSwap(nil, &cause) {
		return
	}
	if t := s.thread.Load(); t != nil {
		t.Cancel(cause.Error())
	}
	if s.Interrupt != nil {
		s.Interrupt(cause)
	}
}

// Stopped is the cause of the stop, nil when there was none.
func (s *Stopper) Stopped() error {
	if cause := s.cause.Load(); cause != nil {
		return *cause
	}
	return nil
}

// Saw remembers where the script is, for the case that it never gets any further.
func (s *Stopper) Saw(stack []trouble.Frame) { s.seen.Store(&stack) }

// Where is where a script is that is inside a builtin and comes to no end, or was when somebody last looked.
func (s *Stopper) Where() []trouble.Frame {
	for range 100 {
		if stack := s.executing(); len(stack) > 0 {
			return stack
		}
	}
	if seen := s.seen.Load(); seen != nil {
		return *seen
	}
	return nil
}

// executing is the stack of the thread that executes. It may go on at this very moment: then there is none, or a guess.
func (s *Stopper) executing() (stack []trouble.Frame) {
	defer func() { _ = recover() }()
	if t := s.thread.Load(); t != nil {
		stack = whole(Frames(t.CallStack()))
	}
	return stack
}

// whole leaves out a stack that has a frame without a place, which was read while it changed.
func whole(stack []trouble.Frame) []trouble.Frame {
	if slices.ContainsFunc(stack, func(f trouble.Frame) bool { return f.Pos.File == "" || f.Pos.Line <= 0 }) {
		return nil
	}
	return stack
}

// Placed adds to the cause of a stop where the script was, if it does not say.
func Placed(cause error, stack []trouble.Frame) error {
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

// Watch ends what takes longer; what it is called stands in the error. unwatch is called when it has ended.
func (l Limit) Watch(s *Stopper, what string) (unwatch func()) { return l.Begin(s, what).End }

// Watched is something whose real time is bounded. Nil is something that is not.
type Watched struct {
	due         time.Time
	over, stuck *time.Timer
}

// Begin is Watch for what may be interrupted by work that does not count.
func (l Limit) Begin(s *Stopper, what string) *Watched {
	if l.Time <= 0 {
		return nil
	}
	cause := &trouble.Error{
		Text: fmt.Sprintf("%s takes longer than %s of real time", what, value.Short(l.Time)),
		Hint: "--timeout gives it another limit, and --timeout 0 none",

		Stopped: true,
	}
	w := &Watched{due: time.Now().Add(l.Time)}
	w.over = time.AfterFunc(l.Time, bug.Guarded(func() { s.Stop(cause) }))
	w.stuck = time.AfterFunc(l.Time+stuckGrace, bug.Guarded(func() {
		if l.Stuck != nil && s.Stopped() == error(cause) {
			l.Stuck(Placed(cause, s.Where()))
		}
	}))
	return w
}

// End ends the bound.
func (w *Watched) End() {
	if w != nil {
		w.over.Stop()
		w.stuck.Stop()
	}
}

// Aside does what is not part of the time that is bounded.
func (w *Watched) Aside(work func()) {
	if w == nil || !w.over.Stop() {
		work()
		return
	}
	w.stuck.Stop()
	began := time.Now()
	work()
	w.due = w.due.Add(time.Since(began))
	left := time.Until(w.due)
	w.over.Reset(left)
	w.stuck.Reset(left + stuckGrace)
}

// Executing is the thread that executes, nil when none does.
func (s *Stopper) Executing() *starlark.Thread { return s.thread.Load() }

// Enter makes the thread the one that executes, until the returned function makes it the one before again.
func (s *Stopper) Enter(t *starlark.Thread) (leave func()) {
	before := s.thread.Swap(t)
	if cause := s.Stopped(); cause != nil {
		t.Cancel(cause.Error())
	}
	return func() { s.thread.Store(before) }
}

// Stoppers are all loads and runs of this process that are under way.
var Stoppers stopperSet

type stopperSet struct {
	mu  sync.Mutex
	all map[*Stopper]struct{}
}

func (set *stopperSet) Watch(s *Stopper) (unwatch func()) {
	set.mu.Lock()
	defer set.mu.Unlock()
	if set.all == nil {
		set.all = map[*Stopper]struct{}{}
	}
	set.all[s] = struct{}{}
	return func() {
		set.mu.Lock()
		defer set.mu.Unlock()
		delete(set.all, s)
	}
}

// stopLargest ends the one whose script holds most, and returns it; nil when there is none.
func (set *stopperSet) stopLargest(cause error) (largest *Stopper) {
	set.mu.Lock()
	defer set.mu.Unlock()
	for s := range set.all {
		if s.Stopped() == nil && (largest == nil || s.Holds.Load() > largest.Holds.Load()) {
			largest = s
		}
	}
	if largest != nil {
		largest.Stop(cause)
	}
	return largest
}

// has tells whether one is still under way.
func (set *stopperSet) has(s *Stopper) bool {
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
	ending *Stopper   // what was told to end last, and when
	since  time.Time
	gaveUp bool
}

func (w *heapWatch) look() {
	if heapSize() < w.ceiling {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ending != nil && Stoppers.has(w.ending) {
		if time.Since(w.since) > heapGrace && !w.gaveUp {
			w.gaveUp = true
			w.giveUp(Placed(w.cause, w.ending.Where()))
		}
		return
	}
	if runtime.GC(); heapSize() >= w.ceiling { // not only garbage
		w.ending, w.since = Stoppers.stopLargest(w.cause), time.Now()
	}
}

// heapSize is what all objects take, those that are not yet collected included.
func heapSize() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// ErrorAt is an error at the place where a thread is.
func ErrorAt(t *starlark.Thread, msg, hint string) *trouble.Error {
	e := &trouble.Error{Text: msg, Hint: hint, Stack: Frames(t.CallStack())}
	if n := len(e.Stack); n > 0 {
		e.Pos = e.Stack[n-1].Pos
	}
	return e
}
