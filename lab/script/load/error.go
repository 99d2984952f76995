package load

import (
	"errors"
	"slices"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
)

// PositionOf is a place of the parser.
func PositionOf(p syntax.Position) trouble.Position {
	if !p.IsValid() {
		return trouble.Position{}
	}
	return trouble.Position{File: p.Filename(), Line: int(p.Line), Col: int(p.Col)}
}

// Explain turns an error of the parser, the resolver or the interpreter into an Error with a hint. source returns the
// text of a file, for hints that depend on what was written.
func Explain(err error, source func(file string) string) *trouble.Error {
	var known *trouble.Error
	if errors.As(err, &known) && known.Class == trouble.Script {
		placed := *known
		if stack := Stack(err); placed.Pos.File == "" && len(stack) > 0 {
			placed.Stack, placed.Pos = stack, stack[len(stack)-1].Pos
		}
		placed.Text, placed.Hint = trouble.Clip(placed.Text, trouble.MaxText), trouble.Clip(placed.Hint, trouble.MaxText)
		return &placed
	}
	e := &trouble.Error{Text: err.Error()}
	var parse syntax.Error
	var names resolve.ErrorList
	var eval *starlark.EvalError
	var hinted *star.Error
	switch {
	case errors.As(err, &parse):
		e.Pos, e.Text = PositionOf(parse.Pos), parse.Msg
		e.Hint = syntaxHint(parse.Msg, lineOf(source(e.Pos.File), e.Pos.Line))
	case errors.As(err, &names):
		e.Pos, e.Text = PositionOf(names[0].Pos), names[0].Msg
		e.Hint = nameHint(names[0].Msg)
	case errors.As(err, &eval):
		e.Stack = Stack(err)
		e.Text = innermost(err).Msg
		if inner := innermost(err); inner.CallStack.At(0).Name == "fail" && inner.CallStack.At(0).Pos.Filename() == "<builtin>" {
			e.Text, e.Stack = complaint(e.Text, e.Stack)
		}
		if n := len(e.Stack); n > 0 {
			e.Pos = e.Stack[n-1].Pos
		}
		e.Hint = evalHint(e.Text, lineOf(source(e.Pos.File), e.Pos.Line))
	}
	if errors.As(err, &hinted) && hinted.Hint != "" {
		e.Hint = hinted.Hint
	}
	e.Text, e.Hint = trouble.Clip(e.Text, trouble.MaxText), trouble.Clip(e.Hint, trouble.MaxText)
	return e
}

// complaint is what a file of a plugin says by fail: it is about the call that has led there.
func complaint(text string, stack []trouble.Frame) (string, []trouble.Frame) {
	outside := slices.Clone(stack)
	for len(outside) > 0 && strings.HasPrefix(outside[len(outside)-1].Pos.File, "@") {
		outside = outside[:len(outside)-1]
	}
	if len(outside) == 0 || len(outside) == len(stack) {
		return text, stack
	}
	return strings.TrimPrefix(text, "fail: "), outside
}

// innermost is the error of the thread that failed first: an error that crosses a load or the function of an
// eventually is wrapped once per thread.
func innermost(err error) *starlark.EvalError {
	var last *starlark.EvalError
	for errors.As(err, &last) {
		inner := last
		if err = inner.Unwrap(); err == nil || !errors.As(err, &last) {
			return inner
		}
	}
	return last
}

// Stack joins the calls of all threads that an error has crossed, leaving out builtins.
func Stack(err error) []trouble.Frame {
	var frames []trouble.Frame
	var eval *starlark.EvalError
	for errors.As(err, &eval) {
		frames = append(frames, Frames(eval.CallStack)...)
		if err = eval.Unwrap(); err == nil {
			break
		}
	}
	return frames
}

// Frames are the calls of a thread, leaving out builtins.
func Frames(stack starlark.CallStack) []trouble.Frame {
	var frames []trouble.Frame
	for _, f := range stack {
		if f.Pos.Filename() != "<builtin>" {
			frames = append(frames, trouble.Frame{Name: f.Name, Pos: PositionOf(f.Pos)})
		}
	}
	return frames
}

func lineOf(source string, line int) string {
	for ; line > 1; line-- {
		_, rest, found := strings.Cut(source, "\n")
		if !found {
			return ""
		}
		source = rest
	}
	text, _, _ := strings.Cut(source, "\n")
	return text
}

// MaxShown is how many letters of a value an error shows.
const MaxShown = 300
