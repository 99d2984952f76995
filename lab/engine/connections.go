package engine

import (
	"fmt"

	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Connections asks the world. Whatever it answers must be of nodes that there are.
func (s *sim) Connections(a, b string) ([]network.Connection, error) {
	if err := s.stopped(); err != nil {
		return nil, err
	}
	ask := &wire.Command_ConnectionsOf{ConnectionsOf: &wire.ConnectionsOf{A: a, B: b}}
	if s.broken = s.process.Send(&wire.Command{World: s.world, Of: ask}); s.broken != nil {
		return nil, s.broken
	}
	var r *wire.Report
	r, s.broken = s.answer("what connections there are", func(r *wire.Report) bool { return r.GetConnections() != nil })
	if s.broken != nil {
		return nil, s.broken
	}
	list, err := s.takeConnections(r.GetConnections())
	if err != nil {
		s.broken = pluginError("plugin %s: %v", s.plugin, err)
	}
	return list, s.broken
}

func (s *sim) takeConnections(all *wire.Connections) ([]network.Connection, error) {
	list, err := wire.FromConnections(all)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		for _, name := range []string{c.Src, c.Dst} {
			if s.top.nodes[name] == nil {
				return nil, fmt.Errorf("a connection of node %q, which does not exist", clip(name, maxNameSize))
			}
		}
	}
	network.SortConnections(list) // of each node the oldest came first
	return list, nil
}

// Connections asks the relay.
func (l *live) Connections(a, b string) ([]network.Connection, error) {
	if err := l.stopped(); err != nil {
		return nil, err
	}
	return l.network.Connections(a, b), nil
}
