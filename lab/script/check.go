package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
)

func checkBuiltin(
	thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	_, failure, err := judgement(thread, b, args, kwargs)
	if err != nil || failure == nil {
		return starlark.None, err
	}
	return nil, failure
}

func expectBuiltin(
	thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	f, failure, err := judgement(thread, b, args, kwargs)
	if err != nil || failure == nil {
		return starlark.None, err
	}
	into := &f.run.expected
	if a := f.run.current.attempted; a != nil {
		into = &a.failures // it is the attempt that fails
	}
	switch {
	case len(*into) < maxExpected:
		*into = append(*into, *failure)
	case into == &f.run.expected:
		f.run.unlisted++
	}
	return starlark.None, nil
}

// maxExpected bounds the failures of expect that a run keeps: an expect in a loop may fail any number of times.
const maxExpected = 100

// judgement evaluates the arguments of check and expect. A nil failure means that the condition holds.
func judgement(
	thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (*local, *result.Check, error) {
	f := localOf(thread)
	if f == nil {
		return nil, nil, errors.New(b.Name() + " belongs inside an experiment: nothing runs at top level")
	}
	number := -1
	if len(args) > 0 {
		if s, ok := args[0].(siteValue); ok {
			n, _ := s.Int64()
			number, args = int(n), args[1:]
		}
	}
	var cond, message starlark.Value
	if err := load.UnpackArgs(b.Name(), args, kwargs, "cond", &cond, "message?", &message); err != nil {
		return nil, nil, err
	}
	f.run.judged++
	f.run.current.judged(number)
	if err := judged(cond); err != nil {
		return nil, nil, prefixed(b.Name(), err)
	}
	if pair, ok := cond.(starlark.Tuple); ok && len(pair) > 0 {
		return nil, nil, star.Errorf("check(cond, message)", "%s: got a tuple, which is always true", b.Name())
	}
	if err := wantText(message); err != nil {
		return nil, nil, prefixed(b.Name(), err)
	}
	if cond.Truth() {
		return f, nil, nil
	}
	if err := f.run.Stopped(); err != nil {
		return nil, nil, err // a verdict, which is no truth value
	}
	failure := f.failure(messageText(message))
	failure.Source = fmt.Sprintf("%s(%s)", b.Name(), show(cond))
	if number >= 0 {
		f.explain(failure, number)
	}
	return f, failure, nil
}

// explain adds to a failed check what stands at its site, and the values of its parts.
func (f *local) explain(failure *result.Check, number int) {
	s := f.run.file.Sites.All[number]
	failure.Pos, failure.Source = s.Pos, s.Source
	f.observed.tell(failure, &f.run.file.Sites, number)
	if f.run.lastNone != "" && slices.ContainsFunc(failure.Parts, func(p result.Part) bool { return p.Value == "None" }) {
		failure.Parts = append(failure.Parts, result.Part{Text: "why None", Value: trouble.Shorten(f.run.lastNone, maxShown)})
	}
}

func notBool(v starlark.Value) bool {
	_, is := v.(starlark.Bool)
	return !is
}

// judged refuses a function that was not called, a task that was not waited for, and what else is true in any case.
func judged(v starlark.Value) error {
	switch v := v.(type) {
	case starlark.Callable:
		return star.Errorf("call it: "+v.Name()+"()", "got the function %s, which is always true", v.Name())
	case *task:
		return star.Errorf("task.wait() is what it returns, task.done whether it has ended", "got a task, which is always true")
	case *fault:
		return star.Errorf("fault.touched is how many packets it has affected", "got a fault, which is always true")
	case *starlark.List:
		if v.Len() > 0 && !slices.ContainsFunc(itemsOf(v, false), notBool) {
			return star.Errorf("all(list) or any(list)", "got a list of %d truth values, which is true whatever they are", v.Len())
		}
		for _, item := range itemsOf(v, false)[:min(v.Len(), 1)] {
			switch item.(type) {
			case starlark.Callable, *task, *fault:
				return prefixed("list", judged(item))
			}
		}
	case starlark.Tuple:
		if len(v) > 0 && !notBool(v[0]) {
			return star.Errorf("check(cond, message)", "got a tuple, which is always true")
		}
	case *labValue:
		return star.Errorf("lab.engine, for example", "got the lab, which is always true")
	}
	return nil
}

// failure describes the place of the call that judges.
func (f *local) failure(message string) *result.Check {
	failure := &result.Check{Message: message, At: f.run.now()}
	failure.Stack = f.run.current.stack()
	if n := len(failure.Stack); n > 0 {
		failure.Pos = failure.Stack[n-1].Pos
	}
	return failure
}

// wantText refuses a message that is no text: a second value as a rule, which was to be compared.
func wantText(message starlark.Value) error {
	hint := `check(a == b, "why")`
	switch message.(type) {
	case nil, starlark.NoneType, starlark.String:
		return nil
	case starlark.Bool:
		hint = "one check for each condition, or check(a and b)"
	}
	return star.Errorf(hint, "message: got %s, want a text", message.Type())
}

func messageText(v starlark.Value) string {
	if v == nil || v == starlark.None {
		return ""
	}
	if text, ok := starlark.AsString(v); ok {
		return text
	}
	return star.Show(v, maxReason)
}

// mentionsNone recognises the interpreter's errors about a None.
func mentionsNone(msg string) bool { return strings.Contains(msg, "NoneType") }
