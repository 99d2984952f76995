package star

import (
	"fmt"
	"math"
	"reflect"
	"unsafe"

	"go.starlark.net/starlark"
)

const (
	// maxUnfolded bounds how many values there are in one when a tuple that lies in it twice counts twice: the
	// interpreter hashes and freezes it twice.
	maxUnfolded = 1 << 26
	// maxNested bounds the values that hold others and are reached from one place.
	maxNested = 1 << 22
	// maxItems and maxEntries bound a list and a dict that grow item by item: they grow by allocating a quarter more, or
	// twice as much, at once.
	maxItems   = 1 << 24
	maxEntries = 3_000_000
	// longText is a text worth remembering that it was counted, in bytes.
	longText = 1 << 10
	// StepChunk is how many steps a thread executes at least between two looks at its values, and stepsPerValue how many
	// for each of those that hold others.
	StepChunk     = 1 << 20
	stepsPerValue = 32
)

// CheckNesting returns an error when the values are nested deeper than MaxNesting, or larger than the interpreter can
// handle in one step. It does not recurse: values of any depth may be given to it.
func CheckNesting(values ...starlark.Value) error {
	_, _, err := measureAll(values)
	return err
}

// measureAll tells how many bytes the values take, with all that they hold, and how many of them hold others.
func measureAll(values []starlark.Value) (bytes uint64, holding int, err error) {
	w := nestingWalk{done: map[identity]extent{}}
	for _, v := range values {
		if err = w.from(v); err != nil {
			break
		}
	}
	return w.bytes, len(w.done), err
}

// Freeze freezes a module's globals. It is an error when freezing them would recurse too deep, or without end; name is
// that of the global then.
func Freeze(globals starlark.StringDict) (name string, err error) {
	w := nestingWalk{done: map[identity]extent{}, freezing: true}
	for _, name := range globals.Keys() {
		if err := w.from(globals[name]); err != nil {
			return name, fmt.Errorf("%s: %w", name, err)
		}
	}
	globals.Freeze()
	return "", nil
}

// Holder is a value that holds others, which no script sees as its items.
type Holder interface {
	starlark.Value
	Held() []starlark.Value
}

// Watch looks at the values that a thread can reach, each time enough has been executed since the last look: it takes
// time. The zero value is ready.
type Watch struct {
	next uint64
	// Held is what they took at the last look, in bytes.
	Held uint64
}

// Due tells whether Look looks after so many steps: to gather what it looks at takes time, too.
func (w *Watch) Due(steps uint64) bool { return steps >= w.next }

// Look returns an error as CheckNesting does for what the threads, and the values more, reach; steps is how many have
// been executed.
func (w *Watch) Look(steps uint64, threads []*starlark.Thread, more ...starlark.Value) error {
	if !w.Due(steps) {
		return nil
	}
	for _, thread := range threads {
		more = append(more, reached(thread)...)
	}
	held, values, err := measureAll(more)
	w.Held, w.next = held, steps+max(StepChunk, stepsPerValue*uint64(values))
	return err
}

// reached lists what the functions under way can reach without another function: locals, captured variables, globals.
func reached(thread *starlark.Thread) (values []starlark.Value) {
	for depth := range thread.CallStackDepth() {
		frame := thread.DebugFrame(depth)
		fn, ok := frame.Callable().(*starlark.Function)
		if !ok {
			continue
		}
		values = append(values, fn)
		for i := range frame.NumLocals() {
			if _, v := frame.Local(i); v != nil {
				values = append(values, inCell(v))
			}
		}
		if fn.Name() == "<toplevel>" {
			for _, v := range fn.Globals() {
				values = append(values, v)
			}
		}
	}
	return values
}

// inCell returns the value of a local variable that an inner function has captured: the interpreter keeps it in a type
// of its own, of which it shows nothing.
func inCell(v starlark.Value) starlark.Value {
	if t := reflect.TypeOf(v); t.Kind() == reflect.Pointer && t.Elem().Name() == "cell" && t.Elem().NumField() == 1 {
		if held := *(*starlark.Value)(reflect.ValueOf(v).UnsafePointer()); held != nil {
			return held
		}
	}
	return v
}

// identity tells values that hold others from each other.
type identity struct {
	at  unsafe.Pointer
	len int // of a tuple: part of one begins at the same place
}

// extent is how high a value is, with all that it holds, and how many values it unfolds to.
type extent struct {
	height   int
	unfolded float64
}

// visit is a value whose parts are being measured.
type visit struct {
	id      identity
	parts   []starlark.Value
	extent  extent
	mutable bool // frozen once, and never hashed
}

type nestingWalk struct {
	done     map[identity]extent
	stack    []visit
	freezing bool
	bytes    uint64
}

// underWay marks a value whose parts are being measured.
const underWay = -1

// from measures a value, its parts first. A value that contains itself ends where it does.
func (w *nestingWalk) from(root starlark.Value) error {
	if _, known := w.done[identityOf(root)]; known || !holds(root) {
		return nil
	}
	if err := w.enter(root); err != nil {
		return err
	}
	for len(w.stack) > 0 {
		top := &w.stack[len(w.stack)-1]
		if len(top.parts) > 0 {
			next := top.parts[len(top.parts)-1]
			top.parts = top.parts[:len(top.parts)-1]
			if known, ok := w.done[identityOf(next)]; ok && known.height == underWay {
				if w.freezing && w.endless(identityOf(next)) {
					return Errorf("there is no recursion: use a loop", "%s contains itself", next)
				}
			} else if ok {
				top.add(known)
			} else if err := w.enter(next); err != nil {
				return err
			}
			continue
		}
		whole := top.extent
		if top.mutable {
			whole.unfolded = 1
		}
		switch {
		case whole.height > MaxNesting:
			return errNesting
		case whole.unfolded > maxUnfolded:
			return fmt.Errorf("value of more than %d parts, when what it holds twice counts twice", maxUnfolded)
		}
		w.done[top.id] = whole
		if w.stack = w.stack[:len(w.stack)-1]; len(w.stack) > 0 {
			w.stack[len(w.stack)-1].add(whole)
		}
	}
	return nil
}

// endless tells whether nothing that can be changed lies between a value and itself: to freeze it would have no end.
func (w *nestingWalk) endless(id identity) bool {
	for i := len(w.stack) - 1; !w.stack[i].mutable; i-- {
		if w.stack[i].id == id {
			return true
		}
	}
	return false
}

func (v *visit) add(part extent) {
	v.extent.height = max(v.extent.height, part.height+1)
	v.extent.unfolded += part.unfolded
}

func (w *nestingWalk) enter(v starlark.Value) error {
	if len(w.done) >= maxNested {
		return fmt.Errorf("more than %d values that hold others", maxNested)
	}
	next := visit{id: identityOf(v), extent: extent{height: 1, unfolded: 1}}
	w.done[next.id] = extent{height: underWay}
	size := 0
	next.mutable, size = parts(v, func(part starlark.Value) {
		w.bytes += itemSize
		switch {
		case w.text(part):
			next.extent.unfolded++
		case !holds(part):
			next.extent.unfolded++
		case flat(part):
			next.add(extent{height: 1, unfolded: float64(starlark.Len(part) + 1)})
			w.bytes += listSize + itemSize*uint64(starlark.Len(part))
		default:
			next.parts = append(next.parts, part)
		}
	})
	_, isList := v.(*starlark.List)
	w.bytes += listSize
	if next.mutable && !isList {
		w.bytes += (entrySize - itemSize) * uint64(size)
	}
	switch {
	case isList && size > maxItems:
		return fmt.Errorf("list of more than %d items", maxItems)
	case !isList && next.mutable && size > maxEntries:
		return fmt.Errorf("%s of more than %d entries", v.Type(), maxEntries)
	}
	w.stack = append(w.stack, next)
	return nil
}

// text adds the bytes of a text. A long one is often held many times.
func (w *nestingWalk) text(v starlark.Value) bool {
	text, ok := starlark.AsString(v)
	if !ok {
		return false
	}
	if id := (identity{unsafe.Pointer(unsafe.StringData(text)), len(text)}); len(text) > longText {
		if _, known := w.done[id]; known {
			return true
		}
		w.done[id] = extent{}
	}
	w.bytes += uint64(len(text))
	return true
}

// parts calls visit for each value that v holds, and tells whether v can be changed, and how many parts it has.
func parts(v starlark.Value, visit func(starlark.Value)) (mutable bool, size int) {
	switch v := v.(type) {
	case starlark.Tuple:
		for _, part := range v {
			visit(part)
		}
	case *starlark.List:
		for i := range v.Len() {
			visit(v.Index(i))
		}
		return true, v.Len()
	case *starlark.Dict:
		for key, value := range v.Entries() {
			visit(key)
			visit(value)
		}
		return true, v.Len()
	case *starlark.Set:
		for member := range v.Elements() {
			visit(member)
		}
		return true, v.Len()
	case *starlark.Builtin:
		visit(v.Receiver())
	case *starlark.Function:
		for i := range v.NumParams() {
			if value := v.ParamDefault(i); value != nil {
				visit(value)
			}
		}
		for i := range v.NumFreeVars() {
			if _, value := v.FreeVar(i); value != nil {
				visit(value)
			}
		}
	case Recorded:
		for _, part := range v.Record().values {
			visit(part)
		}
	case Holder:
		for _, part := range v.Held() {
			visit(part)
		}
	}
	return false, 0
}

// holds tells whether a value has parts.
func holds(v starlark.Value) bool {
	switch v := v.(type) {
	case starlark.Tuple:
		return len(v) > 0
	case *starlark.Builtin:
		return v.Receiver() != nil
	case *starlark.List, *starlark.Dict, *starlark.Set, *starlark.Function, Holder:
		return true
	case Recorded:
		return v.Record() != nil
	}
	return false
}

// flat tells whether a list or tuple is short and has no parts that have parts: it needs no visit.
func flat(v starlark.Value) bool {
	list, ok := v.(starlark.Indexable)
	if !ok || list.Len() > 8 {
		return false
	}
	for i := range list.Len() {
		if holds(list.Index(i)) {
			return false
		}
	}
	return true
}

// identityOf returns what two values share only when they are one.
func identityOf(v starlark.Value) identity {
	switch v := v.(type) {
	case starlark.Tuple:
		return identity{unsafe.Pointer(unsafe.SliceData(v)), len(v)}
	case Recorded:
		return identity{unsafe.Pointer(v.Record()), -1}
	}
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer {
		return identity{p.UnsafePointer(), -1}
	}
	return identity{len: math.MinInt} // none of ours: counted once
}
