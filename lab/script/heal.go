package script

import (
	"slices"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
)

// healAll is lab.heal(): it takes back every cut, isolation, partition and refusal. What lab.link has changed is how the network
// is, and stays; but in a kept run what a command has changed goes, because the script's own links were there before.
var healAll = verb{"heal", "heal [FAULT]", func(r *run, c call) (starlark.Value, error) {
	if err := load.UnpackArgs("lab.heal", c.args, c.kwargs); err != nil {
		return nil, err
	}
	for _, f := range slices.Clone(r.faults) {
		if f.clock || f.patch != nil && !f.commanded {
			continue
		}
		if err := f.heal(); err != nil {
			return nil, err
		}
	}
	return starlark.None, nil
}}
