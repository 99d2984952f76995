package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/sdk/star"
)

// restart is node.restart(**config): the next incarnation, with the named parameters changed.
var restart = nodeVerb{"restart", "restart NODE [PARAMETER=VALUE ...]", func(n *node, c call) (starlark.Value, error) {
	if n.state != crashed {
		return nil, n.wrongState("restart", "crash it first")
	}
	if len(c.args) > 0 {
		return nil, star.Errorf("name what is to change: restart(port = 80)",
			"%s.restart: got %d positional arguments, want 0", n.name, len(c.args))
	}
	config, err := n.kind.config.bind(n.name+".restart", n.config, nil, c.kwargs)
	if err != nil {
		return nil, err
	}
	if err := n.run.mentions(n.name+".restart", &n.kind.config, n.config, config); err != nil {
		return nil, err
	}
	if err := n.run.programs(n.name+".restart", &n.kind.config, n.config, config); err != nil {
		return nil, err
	}
	if err := n.run.apply(engine.Restart{Node: n.name, Config: config}); err != nil {
		return nil, err
	}
	n.config = config
	n.become(running)
	n.run.shortest.config(n.name, config)
	n.incarnation++
	return starlark.None, nil
}}
