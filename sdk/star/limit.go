package star

import (
	"fmt"
	"math"
	"sync/atomic"

	"go.starlark.net/starlark"
)

// Bounds on what a script may ask of the process that executes it. Starlark bounds neither memory nor depth; what these
// cannot see (a list that grows item by item) the watch over the heap ends.
const (
	// MaxPiece is how many bytes one builtin, method or operator may allocate.
	MaxPiece = 64 << 20
	// MaxNesting is how deep values may lie in each other. Walks over values recurse, and a Go stack that overflows
	// ends the process.
	MaxNesting = 10_000
	// maxBits bounds integers that are multiplied or written as text, both of which take more than linear time.
	maxBits = 1 << 20
	// smallPiece is what a builtin may allocate without a look at the heap.
	smallPiece = 1 << 20
)

// What values take in memory, in bytes, as far as the estimates of this package need it.
const (
	itemSize  = 16  // of a list or tuple
	tupleSize = 40  // a tuple itself, as a value
	textSize  = 48  // a text in a list
	entrySize = 80  // of a dict or set
	dictSize  = 600 // an empty dict with room for its first entries
	listSize  = 80
)

const pieceHint = "work in smaller pieces"

// fullHeap is what OnFullHeap has set, nil for nothing.
var fullHeap atomic.Pointer[heapBound]

type heapBound struct {
	ceiling uint64
	look    func()
}

// OnFullHeap has look called before a builtin allocates much and the heap would grow beyond ceiling, until lift is
// called. look decides whose fault it is, and may cancel threads; it is called from any of them.
func OnFullHeap(ceiling uint64, look func()) (lift func()) {
	before := fullHeap.Swap(&heapBound{ceiling, look})
	return func() { fullHeap.Store(before) }
}

// reserve is called before a builtin allocates so many bytes, and copies so many to what it makes. It returns an error
// for more than MaxPiece, and counts as steps what is copied.
func reserve(thread *starlark.Thread, what string, bytes, copied float64) error {
	switch bound := fullHeap.Load(); {
	case bytes > MaxPiece:
		return tooLarge(what, bytes)
	case bytes > smallPiece && bound != nil && heapSize()+uint64(bytes) > bound.ceiling:
		bound.look()
	}
	thread.Steps += uint64(max(copied, 0)) / copiedPerStep
	return nil
}

func tooLarge(what string, bytes float64) error {
	return Errorf(pieceHint, "%s: needs %s of memory at once, want at most %d MiB", what, inMiB(bytes), MaxPiece>>20)
}

// Items are the items of a list. It returns an error, which begins with what, for those that take more than MaxPiece.
func Items(what string, list starlark.Iterable) (items []starlark.Value, err error) {
	n, _ := lengthOf(list) // the letters of a text do not tell it
	for item := range starlark.Elements(list) {
		if n = max(n, float64(len(items)+1)); n*itemSize > MaxPiece {
			return nil, tooLarge(what, n*itemSize)
		}
		items = append(items, item)
	}
	return items, nil
}

func inMiB(bytes float64) string {
	if bytes >= 1<<40 {
		return "more than a TiB"
	}
	return fmt.Sprintf("%.0f MiB", math.Ceil(bytes/(1<<20))) // never as much as is allowed, where it is more
}

// lengthOf is how many items an iterable has; known is false when it does not tell.
func lengthOf(v starlark.Value) (n float64, known bool) {
	length := starlark.Len(v)
	return float64(length), length >= 0
}

// Call calls a function as starlark.Call does, and turns a panic of Go code into an error. Where the script was is lost
// by then, so that the message names the function.
func Call(
	thread *starlark.Thread, fn starlark.Value, args starlark.Tuple, kwargs []starlark.Tuple,
) (result starlark.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			result, err = nil, crash(fn, p)
		}
	}()
	return starlark.Call(thread, fn, args, kwargs)
}

// Init executes a file's top level as Program.Init does, and turns a panic of Go code into an error.
func Init(
	program *starlark.Program, thread *starlark.Thread, names starlark.StringDict,
) (globals starlark.StringDict, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: internal error: %v", program.Filename(), p)
		}
	}()
	return program.Init(thread, names)
}

// OnSteps bounds a thread by so many steps, and looks at what it reaches meanwhile. refuse is called when it has used up
// its steps (err is nil), or has made what CheckNesting refuses; it should cancel the thread.
func OnSteps(thread *starlark.Thread, limit uint64, refuse func(t *starlark.Thread, err error)) {
	watch := &Watch{}
	end := thread.Steps + limit
	thread.SetMaxExecutionSteps(min(end, thread.Steps+StepChunk))
	thread.OnMaxSteps = func(t *starlark.Thread) {
		if t.Steps >= end {
			refuse(t, nil)
			return
		}
		t.SetMaxExecutionSteps(min(end, t.Steps+StepChunk))
		if err := watch.Look(t.Steps, []*starlark.Thread{t}); err != nil {
			refuse(t, err)
		}
	}
}

// crash is a panic under a function of a script, as an error at the function's place.
func crash(fn starlark.Value, cause any) error {
	err := fmt.Errorf("internal error: %v", cause)
	function, ok := fn.(*starlark.Function)
	if !ok {
		return err
	}
	return &starlark.EvalError{
		Msg:       err.Error(),
		CallStack: starlark.CallStack{{Name: function.Name(), Pos: function.Position()}},
	}
}

// recovered calls a builtin's function and turns a panic into an error, while the thread still knows where it is.
func recovered(fn builtinFunc) builtinFunc {
	return func(
		thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (v starlark.Value, err error) {
		defer func() {
			if p := recover(); p != nil {
				v, err = nil, fmt.Errorf("%s: internal error: %v", b.Name(), p)
			}
		}()
		return fn(thread, b, args, kwargs)
	}
}

type builtinFunc = func(
	*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple,
) (starlark.Value, error)
