package engine

import (
	"errors"

	"github.com/netlab-dev/netlab/sdk/wire"
)

// errClosed answers a Run after Close.
var errClosed = errors.New("the run is closed")

// toChange puts a step into the form in which a sim world takes it.
func toChange(s step) *wire.Change {
	pair := &wire.Pair{From: s.link.From, To: s.link.To}
	fault := &wire.LinkFault{Link: pair, Fault: int64(s.fault)}
	switch s.verb {
	case setDefault:
		return &wire.Change{Of: &wire.Change_DefaultProfile{DefaultProfile: wire.ToProfile(s.profile)}}
	case setProfile:
		profile := &wire.LinkProfile{Link: pair, Profile: wire.ToProfile(s.profile)}
		return &wire.Change{Of: &wire.Change_LinkProfile{LinkProfile: profile}}
	case attachMeter:
		return &wire.Change{Of: &wire.Change_Attach{Attach: fault}}
	case detachMeter:
		return &wire.Change{Of: &wire.Change_Detach{Detach: fault}}
	case cutLink:
		return &wire.Change{Of: &wire.Change_Cut{Cut: fault}}
	case healLink:
		return &wire.Change{Of: &wire.Change_Heal{Heal: fault}}
	case resetStreams:
		return &wire.Change{Of: &wire.Change_Reset_{Reset_: pair}}
	case setClock:
		clock := &wire.Clock{Node: s.node.name, Speed: s.speed, Offset: int64(s.offset)}
		return &wire.Change{Of: &wire.Change_Clock{Clock: clock}}
	case startNode:
		return &wire.Change{Of: &wire.Change_Start{Start: toStart(s.node)}}
	case crashNode:
		return &wire.Change{Of: &wire.Change_Crash{Crash: s.node.name}}
	case pauseNode:
		return &wire.Change{Of: &wire.Change_Pause{Pause: s.node.name}}
	case resumeNode:
		return &wire.Change{Of: &wire.Change_Resume{Resume: s.node.name}}
	}
	panic("engine: a step of no known verb")
}

func toStart(n node) *wire.Start {
	return &wire.Start{
		Node: n.name, Kind: n.kind, Config: wire.ToFields(n.config), Peers: n.peers, Incarnation: int64(n.incarnation),
	}
}
