package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/star"
)

// setDisk is lab.disk(nodes = None, sync): how long each sync of a file takes on some nodes, or on all, from now on.
var setDisk = verb{"disk", "disk [NODE] sync=5ms; nodes in a list are joined by commas", func(r *run, c call) (starlark.Value, error) {
	var nodes, sync starlark.Value
	if err := load.UnpackArgs("lab.disk", c.args, c.kwargs, "nodes??", &nodes, "sync??", &sync); err != nil {
		return nil, err
	}
	if sync == nil {
		return nil, star.Errorf("lab.disk(sync = 5*ms), lab.disk(n1, sync = exponential(5*ms))", "lab.disk: missing argument for sync")
	}
	change := engine.SetDisk{}
	var err error
	if change.Sync, err = fromZero(sync, "a sync takes no negative time"); err != nil {
		return nil, fmt.Errorf("lab.disk: sync: %w", err)
	}
	if change.Nodes, err = r.someOrAll(nodes); err != nil {
		return nil, fmt.Errorf("lab.disk: nodes: %w", err)
	}
	if r.options.Engine == "live" {
		r.remarks = append(r.remarks, "lab.disk has no effect in live: a sync takes what this machine needs")
	}
	return starlark.None, r.apply(change)
}}

// someOrAll are the names of the nodes that are given, at least one; none when all are meant.
func (r *run) someOrAll(nodes starlark.Value) ([]string, error) {
	if nodes == nil {
		return nil, nil
	}
	if _, err := r.group(nodes); err != nil {
		return nil, err
	}
	return r.namesOf(nodes)
}
