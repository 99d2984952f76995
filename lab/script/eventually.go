package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/value"
)

// eventually is lab.eventually(fn, within, every = 10*ms, message = None) -> the first true value.
var eventually = verb{"eventually", "", func(r *run, c call) (starlark.Value, error) {
	var fn starlark.Callable
	var within, every span
	var message starlark.Value
	if err := load.UnpackArgs("lab.eventually", c.args, c.kwargs,
		"fn", &fn, "within", &within, "every?", &every, "message?", &message); err != nil {
		return nil, err
	}
	p, err := newPoll(r, "eventually", c.thread, fn, within, every)
	if err != nil {
		return nil, fmt.Errorf("lab.eventually: %w", err)
	}
	defer p.close()
	for {
		looked := r.now()
		v, err := p.look()
		if err != nil || v.Truth() {
			return v, err
		}
		if over, err := p.wait(looked); err != nil {
			return nil, err
		} else if over {
			return nil, p.failure("not within "+value.Short(within.Duration), messageText(message))
		}
	}
}}
