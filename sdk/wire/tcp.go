package wire

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

// ToTCP puts the settings of a node's TCP into their form on the wire.
func ToTCP(node string, s tcp.Settings) *Tcp {
	return &Tcp{
		Node: node, Congestion: s.Congestion.String(), DelayedAck: s.DelayedAck, Nagle: s.Nagle,
		InitialWindow: int64(s.InitialWindow), MinRto: int64(s.MinRTO),
	}
}

// FromTCP turns the settings of a node's TCP from the wire into the Go type.
func FromTCP(t *Tcp) (s tcp.Settings, err error) {
	i := slices.Index(tcp.Congestions, t.GetCongestion())
	if i < 0 {
		return s, fmt.Errorf("congestion is %q, want one of %s", t.GetCongestion(), strings.Join(tcp.Congestions, ", "))
	}
	s = tcp.Settings{
		Congestion: tcp.Congestion(i), DelayedAck: t.GetDelayedAck(), Nagle: t.GetNagle(),
		InitialWindow: int(t.GetInitialWindow()), MinRTO: time.Duration(t.GetMinRto()),
	}
	return s, s.Validate()
}

// ToConnections puts connections into their form on the wire.
func ToConnections(list []network.Connection) *Connections {
	all := &Connections{}
	for _, c := range list {
		all.List = append(all.List, &Connection{
			Src: c.Src, Dst: c.Dst, Port: int32(c.Port), Dialled: c.Dialled, Cwnd: int64(c.Cwnd), Rtt: int64(c.RTT),
			Retransmits: int64(c.Retransmits), Waiting: c.Waiting, Unread: c.Unread, Acked: c.Acked,
		})
	}
	return all
}

// FromConnections turns connections from the wire into the Go type. All of them are modelled.
func FromConnections(all *Connections) (list []network.Connection, err error) {
	for _, c := range all.GetList() {
		if min(int64(c.GetPort())-1, c.GetCwnd(), c.GetRtt(), c.GetRetransmits(), c.GetWaiting(), c.GetUnread(), c.GetAcked()) < 0 ||
			c.GetPort() > math.MaxUint16 {
			return nil, fmt.Errorf("an impossible connection: %v", c)
		}
		list = append(list, network.Connection{
			Src: c.GetSrc(), Dst: c.GetDst(), Port: int(c.GetPort()), Dialled: c.GetDialled(), Modelled: true,
			Cwnd: int(c.GetCwnd()), RTT: time.Duration(c.GetRtt()), Retransmits: int(c.GetRetransmits()),
			Waiting: c.GetWaiting(), Unread: c.GetUnread(), Acked: c.GetAcked(),
		})
	}
	return list, nil
}
