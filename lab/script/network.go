package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/sdk/star"
)

// setNetwork is lab.network(**profile): the named fields of the profile under every link, also under later ones.
var setNetwork = verb{"network", "network [latency=20ms] [loss=0.01] [rate=1mbit]", func(r *run, c call) (starlark.Value, error) {
	if len(c.args) > 0 {
		return nil, star.Errorf("lab.network(latency = 5*ms, loss = 0.01)",
			"lab.network: got %d positional arguments, want 0", len(c.args))
	}
	patch, err := readPatch("lab.network", c.kwargs)
	if err != nil {
		return nil, err
	}
	r.shortest.links(patch)
	return starlark.None, r.apply(engine.SetDefault{Patch: patch})
}}
