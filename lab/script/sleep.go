package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
)

// sleep is lab.sleep(d).
var sleep = verb{"sleep", "", func(r *run, c call) (starlark.Value, error) {
	var d span
	if err := load.UnpackArgs("lab.sleep", c.args, c.kwargs, "d", &d); err != nil {
		return nil, err
	}
	return starlark.None, r.current.park(later(r.now(), d.Duration))
}}
