package engine

import (
	"fmt"
	"net/netip"

	"github.com/netlab-dev/netlab/sdk/wire"
)

// onLink carries out a step on a link.
func (l *live) onLink(s step) error {
	from, to := s.link.From, s.link.To
	switch s.verb {
	case setDefault:
		return l.network.SetDefault(s.profile)
	case setProfile:
		return l.network.SetProfile(from, to, s.profile)
	case addEffect:
		return l.network.AddEffect(s.effect, from, to, l.meter(s.fault))
	case removeEffect:
		return l.network.RemoveEffect(s.effect, from, to, l.meter(s.fault))
	case resetStreams:
		l.network.Reset(from, to)
	}
	return nil
}

// listening makes a port that the node has opened known to the network. The component goes on when it is answered.
func (n *liveNode) listening(m *wire.Listening) {
	answer := &wire.ListeningOk{Id: m.GetId()}
	if err := n.serve(m); err != nil {
		answer.Error = err.Error()
	}
	_ = n.process.Send(&wire.Command{World: n.world, Of: &wire.Command_ListeningOk{ListeningOk: answer}})
}

func (n *liveNode) serve(m *wire.Listening) error {
	real, err := netip.ParseAddrPort(m.GetReal())
	if err != nil {
		return fmt.Errorf("port %d: %w", m.GetPort(), err)
	}
	if !real.Addr().IsLoopback() { // or a broken plugin would send the other nodes' bytes out of this machine
		return fmt.Errorf("port %d: %s is not an address of this machine's loopback", m.GetPort(), real)
	}
	if err := n.live.network.Listening(n.name, m.GetNetwork(), int(m.GetPort()), real); err != nil {
		return err
	}
	if tell := n.live.options.Port; tell != nil {
		tell(n.name, m.GetNetwork(), int(m.GetPort()), real)
	}
	return nil
}

// route makes a destination of the node's datagrams known to the network. The component goes on when it is answered,
// which, as with a dial, is not before the nodes that start together are ready.
func (n *liveNode) route(m *wire.Route) {
	n.live.network.Route(n.name, m.GetTo(), int(m.GetPort()), func(err error) {
		answer := &wire.ListeningOk{Id: m.GetId()}
		if err != nil {
			answer.Error = err.Error()
		}
		_ = n.process.Send(&wire.Command{World: n.world, Of: &wire.Command_ListeningOk{ListeningOk: answer}})
	})
}

func (n *liveNode) unlistening(m *wire.Unlistening) {
	n.live.network.Closed(n.name, m.GetNetwork(), int(m.GetPort()))
}
