package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/star"
)

// after is lab.after(d, fn) -> task.
var after = verb{"after", "", func(r *run, c call) (starlark.Value, error) {
	var d span
	var fn starlark.Callable
	if len(c.args) == 2 && isCallable(c.args[0]) && !isCallable(c.args[1]) {
		return nil, star.Errorf("lab.after(1*s, fn)", "lab.after: the arguments are swapped: d: got a function, want a duration")
	}
	if err := load.UnpackArgs("lab.after", c.args, c.kwargs, "d", &d, "fn", &fn); err != nil {
		return nil, err
	}
	return r.begin(later(r.now(), d.Duration), fn, nil, nil)
}}
