package lab

import (
	"context"
	"errors"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/script"
)

// Class says whose trouble an error is; every class has an exit code of its own.
type Class uint8

// The classes.
const (
	Usage       Class = iota // the arguments
	Script                   // a mistake in a script
	Plugin                   // a plugin process
	Host                     // the machine: ports, limits
	Interrupted              // the user ended it
)

// ExitCode is the exit code of the command for this class.
func (c Class) ExitCode() int {
	switch c {
	case Usage:
		return 2
	case Script:
		return 3
	case Plugin:
		return 4
	case Host:
		return 5
	default:
		return 130
	}
}

// Error is why something could not be done: what and where, with values, and what to do about it.
type Error struct {
	Class   Class
	Message string
	Hint    string // may be empty
	Err     error  // the cause, may be nil
}

func (e *Error) Error() string { return e.Message }

func (e *Error) Unwrap() error { return e.Err }

// classify turns an error of the parts into an Error.
func classify(err error) *Error {
	var (
		known    *Error
		inScript *script.Error
		inHost   *host.Error
		exit     *host.Exit
		inEngine *engine.Error
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled):
		return &Error{Class: Interrupted, Message: "interrupted", Err: err}
	case errors.As(err, &inScript):
		return &Error{Class: Script, Message: inScript.Error(), Hint: inScript.Hint, Err: err}
	case errors.As(err, &inHost):
		return &Error{Class: Plugin, Message: err.Error(), Hint: inHost.Hint, Err: err}
	case errors.As(err, &exit):
		return &Error{Class: Plugin, Message: err.Error(), Err: err}
	case errors.As(err, &inEngine):
		return &Error{Class: Host, Message: err.Error(), Hint: inEngine.Hint, Err: err}
	}
	return &Error{Class: Host, Message: err.Error(), Err: err}
}
