// Package star holds the Starlark values that travel between a script and a plugin: quantities with their units, draws,
// and the structs that methods return. Scripts meet them by name (`10*ms`, `1*mbit`, `exponential(5*ms)`); Go code
// turns them into the values of package value and back with ToValue and FromValue.
//
// Quantities obey the rules of physics and nothing more: a duration plus a duration is a duration, a size divided by a
// rate is a duration, and a bare number where a unit belongs is an error that says how to write it. Sizes are plain
// integers, in bytes.
//
// All values here are immutable once they are frozen, so they may be shared by any number of threads.
//
// Functions travel as well, as source. ToValue turns a function of a script into a value.Function: the files that it
// comes from as they were written, its place in them, and copies of what it has captured. A component turns that into
// a Callable with Rebuild, which executes the files' top level again and takes the function from there. So a function
// that has travelled sees what the script's own one saw, frozen; it has no way back to the experiment.
package star

import "fmt"

// Error is a mistake in a script together with what to write instead.
type Error struct {
	Msg  string
	Hint string
}

func (e *Error) Error() string { return e.Msg }

// Errorf makes an Error; the hint may be empty.
func Errorf(hint, format string, args ...any) error {
	return &Error{Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// How a bare number gets a unit.
const (
	durationHint = `give the number a unit: 10*ms, 1.5*s or "10ms"`
	rateHint     = `give the number a unit: 1*mbit, 64*kbit or "1mbit"`
)
