package host

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// ErrClosed answers everything that is asked of a Host after Close.
var ErrClosed = errors.New("host is closed")

// Exit says how a process ended. It is an error, also after a clean end: a process that nobody needs any more is
// stopped by the host, and then nobody asks.
type Exit struct {
	Plugin string
	Name   string // as in StartOptions
	Pid    int
	Code   int       // exit code; -1 after a signal, and for a reattached process
	Signal os.Signal // what ended it, or nil
	// Cause is what the host has noticed or done before the process was gone, such as "a message of more than 64 MiB" or
	// "killed by the host"; empty when it has ended by itself.
	Cause string
	// Abandoned says that it gave no answer to somebody who uses it.
	Abandoned bool
	// Stderr is the last 64 KiB of what the process printed.
	Stderr string
	// Panic is the panic's text with its stack, or empty.
	Panic string
}

// Reason says why the process has ended, in words that do not tell which process it was: what the host has noticed, if
// anything, else how it ended.
func (e *Exit) Reason() string {
	switch {
	case e.Panic != "":
		how, _, _ := strings.Cut(e.Panic, "\n")
		return how
	case e.Cause != "":
		return e.Cause
	case e.Signal != nil:
		return "the process was ended by a signal: " + e.Signal.String()
	case e.Code >= 0:
		return fmt.Sprintf("the process exited with code %d", e.Code)
	}
	return "the process ended"
}

func (e *Exit) Error() string {
	who := e.Name
	if e.Pid != 0 { // a process that somebody else has started may not have told
		who += fmt.Sprintf(", pid %d", e.Pid)
	}
	return fmt.Sprintf("plugin %s (%s): %s", e.Plugin, who, e.Reason())
}
