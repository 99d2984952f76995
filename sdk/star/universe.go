package star

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// guardedUniverse are the builtins of Starlark that may allocate much or work long. They behave as Starlark's own, but
// for what would be too much. They take the place of Starlark's because a name that is predeclared comes first.
var guardedUniverse = sync.OnceValue(func() starlark.StringDict {
	names := starlark.StringDict{}
	add := func(counts bool, asks map[string]asking) {
		for name, ask := range asks {
			names[name] = guardBuiltin(starlark.Universe[name].(*starlark.Builtin), ask, counts, name)
		}
	}
	for name, ask := range map[string]asking{"sorted": itemsOf(3 * itemSize), "min": nothing, "max": nothing} {
		names[fastKeysPrefix+name] = guardBuiltin(starlark.Universe[name].(*starlark.Builtin), ask, true, "")
	}
	add(true, map[string]asking{
		"list": itemsOf(itemSize), "tuple": itemsOf(itemSize), "reversed": itemsOf(itemSize),
		"sorted": itemsOf(3 * itemSize), "enumerate": itemsOf(itemSize + tupleSize + 2*itemSize),
		"set": itemsOf(entrySize), "dict": entriesOf, "zip": rowsOf, "bytes": bytesOf,
		"min": nothing, "max": nothing, "any": nothing, "all": nothing,
	})
	add(false, map[string]asking{
		"str": textOf("str"), "repr": textOf("repr"), "print": textOf("print"), "fail": textOf("fail"), "int": digitsOf,
	})
	for _, name := range []string{"min", "max", fastKeysPrefix + "min", fastKeysPrefix + "max"} {
		names[arithmeticPrefix+name] = extremum(names[name].(*starlark.Builtin))
	}
	names["getattr"] = starlark.NewBuiltin("getattr", getattrBuiltin)
	names.Freeze()
	return names
})

// asking tells how many bytes a call of a builtin asks for.
type asking func(args starlark.Tuple, kwargs []starlark.Tuple) (float64, error)

// guardBuiltin puts a bound on what a builtin may ask for, before it is called. When it counts, the iterables among its
// arguments that are long, or do not tell how long they are, are counted while the builtin goes through them. visits is
// its name in visitDepths.
func guardBuiltin(inner *starlark.Builtin, ask asking, counts bool, visits string) *starlark.Builtin {
	return starlark.NewBuiltin(inner.Name(), recovered(func(
		thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		bytes, err := ask(args, kwargs)
		if err != nil {
			return nil, err
		}
		kwargs, err = visitable(thread, visits, nil, args, kwargs)
		if err != nil {
			return nil, err
		}
		copied := bytes
		if !counts { // it writes or reads text
			copied *= textPrice
		}
		if err := reserve(thread, b.Name(), bytes, copied); err != nil {
			return nil, err
		}
		if !counts {
			return inner.CallInternal(thread, args, kwargs)
		}
		counted, check := countItems(thread, args)
		result, err := inner.CallInternal(thread, counted, kwargs)
		if endless := check(); endless != nil {
			return nil, endless
		}
		return result, err
	}))
}

func nothing(starlark.Tuple, []starlark.Tuple) (float64, error) { return 0, nil }

// itemsOf asks for so many bytes per item of the first argument, which has a name in sorted only.
func itemsOf(size float64) asking {
	return func(args starlark.Tuple, kwargs []starlark.Tuple) (float64, error) {
		bytes := 0.0
		if len(args) > 0 {
			n, _ := lengthOf(args[0])
			bytes = n * size
		}
		for _, kw := range kwargs {
			n, _ := lengthOf(kw[1])
			bytes = max(bytes, n*size)
		}
		return bytes, nil
	}
}

func entriesOf(args starlark.Tuple, kwargs []starlark.Tuple) (float64, error) {
	bytes := float64(len(kwargs)) * entrySize
	if len(args) > 0 {
		n, _ := lengthOf(args[0])
		bytes += n * entrySize
	}
	return bytes, nil
}

func rowsOf(args starlark.Tuple, _ []starlark.Tuple) (float64, error) {
	rows := math.Inf(1)
	for _, arg := range args {
		if n, known := lengthOf(arg); known {
			rows = min(rows, n)
		}
	}
	if math.IsInf(rows, 1) {
		return 0, nil
	}
	return rows * (itemSize + tupleSize + itemSize*float64(len(args))), nil
}

func bytesOf(args starlark.Tuple, _ []starlark.Tuple) (float64, error) {
	if len(args) == 0 {
		return 0, nil
	}
	if text, ok := starlark.AsString(args[0]); ok {
		return transcoded(text), nil
	}
	n, _ := lengthOf(args[0])
	return n, nil
}

// transcoded is how long a text gets when each byte that is not UTF-8 becomes a replacement character.
func transcoded(text string) float64 {
	if utf8.ValidString(text) {
		return 0
	}
	return 3 * float64(len(text))
}

// textOf asks for the text of the arguments, which print and fail join.
func textOf(what string) asking {
	return func(args starlark.Tuple, kwargs []starlark.Tuple) (float64, error) {
		separators := 0.0
		for _, kw := range kwargs {
			n, _ := starlark.AsString(kw[1])
			separators += float64(len(n)) * float64(len(args))
		}
		if len(args) == 1 {
			switch v := args[0].(type) {
			case starlark.Bytes:
				return transcoded(string(v)), nil
			case starlark.String:
				if what == "repr" {
					return float64(quotedLength(string(v), false)), nil
				}
				return 0, nil
			}
		}
		n, err := fits(what, args...)
		return separators + n, err
	}
}

// maxDigits bounds a text that is read as an integer, which takes more than linear time.
const maxDigits = 400_000

// digitsOf refuses a longer text, given by position or by name.
func digitsOf(args starlark.Tuple, kwargs []starlark.Tuple) (float64, error) {
	values := slices.Clone(args)
	for _, kw := range kwargs {
		values = append(values, kw[1])
	}
	for _, v := range values {
		if text, ok := starlark.AsString(v); ok && len(text) > maxDigits {
			return 0, fmt.Errorf("int: a text of %d bytes, want at most %d", len(text), maxDigits)
		}
	}
	return 0, nil
}

// getattrBuiltin is Starlark's, but for methods that have a bound.
func getattrBuiltin(
	thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	if len(args) >= 2 && len(kwargs) == 0 {
		if name, ok := starlark.AsString(args[1]); ok {
			if len(name) > maxName {
				return nil, fmt.Errorf("getattr: %w", errEndlessName)
			}
			if method := guardedMethod(args[0], name); method != nil {
				return method, nil
			}
		}
	}
	return starlark.Universe["getattr"].(*starlark.Builtin).CallInternal(thread, args, kwargs)
}

// shortIterable is how many items nobody counts.
const shortIterable = 4096

// countItems replaces the iterables among the arguments that are long, or do not tell their length, by ones that count
// steps and end when the thread is cancelled; check then returns why.
func countItems(thread *starlark.Thread, args starlark.Tuple) (counted starlark.Tuple, check func() error) {
	var all []*countedItems
	for i, arg := range args {
		iterable, ok := arg.(starlark.Iterable)
		if !ok {
			continue
		}
		n, known := lengthOf(arg)
		if known && n <= shortIterable {
			thread.Steps += uint64(n)
			continue
		}
		c := &countedItems{Iterable: iterable, thread: thread, known: known}
		if all == nil {
			args = append(starlark.Tuple(nil), args...)
		}
		all = append(all, c)
		args[i] = c
		if mapping, ok := iterable.(starlark.IterableMapping); ok {
			args[i] = &countedMapping{c, mapping}
		} else if known {
			args[i] = &countedSequence{c}
		}
	}
	if all == nil {
		return args, func() error { return nil }
	}
	return args, func() error {
		for _, c := range all {
			if c.err != nil {
				return c.err
			}
		}
		return nil
	}
}

// countedItems is an iterable of which each item counts as a step of the thread.
type countedItems struct {
	starlark.Iterable
	thread *starlark.Thread
	known  bool // how many there are, so that their memory is reserved already
	err    error
}

// countedSequence is one that tells its length, and countedMapping one that Starlark takes for a dict.
type (
	countedSequence struct{ *countedItems }
	countedMapping  struct {
		*countedItems
		mapping starlark.IterableMapping
	}
)

func (c *countedSequence) Len() int { return starlark.Len(c.Iterable) }
func (c *countedMapping) Len() int  { return starlark.Len(c.Iterable) }

func (c *countedMapping) Get(key starlark.Value) (starlark.Value, bool, error) {
	return c.mapping.Get(key)
}
func (c *countedMapping) Items() []starlark.Tuple { return c.mapping.Items() }

func (c *countedItems) Iterate() starlark.Iterator {
	return &countingIterator{Iterator: c.Iterable.Iterate(), items: c}
}

type countingIterator struct {
	starlark.Iterator
	items *countedItems
	n     int
}

func (it *countingIterator) Next(p *starlark.Value) bool {
	if it.n++; it.n%shortIterable == 0 {
		c := it.items
		if !c.known && it.n > MaxPiece/textSize {
			c.err = Errorf(pieceHint, "more than %d items at once", MaxPiece/textSize)
		} else {
			c.err = spend(c.thread, shortIterable)
		}
		if c.err != nil {
			return false
		}
	}
	return it.Iterator.Next(p)
}

// spend counts steps that a builtin has taken, and returns an error when the thread has been cancelled.
func spend(thread *starlark.Thread, steps uint64) error {
	thread.Steps += steps
	if _, err := starlark.Call(thread, doNothing(), nil, nil); err != nil {
		var eval *starlark.EvalError
		if errors.As(err, &eval) {
			return errors.New(eval.Msg) // without the call that was only made to find out
		}
		return err
	}
	return nil
}

// doNothing is a function of the interpreter: only such a one meets the thread's limits. It passes for a builtin, so that
// nobody shows where it stands.
var doNothing = sync.OnceValue(func() starlark.Value {
	globals, err := starlark.ExecFileOptions(Dialect, &starlark.Thread{}, "<builtin>", "def nothing(): pass", nil)
	if err != nil {
		panic(err) // the source is ours
	}
	globals.Freeze()
	return globals["nothing"]
})
