package serve

import (
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/sim"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// simWorld is one world in virtual time. A goroutine of its own carries out its commands in order; the worlds of a
// process run beside each other.
type simWorld struct {
	served   *served
	out      *outbox
	id       uint64
	open     *wire.Open
	commands chan *wire.Command
	ended    chan struct{} // closed when the goroutine has ended
	owes     atomic.Bool   // an Advance has not been answered
	hung     atomic.Bool   // a component keeps control and does not give it back
	shown    uint64        // the beat at the last sign to the host; the session's

	// Of the goroutine:
	world   *sim.World
	nodes   map[string]*simNode
	meters  map[int64]*link.Meter
	broken  string // why the world cannot go on
	scratch []byte
	changes int // of the script: changes, and calls that are no queries

	packets network.Latest // of a world that records everything; also of the session's goroutine

	// Of the present turn:
	wake     []int64
	watched  []*wire.EventWake
	woken    bool
	events   int // to be reported
	bytes    int // what they take
	replies  []*wire.Reply
	failures []*wire.Failure
	lanes    simLanes
}

// simNode is a node and what runs on it: nil before the first start that succeeded.
type simNode struct {
	node     *sim.Node
	instance *instance
	next     *instance     // of the start that this instant brings
	sampler  *sampler      // of the instance; nil until it is first asked for what is drawn
	acted    bool          // since it was last asked
	asks     int           // how often it was
	asked    time.Duration // when it last was
}

// hungAfter is how long, in wall time, a component may keep control. The host refuses a silence that cannot be.
var hungAfter = func() time.Duration {
	silence, _ := wire.Silence()
	return silence * 2 / 3
}()

func newSimWorld(s *served, out *outbox, id uint64, open *wire.Open) *simWorld {
	w := &simWorld{
		served: s, out: out, id: id, open: open,
		commands: make(chan *wire.Command, 4), ended: make(chan struct{}),
		nodes: map[string]*simNode{}, meters: map[int64]*link.Meter{},
	}
	config := sim.Config{Seed: open.GetSeed(), Conns: open.GetFull(), Hung: w.hangs, HungAfter: hungAfter}
	if open.GetLogs() {
		config.Log = func(node string) io.Writer { return logWriter(open, out, id, node, w.world.Now) }
	}
	config.Event = w.event
	if open.GetLanes() {
		config.Ran = w.ran
	}
	config.Packet = w.packets.Add
	if open.GetMessages() {
		config.Sent = func(from *sim.Node, to string, datagram []byte) {
			if name, fields, ok := value.DescribeMessage(to, datagram); ok {
				from.Trace(value.ClassMessage, name, fields)
			}
		}
	}
	w.world = sim.New(config)
	go w.loop()
	return w
}

func (w *simWorld) command(c *wire.Command) {
	if barrier := c.GetBarrier(); barrier != nil { // the host wants a sign that a long turn gets on
		if beat := w.world.Beat(); beat != w.shown {
			w.shown = beat
			w.out.put(w.id, &wire.Report{Of: &wire.Report_Barrier{Barrier: barrier}})
		}
		return
	}
	if ask := c.GetPacketsOf(); ask != nil { // the goroutine may be taken
		w.tellPackets(ask.GetPlace())
		return
	}
	if !w.hung.Load() {
		w.commands <- c
		return
	}
	if c.GetClose() != nil { // the goroutine will not read it
		w.closed(&wire.Closed{Error: "a component never gave control back"})
	}
}

func (w *simWorld) abandon() {
	close(w.commands)
	if !w.hung.Load() {
		<-w.ended
	}
}

func (w *simWorld) loop() {
	defer close(w.ended)
	defer w.world.Close()
	for c := range w.commands {
		switch of := c.Of.(type) {
		case *wire.Command_Advance:
			w.owes.Store(true)
			if p := w.advance(of.Advance); w.owes.CompareAndSwap(true, false) {
				w.out.put(w.id, &wire.Report{Of: &wire.Report_Progress{Progress: p}})
			}
			if w.hung.Load() { // the component has come back after all, but the host has been told
				return
			}
		case *wire.Command_ConnectionsOf:
			list := w.world.Connections(of.ConnectionsOf.GetA(), of.ConnectionsOf.GetB())
			w.out.put(w.id, &wire.Report{Of: &wire.Report_Connections{Connections: wire.ToConnections(list)}})
		case *wire.Command_Close:
			w.world.Close()
			w.closed(&wire.Closed{
				Digest: w.world.Digest(), Digests: w.world.Digests(),
				Steps: w.world.Steps(), Now: int64(w.world.Now()),
			})
			return
		}
	}
}

func (w *simWorld) closed(c *wire.Closed) {
	w.out.put(w.id, &wire.Report{Of: &wire.Report_Closed{Closed: c}})
}

// hangs answers in place of the goroutine, which a component has taken.
func (w *simWorld) hangs(node, stacks string) {
	w.hung.Store(true)
	if running, _, _ := strings.Cut(stacks, "\n\n"); strings.Contains(running, "/sdk/program.(*process).run(") {
		stacks = "" // it shows what runs WebAssembly, and not where the program is
	}
	if w.owes.CompareAndSwap(true, false) {
		w.out.put(w.id, &wire.Report{Of: &wire.Report_Progress{Progress: &wire.Progress{Error: wire.Text(fmt.Sprintf(
			"node %s: its component keeps control without a call of its environment, as a program in an endless loop does; in sim one "+
				"task runs at a time, so nothing else can (%s=1m allows a long computation)\n%s", node, wire.SilenceVariable, stacks))}}})
	}
}

// advance is one turn: changes, calls, then time.
func (w *simWorld) advance(a *wire.Advance) (p *wire.Progress) {
	p = &wire.Progress{}
	if w.broken != "" {
		p.Error = w.broken
		return p
	}
	defer func() {
		if reason := recover(); reason != nil {
			w.broken = wire.Text(fmt.Sprintf("seed %d, step %d: panic: %v\n%s",
				w.open.GetSeed(), w.world.Steps(), reason, debug.Stack()))
			p.Error = w.broken
		}
	}()
	w.wake, w.watched = a.GetWake(), a.GetWakeEvents()
	w.woken, w.events, w.bytes, w.replies, w.failures = false, 0, 0, nil, nil
	w.changes += len(a.GetChanges())
	w.world.Because(value.Cause{})
	if err := w.apply(a.GetChanges()); err != nil {
		w.broken = wire.Text(err.Error())
		p.Error = w.broken
		return p
	}
	if w.refused() {
		p.Now, p.Failures = int64(w.world.Now()), w.failures
		return p
	}
	for _, call := range a.GetCalls() {
		w.call(call)
	}
	stop := w.world.Run(time.Duration(a.GetUntil()), w.isWoken)
	w.sample(true)
	w.report(p, stop, a.GetMeters())
	if stop.Reason == sim.Reached && len(p.Failures) == 0 {
		w.failures = nil
		p.Previews = w.preview(a.GetPreview())
		p.Failures = w.failures
	}
	return p
}

// What ends a turn: so many events, or bytes of them. They go in one message. The host goes on with the next turn.
const (
	turnEvents = 10_000
	turnBytes  = 16 << 20
)

func (w *simWorld) isWoken() bool {
	w.sample(false)
	return w.woken || w.world.Failed() || w.events >= turnEvents || w.bytes >= turnBytes
}

// event looks at an event as it is recorded.
func (w *simWorld) event(e value.Event) {
	if w.reports(e.Class) {
		w.events++
		w.bytes += value.Weight(e.Fields)
	}
	for _, watched := range w.watched {
		if e.Class == value.ClassComponent && e.Name == watched.GetName() &&
			(watched.GetNode() == "" || watched.GetNode() == e.Node) {
			w.woken = true
		}
	}
}

// reports tells which events the host wants. Those of messages are not even recorded unless it does.
func (w *simWorld) reports(class value.Class) bool {
	return w.open.GetFull() || class == value.ClassComponent || class == value.ClassFault || class == value.ClassMessage
}

// summedNodes is up to how many nodes a world has a digest after each turn: it takes some 30 ns for each of them.
const summedNodes = 64

// maxWaiting is of how many tasks a turn tells what they wait for: not of all, which would make the cost of each turn grow
// with the number of open connections.
const maxWaiting = 100

// report fills in what the turn has brought.
func (w *simWorld) report(p *wire.Progress, stop sim.Stop, meters bool) {
	p.Now = int64(w.world.Now())
	if len(w.nodes) <= summedNodes {
		p.Digest = w.world.Digest()
	}
	p.Replies = w.replies
	for _, e := range w.world.Drain() {
		if w.reports(e.Class) {
			p.Events = append(p.Events, wire.ToEvent(e))
		}
	}
	p.Samples, w.lanes.samples = w.lanes.samples, nil
	p.Failures = w.failures
	for _, f := range w.world.Failures() {
		p.Failures = append(p.Failures, failureOf(f.Node, f.At, f.Err, f.Stack))
	}
	if p.Quiescent = stop.Quiescent; p.Quiescent {
		list, more := w.world.Parked(maxWaiting)
		for _, task := range list {
			p.Waiting = append(p.Waiting, &wire.Waiting{Node: task.Node, What: wire.Text(task.What)})
		}
		p.MoreWaiting = int64(more)
	}
	if meters {
		p.Meters = w.readMeters()
	}
}

// mostTold is how many packets one message has.
const mostTold = 2000

func (w *simWorld) tellPackets(place int64) {
	told := wire.ToPackets(w.packets.Since(int(place), mostTold))
	w.out.put(w.id, &wire.Report{Of: &wire.Report_Packets{Packets: told}})
}

func (w *simWorld) readMeters() []*wire.Meter {
	var list []*wire.Meter
	for id, m := range w.meters {
		list = append(list, &wire.Meter{Fault: id, Count: m.Count()})
	}
	slices.SortFunc(list, func(a, b *wire.Meter) int { return int(a.GetFault() - b.GetFault()) })
	return list
}
