package engine

import (
	"fmt"
	"slices"

	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Packets returns what the relay has told.
func (l *live) Packets() (list []network.Packet, left int, err error) {
	list, left = l.record.packets.All()
	return list, left, nil
}

// Packets asks the world, which keeps them: also one that goes no further, as long as its process lives.
func (s *sim) Packets() (list []network.Packet, left int, err error) {
	for n, next := 0, 0; s.options.Full && n < network.MaxLatest; {
		told, err := s.packetsBehind(next)
		if err != nil || len(told.GetNumber()) == 0 {
			return list, left, err
		}
		if n == 0 {
			left = int(told.GetLeft())
		}
		n += len(told.GetNumber())
		next = int(told.GetLeft()) + len(told.GetNumber())
		page, err := s.takePackets(told)
		if list = append(list, page...); err != nil {
			return list, left, pluginError("plugin %s: %v", s.plugin, err)
		}
	}
	return list, left, nil
}

func (s *sim) packetsBehind(place int) (*wire.Packets, error) {
	if s.silence.over {
		return nil, s.broken // nor will this be answered
	}
	ask := &wire.Command_PacketsOf{PacketsOf: &wire.PacketsOf{Place: int64(place)}}
	if err := s.process.Send(&wire.Command{World: s.world, Of: ask}); err != nil {
		return nil, err
	}
	r, err := s.last("tell its packets", nil, func(r *wire.Report) bool { return r.GetPackets() != nil })
	return r.GetPackets(), err
}

// takePackets checks what a world has told. One that was interrupted may have got further than the run.
func (s *sim) takePackets(told *wire.Packets) ([]network.Packet, error) {
	list, err := wire.FromPackets(told)
	for i := range list {
		p := &list[i]
		if s.top.nodes[p.From] == nil || s.top.nodes[p.To] == nil {
			return nil, fmt.Errorf("a packet from %q to %q: no such node", clip(p.From, maxNameSize), clip(p.To, maxNameSize))
		}
		if !(0 <= p.Sent && p.Sent <= p.Left) {
			return nil, fmt.Errorf("a packet sent at %v that left at %v", p.Sent, p.Left)
		}
	}
	return slices.DeleteFunc(list, func(p network.Packet) bool { return p.Left > s.now }), err
}
