package star

import (
	"fmt"
	"runtime/metrics"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"go.starlark.net/starlark"
)

// runner is a Starlark thread that serves the calls of one Callable, one at a time.
type runner struct {
	thread *starlark.Thread
	turns  atomic.Uint64 // grows at the beginning and at the end of each call: odd while one is under way
	seen   uint64        // turns at the last look of memory, under its mu
	watch  Watch         // over what the arguments hold: a state may grow at each call
}

// MaxHeld is how many bytes the arguments of a Callable may take, with all that they hold.
const MaxHeld = 128 << 20

// ErrHolds is the error of a Callable whose arguments have grown too large. It is the same for any call with them.
var ErrHolds = fmt.Errorf("what it is given has grown too large, want at most %d MiB and %d levels", MaxHeld>>20, MaxNesting)

// call calls a function, after a look at its arguments when enough has been executed since the last one.
func (r *runner) call(fn starlark.Value, args starlark.Tuple) (starlark.Value, error) {
	if err := r.watch.Look(r.thread.Steps, nil, args...); err != nil || r.watch.Held > MaxHeld {
		return nil, ErrHolds
	}
	return Call(r.thread, fn, args, nil)
}

// leave is called after each call.
func (r *runner) leave() { r.turns.Add(1) }

func (r *runner) busy() bool { return r.turns.Load()%2 == 1 }

// memory guards the process against functions that eat it, which a limit of steps cannot: every step may double a text.
// While calls are under way it looks at the heap every period. Beyond the ceiling a call that was under way at the look
// before, too, ends with an error: ordinary calls take microseconds, and must not suffer for what others hold. If it has
// not ended a grace later, it is inside a builtin that goes on allocating and that nothing can stop:
// then the process ends with a panic that names the function, before the machine is out of memory.
//
// It is a chain of timers, not a goroutine, so that nothing is left when no calls are made.
type memory struct {
	ceiling       uint64
	period, grace time.Duration
	giveUp        func(text string)

	armed   atomic.Bool
	mu      sync.Mutex // guards what follows
	runners []weak.Pointer[runner]
	sweep   int                   // how many runners are enough to look for those that have gone
	ended   map[*runner]time.Time // whose call was told to end, and when; such a one gets no other call
}

// MaxHeap is how many bytes the heap of the process may have while functions are called, garbage included: to collect it
// first would have to wait for the very step that goes on allocating, which took 16 GB with a text that doubles instead
// of 4.
const MaxHeap = 2 << 30

var guard = newMemory(MaxHeap, func(text string) { panic(text) })

func newMemory(ceiling uint64, giveUp func(string)) *memory {
	return &memory{
		ceiling: ceiling, period: 20 * time.Millisecond, grace: 2 * time.Second, giveUp: giveUp,
		ended: map[*runner]time.Time{},
	}
}

// add takes note of a runner, for as long as its Callable keeps it.
func (m *memory) add(r *runner) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.runners) >= m.sweep { // a function that fails makes a runner for each call
		m.runners = slices.DeleteFunc(m.runners, func(p weak.Pointer[runner]) bool { return p.Value() == nil })
		m.sweep = 2*len(m.runners) + 64
	}
	m.runners = append(m.runners, weak.Make(r))
}

// enter is called before each call.
func (m *memory) enter(r *runner) {
	r.turns.Add(1)
	if !m.armed.Load() && m.armed.CompareAndSwap(false, true) {
		time.AfterFunc(m.period, m.look)
	}
}

// look goes on looking while there are calls. A call that begins at this moment finds the guard unarmed, or is found.
func (m *memory) look() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.check()
	m.armed.Store(false)
	if m.underWay() != nil && m.armed.CompareAndSwap(false, true) {
		time.AfterFunc(m.period, m.look)
	}
}

func (m *memory) check() {
	for r := range m.ended {
		if !r.busy() {
			delete(m.ended, r)
		}
	}
	if heapSize() < m.ceiling {
		return
	}
	for _, r := range m.underWay() {
		since, known := m.ended[r]
		turns := r.turns.Load()
		long := turns == r.seen
		r.seen = turns
		switch {
		case !long:
		case !known:
			m.ended[r] = time.Now()
			r.thread.Cancel(fmt.Sprintf("the heap has grown beyond %d MiB: does a list or a text grow without end?",
				m.ceiling>>20))
		case time.Since(since) > m.grace:
			m.giveUp(fmt.Sprintf("star: function %s goes on allocating beyond %d MiB in a builtin that cannot be stopped",
				r.thread.Name, m.ceiling>>20))
		}
	}
}

func (m *memory) underWay() (busy []*runner) {
	for _, p := range m.runners {
		if r := p.Value(); r != nil && r.busy() {
			busy = append(busy, r)
		}
	}
	return busy
}

// heapSize is what all objects take, those that are not yet collected included.
func heapSize() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
