package star

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.starlark.net/starlark"
)

// DefaultSteps is how many steps of the interpreter one call of a Callable may take when its Steps says nothing: a few
// milliseconds of work.
const DefaultSteps = 100_000

// Callable is a function that has been rebuilt, frozen and ready to be called from any number of goroutines at once.
// What a step limit does not bound is said at Rebuild. Set its fields before the first call.
type Callable struct {
	// Steps bounds one call, in steps of the interpreter; 0 means DefaultSteps.
	Steps uint64
	// Print receives what the function prints, one text a call of print; nil drops it. It is called on the goroutine of
	// the call.
	Print func(text string)

	fn      *starlark.Function
	threads sync.Pool // a Starlark thread serves one call at a time, and costs more to make than a short call
}

// Name returns the name of the function's def, "lambda" for a lambda.
func (c *Callable) Name() string { return c.fn.Name() }

// Position returns where the function stands in the script: "balance.star:3:1".
func (c *Callable) Position() string { return c.fn.Position().String() }

// Accepts returns an error when the function cannot be called with so many positional arguments as there are names; the
// names are what the message calls them.
func (c *Callable) Accepts(names ...string) error { return Accepts(c.fn, names...) }

// Call calls the function. The error of a script is an *starlark.EvalError: see Backtrace. The arguments must be
// frozen, or values of this call only.
func (c *Callable) Call(args ...starlark.Value) (starlark.Value, error) {
	r, ok := c.threads.Get().(*runner)
	if !ok {
		r = &runner{thread: c.newThread()}
		guard.add(r)
	}
	limit := c.Steps
	if limit == 0 {
		limit = DefaultSteps
	}
	r.thread.SetMaxExecutionSteps(r.thread.ExecutionSteps() + limit)
	guard.enter(r)
	result, err := r.call(c.fn, args)
	r.leave()
	if err != nil {
		return nil, err // the thread may have been cancelled: no other call gets it
	}
	c.threads.Put(r)
	return result, nil
}

func (c *Callable) newThread() *starlark.Thread {
	thread := &starlark.Thread{Name: c.fn.Name() + " (" + c.Position() + ")", Print: func(_ *starlark.Thread, text string) {
		if c.Print != nil {
			c.Print(text)
		}
	}}
	thread.OnMaxSteps = func(t *starlark.Thread) {
		t.Cancel("the function takes too many steps: is there an endless loop?")
	}
	return thread
}

// Backtrace is an error with the calls of the script that led to it, a line each, for people; other errors as they are.
func Backtrace(err error) string {
	var eval *starlark.EvalError
	if !errors.As(err, &eval) {
		return err.Error()
	}
	shown := *eval
	shown.CallStack = slices.DeleteFunc(slices.Clone(eval.CallStack), func(f starlark.CallFrame) bool {
		return strings.HasPrefix(f.Name, "$") // what Guard has put there
	})
	return shown.Backtrace()
}

// Mistake is the error of a part of what a script has written: "pick", "request". Its text, with the calls that led to
// it, is made only when it is wanted: of thousands of equal mistakes a component tells the first.
func Mistake(part string, err error) error { return &mistake{part, err} }

type mistake struct {
	part string
	err  error
}

// mistakeText bounds the text of a mistake, in bytes: the script decides how long its messages are.
const mistakeText = 4 << 10

func (m *mistake) Error() string {
	text := strings.ToValidUTF8(m.part+": "+Backtrace(m.err), "\uFFFD") // a script's text may be any bytes
	if len(text) > mistakeText {
		text = strings.ToValidUTF8(text[:mistakeText], "") + "..." // not half a letter
	}
	return text
}

func (m *mistake) Unwrap() error { return m.err }

// Accepts returns an error when the function cannot be called with so many positional arguments as there are names. The
// names are what the message calls them.
func Accepts(fn *starlark.Function, names ...string) error {
	positional := fn.NumParams() - fn.NumKwonlyParams()
	if fn.HasVarargs() {
		positional--
	}
	if fn.HasKwargs() {
		positional--
	}
	required, keywords := 0, false
	for i := range positional + fn.NumKwonlyParams() {
		switch {
		case fn.ParamDefault(i) != nil:
		case i < positional:
			required++
		default:
			keywords = true
		}
	}
	if required <= len(names) && (len(names) <= positional || fn.HasVarargs()) && !keywords {
		return nil
	}
	return fmt.Errorf("%s takes (%s), want (%s)", title(fn), signature(fn), strings.Join(names, ", "))
}

// signature lists the parameters of a function; those that may be left out end in "= ...".
func signature(fn *starlark.Function) string {
	count := fn.NumParams()
	parts := make([]string, count)
	for i := range parts {
		parts[i], _ = fn.Param(i)
		if fn.ParamDefault(i) != nil {
			parts[i] += " = ..."
		}
	}
	if fn.HasKwargs() {
		count--
		parts[count] = "**" + parts[count]
	}
	if fn.HasVarargs() {
		count--
		parts[count] = "*" + parts[count]
	}
	return strings.Join(parts, ", ")
}

// title names a function in a message.
func title(fn *starlark.Function) string {
	if fn.Name() == "lambda" {
		return fmt.Sprintf("the lambda in line %d", fn.Position().Line)
	}
	return "function " + fn.Name()
}
