package lab

import (
	"context"
	"errors"
	"slices"
	"syscall"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// limits are what the system answers when it has no more of something. They are the machine's trouble, whichever part
// meets them.
var limits = []error{
	syscall.EMFILE, syscall.ENFILE, syscall.EAGAIN, syscall.ENOMEM, syscall.ENOSPC,
	syscall.EADDRINUSE, syscall.EADDRNOTAVAIL,
}

// classify finds the trouble in an error of the parts. What none of them has classified is the machine's; so is a plugin's
// trouble that one of its limits has caused.
func classify(err error) *trouble.Error {
	var known *trouble.Error
	var exit *host.Exit
	e := &trouble.Error{Class: trouble.Host, Text: err.Error(), Err: err}
	switch {
	case errors.As(err, &known):
		e.Class, e.Hint = known.Class, known.Hint
		if e.Class == trouble.Script {
			e.Pos, e.Text = known.Pos, known.Text
		}
	case errors.Is(err, context.Canceled):
		e.Class, e.Text = trouble.Interrupted, "interrupted"
	case errors.As(err, &exit):
		e.Class = trouble.Plugin
	}
	if e.Class == trouble.Plugin && slices.ContainsFunc(limits, func(limit error) bool { return errors.Is(err, limit) }) {
		e.Class = trouble.Host
	}
	return e
}

// classified is the trouble in err, nil for nil. Once the context has ended, whatever goes wrong is a consequence of that.
func classified(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &trouble.Error{Class: trouble.Interrupted, Text: "interrupted", Err: ctx.Err()}
	}
	return classify(err)
}
