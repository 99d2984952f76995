package script

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/star"
)

// Error is a mistake in a script: where it is, what is wrong, and what to write instead.
type Error struct {
	Pos   Position
	Msg   string
	Hint  string // empty when there is nothing to advise
	Stack []Frame

	outside bool // the script was stopped for the time or the memory that it took
}

// Position is a place in a source file. Line and Col count from 1; 0 means that the place is not known.
type Position struct {
	File      string
	Line, Col int
}

// Frame is one call that was under way, outermost first.
type Frame struct {
	Name string
	Pos  Position
}

func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Error is one line, without the hint: "election.star:12:5: undefined: foo".
func (e *Error) Error() string {
	if e.Pos.File == "" {
		return e.Msg
	}
	return e.Pos.String() + ": " + e.Msg
}

// Text is the error, the calls that led to it and the hint, a line each.
func (e *Error) Text() string {
	var b strings.Builder
	b.WriteString(e.Error())
	for i := len(e.Stack) - 2; i >= 0; i-- {
		fmt.Fprintf(&b, "\n  called from %s in %s", e.Stack[i].Pos, e.Stack[i].Name)
	}
	if e.Hint != "" {
		b.WriteString("\nhint: " + e.Hint)
	}
	return b.String()
}

func positionOf(p syntax.Position) Position {
	if !p.IsValid() {
		return Position{}
	}
	return Position{File: p.Filename(), Line: int(p.Line), Col: int(p.Col)}
}

// explain turns an error of the parser, the resolver or the interpreter into an Error with a hint. source returns the
// text of a file, for hints that depend on what was written.
func explain(err error, source func(file string) string) *Error {
	var known *Error
	if errors.As(err, &known) {
		placed := *known
		if stack := stackOf(err); placed.Pos.File == "" && len(stack) > 0 {
			placed.Stack, placed.Pos = stack, stack[len(stack)-1].Pos
		}
		placed.Msg, placed.Hint = clip(placed.Msg, maxMessage), clip(placed.Hint, maxMessage)
		return &placed
	}
	e := &Error{Msg: err.Error()}
	var parse syntax.Error
	var names resolve.ErrorList
	var eval *starlark.EvalError
	var hinted *star.Error
	switch {
	case errors.As(err, &parse):
		e.Pos, e.Msg = positionOf(parse.Pos), parse.Msg
		e.Hint = syntaxHint(parse.Msg, lineOf(source(e.Pos.File), e.Pos.Line))
	case errors.As(err, &names):
		e.Pos, e.Msg = positionOf(names[0].Pos), names[0].Msg
		e.Hint = nameHint(names[0].Msg)
	case errors.As(err, &eval):
		e.Stack = stackOf(err)
		e.Msg = innermost(err).Msg
		if n := len(e.Stack); n > 0 {
			e.Pos = e.Stack[n-1].Pos
		}
		e.Hint = evalHint(e.Msg)
	}
	if errors.As(err, &hinted) && hinted.Hint != "" {
		e.Hint = hinted.Hint
	}
	e.Msg, e.Hint = clip(e.Msg, maxMessage), clip(e.Hint, maxMessage)
	return e
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

// stackOf joins the calls of all threads that an error has crossed, leaving out builtins.
func stackOf(err error) []Frame {
	var frames []Frame
	var eval *starlark.EvalError
	for errors.As(err, &eval) {
		frames = append(frames, framesOf(eval.CallStack)...)
		if err = eval.Unwrap(); err == nil {
			break
		}
	}
	return frames
}

func framesOf(stack starlark.CallStack) []Frame {
	var frames []Frame
	for _, f := range stack {
		if f.Pos.Filename() != "<builtin>" {
			frames = append(frames, Frame{f.Name, positionOf(f.Pos)})
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
