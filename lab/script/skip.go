package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
)

// skip is lab.skip(reason): the run ends, neither passed nor failed.
var skip = verb{"skip", "", func(_ *run, c call) (starlark.Value, error) {
	var reason string
	if err := load.UnpackArgs("lab.skip", c.args, c.kwargs, "reason", &reason); err != nil {
		return nil, err
	}
	return nil, &skipped{reason}
}}
