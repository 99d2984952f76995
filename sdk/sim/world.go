package sim

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/disk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/ring"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Floor is the least latency between nodes, and of what a node sends to itself.
const Floor = time.Microsecond

// Config says how a world behaves. Only Seed influences its digest, apart from what Disk changes.
type Config struct {
	// Seed decides everything that is random.
	Seed uint64
	// Log returns where a node's log lines go, one Write a line; nil, also as a result, throws them away.
	Log func(node string) io.Writer
	// Disk returns what keeps a node's files over its incarnations; nil gives every node a disk.Memory.
	Disk func(node string) disk.Backing
	// Conns adds events of connections and of lost datagrams to the trace: connected, refused, reset, closed; lost. Events
	// get their numbers and causes.
	Conns bool
	// Packet is told of every packet once its fate is known, if Conns; nil is fine. The packet is lent. It must not call the
	// world.
	Packet func(*network.Packet)
	// Event is told of every event as it is added to the trace; nil is fine. It must not call the world.
	Event func(value.Event)
	// Ran is told of a node after each time that a task of it had control; nil is fine. It must not call the world.
	Ran func(*Node)
	// Sent is told of every datagram that a task sends, before it meets its link; nil is fine. The bytes are lent. It may
	// add to the node's trace, and must not call anything else of the world.
	Sent func(from *Node, to string, datagram []byte)
	// Hung is told, from a goroutine of its own, that a node's component has kept control for HungAfter of wall time
	// without a call of the environment, although this process was given processor time. The stacks are those of the
	// task and of the node's other tasks. The world is stuck: only the end of the process helps. Nil looks at nothing.
	Hung func(node, stacks string)
	// HungAfter is that limit; 0 means 10 seconds.
	HungAfter time.Duration
}

// World is one execution of one experiment in virtual time. See the package comment for who may call it when.
type World struct {
	config Config
	now    time.Duration
	told   struct { // the latest answer of time, and when it holds
		now  time.Duration
		time time.Time
	}
	steps    int64
	network  *network.Network
	queue    queue
	ready    ring.Ring[*task]
	draining bool
	closed   bool

	burst     int // bytes of events that one step has emitted
	burstStep int64

	nodes map[string]*Node
	order []*Node  // by name
	names []string // in the order of adding

	syncTime link.Draw // of nodes that are added

	events   []value.Event
	failures []Failure

	idle    []*worker
	packets []*packet // free ones
	chunks  []*chunk  // free ones
	spare   int       // bytes kept in free packets

	// For the watchdog and the calls of the environment.
	current atomic.Pointer[task] // the task that has control
	beat    atomic.Uint64        // counts how often a task has got control
	watched watched
}

// New makes a world without nodes at time 0. Its owner must Close it.
func New(cfg Config) *World {
	w := &World{config: cfg, nodes: map[string]*Node{}, syncTime: DefaultSync}
	w.told.time = sdk.Epoch
	to := network.Config{Seed: cfg.Seed, Floor: Floor}
	if cfg.Conns {
		to.Told = w.packet
	}
	w.network = network.New(to)
	if cfg.Hung != nil {
		w.watch()
	}
	return w
}

// Add adds a node on which nothing runs yet: dials to it are refused. Its peers are kept sorted. The error says that
// the name is taken or unusable.
func (w *World) Add(name string, peers []string) (*Node, error) {
	if name == "" || strings.ContainsAny(name, ": \t\r\n") {
		return nil, fmt.Errorf("node %q: want a name without colon or space", name)
	}
	if w.nodes[name] != nil {
		return nil, fmt.Errorf("node %q exists already", name)
	}
	n := &Node{world: w, name: name, id: nodeIDs.Add(1), rank: rank(w.config.Seed, name), number: -1, syncTime: w.syncTime}
	n.peers = slices.Clone(peers)
	slices.Sort(n.peers)
	n.digest.Reset()
	n.host = w.network.AddHost(name, n.rank)
	n.host.Dialled = n.dialled
	w.nodes[name] = n
	w.names = append(w.names, name)
	i := sort.Search(len(w.order), func(i int) bool { return w.order[i].name > name })
	w.order = slices.Insert(w.order, i, n)
	return n, nil
}

// rank is a node's place among the steps of one instant: different for every seed, so that each explores another order
// of ties. 0 is the script's, the highest that of deadlines.
func rank(seed uint64, name string) uint64 {
	return min(max(link.Hash(seed, name), 1), lastRank-1)
}

// Node returns the node of that name, nil if there is none.
func (w *World) Node(name string) *Node { return w.nodes[name] }

// Now is the time since the world began.
func (w *World) Now() time.Duration { return w.now }

// Settle runs what is ready at this instant, until all tasks wait or have ended. No step happens, and no task may have
// control.
func (w *World) Settle() { w.drain() }

// Steps is how many steps have happened.
func (w *World) Steps() int64 { return w.steps }

// Why says why Run has returned.
type Why uint8

// The reasons.
const (
	Reached Why = iota // the instant it was to reach
	Woken              // wake was true
	Closed             // the world is closed
)

// Stop says how Run has ended.
type Stop struct {
	Reason Why
	// Quiescent means that nothing is left to happen by itself, now or ever: see Parked.
	Quiescent bool
}

// Run lets time pass: it does the steps in order until all before the instant `until` are done, and leaves the clock
// there; the steps of that instant itself come with the next Run, after the commands given meanwhile. Before the first
// step and after each, wake is asked: if it is true, Run returns at once, with the clock at the step that caused it. A
// nil wake is never true. When nothing is left to happen the clock jumps to until.
func (w *World) Run(until time.Duration, wake func() bool) Stop {
	if w.closed {
		return Stop{Reason: Closed, Quiescent: true}
	}
	w.drain()
	defer w.Because(value.Cause{}) // what comes next is the script's
	for {
		if wake != nil && wake() {
			return Stop{Reason: Woken, Quiescent: w.next() == never}
		}
		next := w.next()
		if next >= until {
			w.now = max(w.now, until)
			w.network.Advance(w.now)
			return Stop{Reason: Reached, Quiescent: next == never}
		}
		w.step(next)
		w.drain()
	}
}

// next is when the next step comes.
func (w *World) next() time.Duration {
	if w.queue.len() == 0 {
		return w.network.Next()
	}
	return min(w.queue.steps[0].At, w.network.Next())
}

// step does the next step, which comes at that instant: the network's or a timer's.
func (w *World) step(at time.Duration) {
	w.steps++
	w.now = at
	if w.queue.len() == 0 || w.network.Before(w.queue.steps[0].Order) {
		w.network.Step()
		return
	}
	w.network.Advance(w.now)
	w.queue.pop().timer.happen()
}

// Because says what the calls that come next follow from, until the next Run has ended. The zero Cause is the script.
func (w *World) Because(c value.Cause) { w.network.Cause = c }

// Close ends the world: all tasks unwind, and calls under way are told that they were stopped. It leaves no goroutine
// behind. Digest, Drain, Failures, Now and Steps still answer. It may be called again.
func (w *World) Close() {
	if w.closed {
		return
	}
	w.closed = true
	w.draining = true // a done function that calls a node must not run anything
	for _, n := range w.order {
		if n.inc != nil {
			n.inc.end()
		}
	}
	for _, k := range w.idle {
		k.stop()
	}
	w.idle = nil
	if w.config.Hung != nil {
		w.unwatch()
	}
}

var errClosed = errors.New("the world is closed")
