package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// exitInterrupted is the exit code of a command that the user has ended. The others are in trouble.Class.
const exitInterrupted = 130

const exitCodes = `Exit codes: 0 all checks passed; 1 a check failed; 2 wrong command; 3 script error; 4 plugin failed
or missing; 5 this machine could not do it (ports, limits, a file of -o); 70 a bug in lab; 130 interrupted. If several
apply, the highest one counts. A file of -o that cannot be written only changes exit code 0 to 5.`

// errReported says that what went wrong is printed already; code is the exit code that it asks for.
type errReported struct{ code int }

func (e errReported) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// exitCode prints the error, unless its report is printed already, and returns the code it asks for.
func exitCode(s streams, err error) int {
	var reported errReported
	var known *trouble.Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &reported):
		return reported.code
	case !errors.As(err, &known):
		known = &trouble.Error{Class: trouble.Usage, Text: err.Error()} // cobra's own errors are about arguments
	case known.Class == trouble.Interrupted:
		fmt.Fprintln(s.err, "interrupted")
		return exitInterrupted
	}
	printError(s.err, known)
	return known.Class.ExitCode()
}

// printError says what went wrong, and what to do about it.
func printError(out io.Writer, err *trouble.Error) {
	fmt.Fprintf(out, "error: %s\n", result.Visible(err.Error()))
	if err.Hint != "" {
		fmt.Fprintf(out, "hint: %s\n", result.Visible(err.Hint))
	}
}
