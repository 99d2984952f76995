package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
)

// join is lab.join(tasks, within = None) -> [result].
var join = verb{"join", "", func(r *run, c call) (starlark.Value, error) {
	var list starlark.Iterable
	var within span
	if err := load.UnpackArgs("lab.join", c.args, c.kwargs, "tasks", &list, "within??", &within); err != nil {
		return nil, err
	}
	deadline := r.deadline(within)
	var results []starlark.Value
	for item := range starlark.Elements(list) {
		t, ok := item.(*task)
		if !ok {
			return nil, fmt.Errorf("lab.join: got %s in the list, want tasks", item.Type())
		}
		if err := t.join(c.thread, deadline, within.Duration); err != nil {
			return nil, err
		}
		results = append(results, t.result)
	}
	return starlark.NewList(results), nil
}}
