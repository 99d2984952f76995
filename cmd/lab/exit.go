package main

import (
	"errors"
	"fmt"

	"github.com/netlab-dev/netlab/lab"
)

// The exit codes of every verb.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitScript      = 3
	exitPlugin      = 4
	exitHost        = 5
	exitInterrupted = 130
)

const exitCodes = `Exit codes: 0 all held; 1 an expectation failed; 2 usage; 3 script error; 4 plugin failed; 5 the host could not
(ports, limits); 130 interrupted.`

// errFailed says that the report, already printed, has failures; code is the exit code they ask for.
type errFailed struct{ code int }

func (e errFailed) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// usageError is a mistake in the arguments.
func usageError(message, hint string) error {
	return &lab.Error{Class: lab.Usage, Message: message, Hint: hint}
}

// exitCode prints the error, unless its report is printed already, and returns the code it asks for.
func exitCode(io streams, err error) int {
	var failed errFailed
	switch {
	case err == nil:
		return 0
	case errors.As(err, &failed):
		return failed.code
	}
	message, hint, code := err.Error(), "", exitUsage // cobra's own errors are about arguments
	var known *lab.Error
	if errors.As(err, &known) {
		message, hint, code = known.Message, known.Hint, known.Class.ExitCode()
	}
	fmt.Fprintf(io.err, "error: %s\n", message)
	if hint != "" {
		fmt.Fprintf(io.err, "hint: %s\n", hint)
	}
	return code
}
