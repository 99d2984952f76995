package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/star"
)

// spawn is lab.spawn(fn, *args, **kwargs) -> task.
var spawn = verb{"spawn", "", func(r *run, c call) (starlark.Value, error) {
	if len(c.args) == 0 {
		return nil, star.Errorf("lab.spawn(fn, *args, **kwargs)", "lab.spawn: missing argument for fn")
	}
	fn, ok := c.args[0].(starlark.Callable)
	if !ok {
		return nil, star.Errorf("pass the function and its arguments: lab.spawn(fn, a, b)",
			"lab.spawn: got %s, want a function", c.args[0].Type())
	}
	return r.begin(r.now(), fn, c.args[1:], c.kwargs)
}}
