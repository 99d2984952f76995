package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/star"
)

// now is lab.now() -> duration since the run began.
var now = verb{"now", "", func(r *run, c call) (starlark.Value, error) {
	if err := load.UnpackArgs("lab.now", c.args, c.kwargs); err != nil {
		return nil, err
	}
	return star.Duration(r.now()), nil
}}
