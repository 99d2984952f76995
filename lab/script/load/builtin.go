package load

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/bug"
)

// Builtin makes a builtin of a function of lab's. A panic in it is a bug of lab, and ends the process. One of Starlark's own,
// in a function of the script or a builtin of the language, never gets here: star.Call and the builtins of star make it
// an error of the script where it happens.
func Builtin(name string, fn func(
	*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple,
) (starlark.Value, error)) *starlark.Builtin {
	return starlark.NewBuiltin(name, func(
		thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		defer bug.Catch()
		return fn(thread, b, args, kwargs)
	})
}
