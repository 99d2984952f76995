package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
)

// after is lab.after(d, fn) -> task.
var after = verb{"after", "", func(r *run, c call) (starlark.Value, error) {
	var d span
	var fn starlark.Callable
	if err := load.UnpackArgs("lab.after", c.args, c.kwargs, "d", &d, "fn", &fn); err != nil {
		return nil, err
	}
	return r.begin(later(r.now(), d.Duration), fn, nil, nil)
}}
