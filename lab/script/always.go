package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/value"
)

// always is lab.always(fn, during, every = 10*ms, message = None).
var always = verb{"always", "", func(r *run, c call) (starlark.Value, error) {
	var fn starlark.Callable
	var during, every span
	var message starlark.Value
	if err := load.UnpackArgs("lab.always", c.args, c.kwargs,
		"fn", &fn, "during", &during, "every?", &every, "message?", &message); err != nil {
		return nil, err
	}
	p, err := newPoll(r, "always", c.thread, fn, during, every)
	if err != nil {
		return nil, fmt.Errorf("lab.always: %w", err)
	}
	defer p.close()
	for {
		looked := r.now()
		v, err := p.look()
		if err != nil {
			return nil, err
		}
		if !v.Truth() {
			return nil, p.failure("no longer after "+value.Short(looked-p.begin), messageText(message))
		}
		if over, err := p.wait(looked); over || err != nil {
			return starlark.None, err
		}
	}
}}
