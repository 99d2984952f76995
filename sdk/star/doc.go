// Package star holds the Starlark values that travel between a script and a plugin: quantities with their units, draws,
// and the structs that methods return. Scripts meet them by name (`10*ms`, `1*mbit`, `exponential(5*ms)`); Go code
// turns them into the values of package env and back with ToValue and FromValue.
//
// Quantities obey the rules of physics and nothing more: a duration plus a duration is a duration, a size divided by a
// rate is a duration, and a bare number where a unit belongs is an error that says how to write it. Sizes are plain
// integers, in bytes.
//
// All values here are immutable once they are frozen, so they may be shared by any number of threads.
package star

import (
	"fmt"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/wire"
)

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

// Predeclared returns the units and the constructors of draws by their names in a script.
func Predeclared() starlark.StringDict {
	names := starlark.StringDict{"KiB": starlark.MakeInt(1 << 10), "MiB": starlark.MakeInt(1 << 20)}
	for _, u := range wire.DurationUnits {
		names[u.Name] = Duration(u.Size)
	}
	for _, u := range wire.RateUnits {
		names[u.Name] = Rate(u.Size)
	}
	for _, c := range constructors {
		names[c.name] = starlark.NewBuiltin(c.name, c.construct)
	}
	return names
}
