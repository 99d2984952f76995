// Package network is the network between nodes as arithmetic: links, datagrams and TCP connections with an event heap of
// their own. It has no clock and does no input or output, so both engines call it: sim in virtual time, live when its
// alarm rings.
//
// What becomes of a datagram or a segment is decided at two places: Path.send, when it comes to the queue (its size, a
// full queue), and Path.leave, when it leaves (faults, and the chances of its link.Profile).
package network

import (
	"math"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Never is the instant of what is not due at all.
const Never = time.Duration(math.MaxInt64)

// Config says what a Network is for.
type Config struct {
	// Seed decides all fates.
	Seed uint64
	// Floor is the least time on a path, so that what happens at one instant stays within one host.
	Floor time.Duration
	// Told, if not nil, is told of all that is sent, once its fate is known: when it leaves its path's line, or is lost. The
	// packet is lent. Told must not call the Network, Number apart.
	Told func(*Packet)
}

// Network carries datagrams and streams between hosts. It is not safe for concurrent use. All instants are durations since
// it began. What happens is told by the callbacks of Host, Socket and Datagram, which may call the Network.
type Network struct {
	// Cause is what everything that happens now follows from. Its owner sets it before a call; the network itself while a
	// packet arrives. It only matters to what Config.Told is told.
	Cause value.Cause

	config   Config
	now      time.Duration
	events   heap
	hosts    []*Host
	paths    []*Path
	profile  link.Profile // of paths that have none of their own
	settings tcp.Settings // of hosts that have none of their own
	seen     counter
	free     []*item
	records  []*Packet // free ones
	numbers  uint64
	conns    uint64
}

// New makes a network without hosts at time 0.
func New(c Config) *Network {
	return &Network{config: c, settings: tcp.Default}
}

// Now is the instant of the latest event, or the one that Run was told.
func (n *Network) Now() time.Duration { return n.now }

// Next is when something is due, Never if nothing is left to happen by itself.
func (n *Network) Next() time.Duration {
	if len(n.events) == 0 {
		return Never
	}
	return n.events[0].At
}

// Before reports whether the next event comes before one of somebody else at that place in the order of events.
func (n *Network) Before(o Order) bool { return len(n.events) > 0 && !o.Before(n.events[0].Order) }

// Advance sets the clock, which must not be before Now or after Next.
func (n *Network) Advance(now time.Duration) { n.now = now }

// Step lets the next event happen, at its instant. There must be one.
func (n *Network) Step() {
	e := n.events[0]
	n.now = max(n.now, e.At)
	if it, is := e.what.(*item); is && it.behind != nil {
		n.events.down(it.behind.arrival())
	} else {
		n.events.pop()
	}
	e.what.happen()
}

// Run lets everything happen that is due by then, each at its own instant: how late Run is called changes no outcome, it
// only delays it.
func (n *Network) Run(until time.Duration) {
	for len(n.events) > 0 && n.Next() <= until {
		n.Step()
	}
	n.now = max(n.now, until)
}

// Host is a node as the network knows it: a place where paths begin and end.
type Host struct {
	// Dialled is told of every connection that another host asks for: it answers by End.Accept or End.Refuse, at once or
	// later, or lets it wait for the next attempt, when it must call End.Ignore. Nil refuses.
	Dialled func(e *End)

	network  *Network
	name     string
	rank     uint64
	seq      uint64 // of the latest event that the host has caused
	paths    map[*Host]*Path
	ends     []*End        // that have opened, in order; those that are over are forgotten now and then
	settings *tcp.Settings // nil for the default
}

// AddHost adds a host under a name that is not taken. Its rank is its place among the events of one instant.
func (n *Network) AddHost(name string, rank uint64) *Host {
	h := &Host{network: n, name: name, rank: rank, paths: map[*Host]*Path{}}
	n.hosts = append(n.hosts, h)
	return h
}

// Name is the host's name.
func (h *Host) Name() string { return h.name }

// Rank is the host's place among the events of one instant.
func (h *Host) Rank() uint64 { return h.rank }

// NextSeq numbers what the host causes.
func (h *Host) NextSeq() uint64 {
	h.seq++
	return h.seq
}

// SetTCP sets the TCP of a host, or of all that have none of their own when h is nil, for connections opened from now on.
func (n *Network) SetTCP(h *Host, s tcp.Settings) {
	if h == nil {
		n.settings = s
		return
	}
	h.settings = &s
}

func (h *Host) tcp() *tcp.Settings {
	if h.settings != nil {
		return h.settings
	}
	return &h.network.settings
}
