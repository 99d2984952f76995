package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/value"
)

// sleep is lab.sleep(d).
var sleep = verb{"sleep", "", func(r *run, c call) (starlark.Value, error) {
	var d span
	if err := load.UnpackArgs("lab.sleep", c.args, c.kwargs, "d", &d); err != nil {
		return nil, err
	}
	if d.Duration > never-r.now() {
		return nil, fmt.Errorf("lab.sleep: got %s at %s, a run ends after %s", value.Short(d.Duration), value.Short(r.now()), value.Short(never))
	}
	return starlark.None, r.current.park(later(r.now(), d.Duration))
}}
