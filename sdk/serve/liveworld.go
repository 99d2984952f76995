package serve

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/sdk/clock"
	"github.com/netlab-dev/netlab/sdk/live"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// stopGrace is how long the tasks of a live node may take to end after their calls return ErrStopped.
const stopGrace = time.Second

// liveWorld is one incarnation of a node on real sockets. command is called by the session's goroutine only.
type liveWorld struct {
	served *served
	out    *outbox
	id     uint64
	open   *wire.Open
	roster atomic.Pointer[roster]
	ports  ports
	seq    atomic.Uint64

	node  *live.Node // nil before Start
	calls liveCalls
}

// roster is who has which address.
type roster struct {
	names     map[netip.Addr]string
	addresses map[string]netip.Addr
	nodes     []string // in the order of adding
}

func (r *roster) nameOf(a netip.Addr) (string, bool) {
	name, ok := r.names[a]
	return name, ok
}

func (r *roster) addressOf(node string) (netip.Addr, bool) {
	a, ok := r.addresses[node]
	return a, ok
}

func newLiveWorld(s *served, out *outbox, id uint64, open *wire.Open) *liveWorld {
	w := &liveWorld{served: s, out: out, id: id, open: open}
	w.roster.Store(&roster{})
	w.ports.waiting = map[int64]chan string{}
	w.calls.pending = map[int64]bool{}
	return w
}

func (w *liveWorld) command(c *wire.Command) {
	switch of := c.Of.(type) {
	case *wire.Command_Start:
		w.start(of.Start)
	case *wire.Command_Call:
		w.call(of.Call)
	case *wire.Command_ListeningOk:
		w.ports.answer(of.ListeningOk)
	case *wire.Command_Roster:
		w.takeRoster(of.Roster)
	case *wire.Command_Barrier:
		w.out.put(w.id, &wire.Report{Of: &wire.Report_Barrier{Barrier: of.Barrier}})
	case *wire.Command_Clock:
		w.clock(of.Clock)
	case *wire.Command_Close:
		go w.close() // beside the session, which may still have answers for tasks that are ending
	}
}

func (w *liveWorld) takeRoster(r *wire.Roster) {
	known := &roster{names: map[netip.Addr]string{}, addresses: map[string]netip.Addr{}}
	for _, entry := range r.GetEntries() {
		if address, err := netip.ParseAddr(entry.GetAddress()); err == nil {
			known.names[address] = entry.GetNode()
			known.addresses[entry.GetNode()] = address
			known.nodes = append(known.nodes, entry.GetNode())
		}
	}
	w.roster.Store(known)
	w.out.put(w.id, &wire.Report{Of: &wire.Report_RosterOk{RosterOk: &wire.RosterOk{}}})
}

// start runs the component. What is wrong with the start is reported as the node's failure.
func (w *liveWorld) start(start *wire.Start) {
	instance, address, err := w.prepare(start)
	if err != nil {
		w.out.put(w.id, &wire.Report{Of: &wire.Report_Failure{
			Failure: startFailure(start.GetNode(), live.Monotonic(), err),
		}})
		return
	}
	w.node = live.New(w.config(start, address))
	if start.GetClock() != nil {
		w.clock(start.GetClock())
	}
	if start.GetKept() {
		w.node.Disk() // which takes over what was written: a crash may come before the component asks for its disk
	}
	instance.bind(w.node)
	w.calls.instance = instance
	w.run(instance)
	if w.open.GetLanes() && len(instance.kind.drawn) > 0 {
		go w.sample(instance)
	}
}

func (w *liveWorld) prepare(start *wire.Start) (*instance, netip.Addr, error) {
	address, err := netip.ParseAddr(start.GetPlace().GetAddress())
	switch {
	case w.node != nil:
		return nil, address, fmt.Errorf("node %s is started already", start.GetNode())
	case err != nil:
		return nil, address, fmt.Errorf("node %s: its place: %w", start.GetNode(), err)
	}
	instance, err := w.served.newInstance(start)
	return instance, address, err
}

func (w *liveWorld) config(start *wire.Start, address netip.Addr) live.Config {
	name, place := start.GetNode(), start.GetPlace()
	return live.Config{
		Node: name, Peers: start.GetPeers(), Seed: w.open.GetSeed(), Incarnation: int(start.GetIncarnation()),
		Address: address, Directory: place.GetDirectory(), Socks: place.GetSocks(), Password: place.GetPassword(),
		Kept:      start.GetKept(),
		Nodes:     func() []string { return w.roster.Load().nodes },
		Names:     func(a netip.Addr) (string, bool) { return w.roster.Load().nameOf(a) },
		Addresses: func(node string) (netip.Addr, bool) { return w.roster.Load().addressOf(node) },
		Route:     func(to string, port int) error { return w.route(name, to, port) },
		Listening: func(network string, port int, real netip.AddrPort) error {
			return w.listening(name, network, port, real)
		},
		Closed: func(network string, port int) {
			w.out.put(w.id, &wire.Report{Of: &wire.Report_Unlistening{Unlistening: &wire.Unlistening{
				Node: name, Network: network, Port: int32(port),
			}}})
		},
		Emit: func(at time.Duration, event string, fields value.Fields) { w.emit(name, at, event, fields) },
		Log:  logWriter(w.open, w.out, w.id, name, nil),
	}
}

// clock sets the clock of a node that was started. What the node had gained in earlier incarnations is in its offset.
func (w *liveWorld) clock(c *wire.Clock) {
	if err := clock.Validate(c.GetSpeed(), 0); err != nil {
		w.fail(c.GetNode(), fmt.Errorf("its clock: %w", err), "")
	} else if w.node != nil {
		w.node.SetClock(c.GetSpeed(), time.Duration(c.GetOffset()))
	}
}

func (w *liveWorld) run(instance *instance) {
	node := w.node
	go live.Pulse(live.Monotonic(), node.Stopped(), func(due, woke time.Duration) {
		w.out.put(w.id, &wire.Report{Of: &wire.Report_Late{Late: &wire.Late{
			Node: instance.name, Due: int64(due), Woke: int64(woke),
		}}})
	})
	ended := make(chan struct{})
	go func() {
		<-node.Ready()
		if node.Ended() { // how it has ended is told first
			<-ended
		}
		w.out.put(w.id, &wire.Report{Of: &wire.Report_Ready{Ready: &wire.Ready{Node: instance.name}}})
	}()
	go func() {
		defer close(ended)
		err := node.Run(instance.run)
		if p := node.Panicked(); p != nil {
			w.fail(instance.name, fmt.Errorf("panic: %v", p.Value), p.Stack)
		} else if err != nil {
			w.fail(instance.name, err, "") // the host now ends the process as a crash would, which resets its connections
		}
	}()
}

func (w *liveWorld) fail(node string, err error, stack string) {
	w.out.put(w.id, &wire.Report{Of: &wire.Report_Failure{Failure: failureOf(node, live.Monotonic(), err, stack)}})
}

func (w *liveWorld) emit(node string, at time.Duration, name string, fields value.Fields) {
	event := wire.ToEvent(value.Event{At: at, Node: node, Seq: w.seq.Add(1), Name: name, Fields: fields})
	w.out.putWait(w.id, &wire.Report{Of: &wire.Report_Event{Event: event}})
}

// close stops the node and names what remains.
func (w *liveWorld) close() {
	closed := &wire.Closed{}
	if w.node != nil {
		if err := w.node.Stop(stopGrace); err != nil {
			closed.Error = wire.Text(err.Error())
		}
		w.sweep()
	}
	closed.Now = int64(live.Monotonic())
	w.out.put(w.id, &wire.Report{Of: &wire.Report_Closed{Closed: closed}})
}

func (w *liveWorld) abandon() {
	if w.node != nil {
		_ = w.node.Stop(stopGrace)
	}
}
