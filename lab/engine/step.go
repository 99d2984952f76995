package engine

import (
	"cmp"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// verb is what a step does.
type verb uint8

const (
	setDefault verb = iota
	setProfile
	addEffect
	removeEffect
	resetStreams
	setClock
	setDisk
	setTCP
	startNode
	crashNode
	pauseNode
	resumeNode
)

// step is one operation on one link or node. Which fields count depends on the verb.
type step struct {
	verb    verb
	link    Pair
	fault   FaultID
	effect  link.Effect
	profile link.Profile
	node    node // as it is after the step
	speed   float64
	offset  time.Duration
	sync    link.Draw
	tcp     tcp.Settings
}

// onNode tells steps on nodes from steps on links.
func (s step) onNode() bool { return s.verb >= setClock }

// place is where a step comes among those of one instant, whatever the order in which they were asked for: links first,
// so that a cut and a crash together hide the crash from the other side; then what a node is started
// with: its clock, disk and TCP.
func (s step) place() int {
	switch {
	case !s.onNode():
		return 0
	case s.verb < startNode:
		return 1
	}
	return 2
}

// linksFirst puts the steps of an instant into the order in which they take effect.
func linksFirst(steps []step) {
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.place(), b.place()) })
}

// toChange puts a step into the form in which a sim world takes it.
func toChange(s step) *wire.Change {
	pair := &wire.Pair{From: s.link.From, To: s.link.To}
	fault := &wire.LinkFault{Link: pair, Fault: int64(s.fault), Effect: uint32(s.effect)}
	switch s.verb {
	case setDefault:
		return &wire.Change{Of: &wire.Change_DefaultProfile{DefaultProfile: wire.ToProfile(s.profile)}}
	case setProfile:
		profile := &wire.LinkProfile{Link: pair, Profile: wire.ToProfile(s.profile)}
		return &wire.Change{Of: &wire.Change_LinkProfile{LinkProfile: profile}}
	case addEffect:
		return &wire.Change{Of: &wire.Change_AddEffect{AddEffect: fault}}
	case removeEffect:
		return &wire.Change{Of: &wire.Change_RemoveEffect{RemoveEffect: fault}}
	case resetStreams:
		return &wire.Change{Of: &wire.Change_Reset_{Reset_: pair}}
	case setClock:
		clock := &wire.Clock{Node: s.node.name, Speed: s.speed, Offset: int64(s.offset)}
		return &wire.Change{Of: &wire.Change_Clock{Clock: clock}}
	case setDisk:
		return &wire.Change{Of: &wire.Change_Disk{Disk: &wire.Disk{Node: s.node.name, Sync: wire.ToDraw(s.sync)}}}
	case setTCP:
		return &wire.Change{Of: &wire.Change_Tcp{Tcp: wire.ToTCP(s.node.name, s.tcp)}}
	case startNode:
		return &wire.Change{Of: &wire.Change_Start{Start: toStart(s.node)}}
	case crashNode:
		if s.node.kept {
			return &wire.Change{Of: &wire.Change_Kill{Kill: s.node.name}}
		}
		return &wire.Change{Of: &wire.Change_Crash{Crash: s.node.name}}
	case pauseNode:
		return &wire.Change{Of: &wire.Change_Pause{Pause: s.node.name}}
	case resumeNode:
		return &wire.Change{Of: &wire.Change_Resume{Resume: s.node.name}}
	}
	panic("engine: a step of an unknown verb")
}

func toStart(n node) *wire.Start {
	return &wire.Start{
		Node: n.name, Kind: n.kind, Config: wire.ToFields(n.config), Peers: n.peers, Incarnation: int64(n.incarnation), Kept: n.kept,
	}
}

// step records a fault, or the end of one. The profile of a link is none, nor is a meter, a disk or a TCP.
func (r *recorder) step(s step, at time.Duration) {
	e := value.Event{At: at, Node: s.node.name, Class: value.ClassFault}
	if !s.onNode() {
		e.Node, e.Fields = s.link.From, value.Fields{{Name: "to", Value: value.Node(s.link.To)}}
	}
	switch s.verb {
	case addEffect, removeEffect:
		if s.effect == link.Watch {
			return
		}
		if e.Name = "healed"; s.verb == addEffect {
			e.Name = s.effect.String()
		}
	case resetStreams:
		e.Name = "reset"
	case crashNode:
		if e.Name = "crashed"; s.node.kept {
			e.Name = "killed"
		}
		r.lanes.End(s.node.name, at)
	case setClock:
		e.Name = "clock"
		e.Fields = value.Fields{{Name: "speed", Value: s.speed}, {Name: "offset", Value: s.offset}}
	case pauseNode:
		e.Name = "paused"
	case resumeNode:
		e.Name = "resumed"
	case startNode:
		if s.node.incarnation == 0 {
			return
		}
		e.Name, e.Fields = "restarted", value.Fields{{Name: "incarnation", Value: int64(s.node.incarnation)}}
	}
	if e.Name != "" {
		r.add(e)
	}
}
