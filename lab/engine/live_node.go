package engine

import (
	"bytes"
	"fmt"
	"net/netip"
	"sync"

	"github.com/netlab-dev/netlab/lab/host"
	clock "github.com/netlab-dev/netlab/sdk/live"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// place is where a node lives, over all its incarnations.
type place struct {
	address   netip.Addr
	directory string
}

// liveNode is one incarnation of a node: a process with one world.
type liveNode struct {
	live    *live
	name    string
	process *host.Process
	world   uint64
	detach  func()
	paused  bool  // only for the goroutine that drives the engine
	told    int64 // how many rosters were sent, for the same
	taken   int64 // how many it has taken, for the one that receives

	rosters  chan int64    // how many it has taken
	ready    chan struct{} // closed once Run first waits or returns
	barriers chan int64    // the latest that it has answered
	closed   chan *wire.Closed
	over     chan struct{} // closed once the process has ended and everything of it is told

	mu        sync.Mutex
	isReady   bool
	asked     bool         // we have ended it
	askedAt   int64        // by the monotonic clock, which the node has, too
	failed    bool         // the failure has been told
	pauses    []pausing    // that the script has ordered
	gone      bool         // no call is taken any more
	lastCall  ID           // that was sent
	isGarbled bool         // it has said what cannot be, which ends the run
	inFlight  map[ID]bool  // calls
	printed   bytes.Buffer // the last of it, until it is ready
}

func newLiveNode(l *live, name string) *liveNode {
	return &liveNode{
		live: l, name: name,
		rosters: make(chan int64, 1), ready: make(chan struct{}), barriers: make(chan int64, 1),
		closed: make(chan *wire.Closed, 1), over: make(chan struct{}), inFlight: map[ID]bool{},
	}
}

// receive takes the reports of the process, in their order.
func (n *liveNode) receive(r *wire.Report) {
	switch of := r.Of.(type) {
	case *wire.Report_Reply:
		n.reply(of.Reply)
	case *wire.Report_Event:
		n.event(of.Event)
	case *wire.Report_Log:
		n.live.options.log(n.live.Now(), n.name, clip(of.Log.GetLine(), maxLine))
	case *wire.Report_Failure:
		n.fail(of.Failure)
	case *wire.Report_Route:
		n.route(of.Route)
	case *wire.Report_Listening:
		n.listening(of.Listening)
	case *wire.Report_Unlistening:
		n.unlistening(of.Unlistening)
	case *wire.Report_Ready:
		n.setReady()
	case *wire.Report_RosterOk:
		n.taken++
		offer(n.rosters, n.taken)
	case *wire.Report_Barrier:
		offer(n.barriers, of.Barrier.GetId())
	case *wire.Report_Closed:
		n.mu.Lock()
		asked := n.asked
		n.mu.Unlock()
		if !asked {
			n.garbled(errUnasked)
		}
		offer(n.closed, of.Closed)
	case *wire.Report_Late:
		n.late(of.Late)
	case *wire.Report_Samples:
		n.samples(of.Samples.GetList())
	}
}

// offer leaves a value for whoever waits for it, in place of one that nobody has taken.
func offer[T any](to chan T, value T) {
	for {
		select {
		case to <- value:
			return
		default:
		}
		select {
		case <-to:
		default:
		}
	}
}

func (n *liveNode) setReady() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.isReady {
		n.isReady = true
		close(n.ready)
	}
}

func (n *liveNode) event(e *wire.Event) {
	event, err := wire.FromEvent(e)
	if err == nil {
		err = checkEvent(event)
	}
	if err != nil {
		n.garbled(err)
		return
	}
	if !n.couldBe("an event", e.GetAt()) {
		return
	}
	event.At = n.live.record.since(e.GetAt())
	event.Node = n.name
	n.live.record.add(event)
}

func (n *liveNode) samples(list []*wire.Sample) {
	for _, s := range list {
		if !n.couldBe("a sample", s.GetAt()) {
			return
		}
		if err := n.live.record.sample(n.name, n.live.record.since(s.GetAt()), s); err != nil {
			n.garbled(err)
			return
		}
	}
}

// fail tells that the component has failed, and ends the process as a crash would.
func (n *liveNode) fail(f *wire.Failure) {
	if !n.couldBe("a failure", f.GetAt()) {
		return
	}
	n.mu.Lock()
	tell := !n.failed && (!n.asked || f.GetAt() < n.askedAt)
	n.failed = true
	n.mu.Unlock()
	if tell {
		n.live.inbox.put(arrival{node: n, failure: f})
	}
	n.live.network.Down(n.name)
	n.process.Kill()
}

// watch waits for the end of the process and tells what it leaves behind: calls in flight, and unless it was to end,
// a failure.
func (n *liveNode) watch() {
	<-n.process.Done()
	at := int64(clock.Monotonic())
	n.live.network.Down(n.name)
	n.mu.Lock()
	n.gone = true
	unasked := !n.asked && !n.failed
	left := n.inFlight
	n.inFlight = nil
	n.mu.Unlock()
	for id := range left {
		n.live.inbox.put(arrival{node: n, reply: n.unknown(id, at)})
	}
	if unasked {
		n.live.inbox.put(arrival{node: n, failure: n.processEnd(at)})
	}
	n.detach()
	close(n.over)
}

// unknown is the answer to a call that was in flight when the node died.
func (n *liveNode) unknown(id ID, at int64) *wire.Reply {
	return &wire.Reply{Call: int64(id), Status: wire.Reply_UNKNOWN, Error: n.name + " stopped", At: at}
}

func (n *liveNode) wrap(err error) error { return fmt.Errorf("node %s: %w", n.name, err) }

// printedSize is how much of what a process prints is kept for the error of one that does not get ready.
const printedSize = 4 << 10

// Write takes the lines that the process prints.
func (n *liveNode) Write(line []byte) (int, error) {
	n.live.options.log(n.live.Now(), n.name, string(bytes.TrimRight(line, "\r\n")))
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.isReady {
		return len(line), nil
	}
	n.printed.Write(line)
	n.printed.Next(max(0, n.printed.Len()-printedSize))
	return len(line), nil
}

func (n *liveNode) lastPrinted() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.printed.Len() == 0 {
		return "it printed nothing"
	}
	return "it printed:\n" + string(bytes.TrimSpace(n.printed.Bytes()))
}
