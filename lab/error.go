package lab

import (
	"context"
	"errors"
	"slices"
	"syscall"

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
	Failed                   // what was asked for was right, and did not succeed
)

// ExitCode is the exit code of the command for this class.
func (c Class) ExitCode() int {
	switch c {
	case Failed:
		return 1
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

// limits are what the system answers when it has no more of something. They are the machine's trouble, whichever part
// meets them.
var limits = []error{
	syscall.EMFILE, syscall.ENFILE, syscall.EAGAIN, syscall.ENOMEM, syscall.ENOSPC,
	syscall.EADDRINUSE, syscall.EADDRNOTAVAIL,
}

// classify turns an error of the parts into an Error.
func classify(err error) *Error {
	var (
		known    *Error
		inScript *script.Error
		inHost   *host.Error
		exit     *host.Exit
		inEngine *engine.Error
		inPlugin *engine.PluginError
	)
	e := &Error{Class: Host, Message: err.Error(), Err: err}
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled):
		e.Class, e.Message = Interrupted, "interrupted"
	case errors.As(err, &inScript):
		e.Class, e.Message, e.Hint = Script, inScript.Error(), inScript.Hint
	case errors.As(err, &inHost):
		e.Class, e.Hint = Plugin, inHost.Hint
	case errors.As(err, &exit), errors.As(err, &inPlugin):
		e.Class = Plugin
	case errors.As(err, &inEngine):
		e.Hint = inEngine.Hint
	}
	if e.Class == Plugin && slices.ContainsFunc(limits, func(limit error) bool { return errors.Is(err, limit) }) {
		e.Class = Host
	}
	return e
}

// trouble is the Error for err, nil for nil. Once the context has ended, whatever goes wrong is a consequence of that.
func trouble(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &Error{Class: Interrupted, Message: "interrupted", Err: ctx.Err()}
	}
	return classify(err)
}
