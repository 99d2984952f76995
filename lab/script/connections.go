package script

import (
	"go.starlark.net/starlark"
)

// connections is lab.connections(a = None, b = None): the open connections of one node with another, or of any.
var connections = verb{"connections", "", func(r *run, c call) (starlark.Value, error) {
	list, err := r.findConnections(c.args, c.kwargs)
	if err != nil {
		return nil, err
	}
	values := make([]starlark.Value, len(list))
	for i, c := range list {
		values[i] = r.connection(c)
	}
	return starlark.NewList(values), nil
}}
