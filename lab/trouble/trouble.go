// Package trouble is the one error of the lab: whose trouble it is, where, what is wrong, and what to do about it. The
// parts make it, the command prints it, and nothing on the way needs its text.
package trouble

import (
	"errors"
	"fmt"
	"strings"
)

// Class says whose trouble an error is; every class has an exit code of its own.
type Class uint8

// The classes.
const (
	Script      Class = iota // a mistake in a script, or one of its bounds
	Usage                    // the arguments
	Plugin                   // a plugin process, or a node that ended though nobody had asked for it
	Host                     // the machine: ports, limits
	Interrupted              // the user ended it
	Failed                   // what was asked for was right, and did not succeed
)

var classes = [...]struct {
	name string
	code int
}{{"script", 3}, {"usage", 2}, {"plugin", 4}, {"host", 5}, {"interrupted", 130}, {"failed", 1}}

func (c Class) String() string { return classes[c].name }

// MarshalText writes the class by its name.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (c *Class) UnmarshalText(text []byte) error {
	for i := range classes {
		if classes[i].name == string(text) {
			*c = Class(i)
			return nil
		}
	}
	return fmt.Errorf("unknown class %q", text)
}

// ExitCode is the exit code of the command for this class.
func (c Class) ExitCode() int { return classes[c].code }

// Error is why something could not be done.
type Error struct {
	Class Class    `json:"class"`
	Pos   Position `json:"pos"`             // in a script; its zero value when there is none
	Text  string   `json:"text"`            // with values
	Hint  string   `json:"hint,omitempty"`  // may be empty
	Stack []Frame  `json:"stack,omitempty"` // of the script
	Err   error    `json:"-"`               // the cause, may be nil; its text is part of Text
	// Plugin is the name or the path of the plugin that could not be used, empty when the error is about something else.
	// It stands before Text.
	Plugin string `json:"-"`
	// Stopped says that a script was ended for the time or the memory that it took: how far it came is chance.
	Stopped bool `json:"stopped,omitempty"`
}

// Position is a place in a source file. Line and Col count from 1; 0 means that the place is not known.
type Position struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
}

// Frame is one call that was under way, outermost first.
type Frame struct {
	Name string   `json:"name"`
	Pos  Position `json:"pos"`
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
	text := e.Text
	if e.Plugin != "" {
		text = "plugin " + e.Plugin + ": " + text
	}
	if e.Pos.File == "" {
		return text
	}
	return e.Pos.String() + ": " + text
}

func (e *Error) Unwrap() error { return e.Err }

// Whole is the error, the calls that led to it and the hint, a line each.
func (e *Error) Whole() string {
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

// Is tells whether an error is one of a class.
func Is(err error, class Class) bool {
	var known *Error
	return errors.As(err, &known) && known.Class == class
}
