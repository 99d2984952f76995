package script

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/sdk/star"
)

// configure is node.configure(**config): changes parameters that are tagged live while the node runs. It is answered as
// a method is. A restart keeps what was changed.
var configure = nodeVerb{"configure", "configure NODE PARAMETER=VALUE ...", func(n *node, c call) (starlark.Value, error) {
	what := n.name + ".configure"
	timeout := defaultTimeout
	if n.kind.config.index("timeout") < 0 {
		var err error
		if timeout, _, c.kwargs, err = takeTimeout(c.kwargs); err != nil {
			return nil, fmt.Errorf("%s: timeout: %w", what, err)
		}
	}
	if err := n.configurable(what, c.args, c.kwargs); err != nil {
		return nil, err
	}
	config, err := n.kind.config.bind(what, n.config, nil, c.kwargs)
	if err != nil {
		return nil, err
	}
	if err := n.run.mentions(what, &n.kind.config, n.config, config); err != nil {
		return nil, err
	}
	incarnation := n.incarnation
	call := engine.Call{Node: n.name, Method: "configure", Args: config, Timeout: timeout}
	answer, err := n.run.call(n, what, call, nil, timeout)
	if err == nil && bool(answer.Truth()) && n.incarnation == incarnation {
		n.config = config
		n.run.shortest.config(n.name, config)
	}
	return answer, err
}}

// configurable says what is wrong with a call of configure, apart from the values.
func (n *node) configurable(what string, args starlark.Tuple, kwargs []starlark.Tuple) error {
	live := n.kind.config.live()
	switch {
	case len(live) == 0:
		return star.Errorf("crash it and restart it with another configuration: restart(**config)",
			"%s: kind %q has no parameter that changes while it runs", what, n.kind.name)
	case len(args) > 0:
		return star.Errorf("name what is to change: configure("+live[0]+" = ...)",
			"%s: got %d positional arguments, want 0", what, len(args))
	case len(kwargs) == 0:
		return star.Errorf("configure("+live[0]+" = ...)", "%s: names no parameter", what)
	}
	for _, kw := range kwargs {
		name := string(kw[0].(starlark.String))
		if n.kind.config.index(name) >= 0 && !slices.Contains(live, name) {
			return star.Errorf("these do: "+strings.Join(live, ", ")+"; for the others crash the node and use restart(**config)",
				"%s: %q does not change while the node runs", what, name)
		}
	}
	return nil
}

// live are the names of the parameters that a running node may change.
func (p *params) live() []string {
	var names []string
	for _, spec := range p.list {
		if spec.live {
			names = append(names, spec.name)
		}
	}
	return names
}
