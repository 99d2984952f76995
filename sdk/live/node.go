// Package live is the environment of a component in the live engine: kernel sockets, the wall clock and real files
// behind the interfaces of package sdk. A goroutine is a task.
//
// A node listens on its own address of the loopback network and tells the host which ports are open. It reaches other
// nodes only through the host, which is the network: TCP by the host's SOCKS5 endpoint (see dial.go), UDP by sending to
// the other's RelayAddr (see addr.go). So what the host does to a link happens to real sockets, and this package knows
// nothing of links or faults. Crash and pause are signals to the process.
package live

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/disk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Config says who a node is and how it reaches its host. The functions may be nil, and are called from several
// goroutines at the same time.
type Config struct {
	Node        string
	Peers       []string
	Seed        uint64 // the run's
	Incarnation int
	Address     netip.Addr // the node's own: 127.B.x.y on Linux, 127.0.0.1 elsewhere
	Socks       string     // the host's SOCKS5 endpoint, "ip:port"
	Password    string     // which that endpoint wants
	Directory   string     // where the node's disk lies; it is created when the component first asks for it
	Kept        bool       // the incarnation before was killed without loss of power: see disk.Recover

	// Nodes, Names and Addresses are the roster: all nodes in the order of adding, which node has an address, and the other
	// way round.
	Nodes     func() []string
	Names     func(netip.Addr) (string, bool)
	Addresses func(name string) (netip.Addr, bool)

	// Listening tells the host that a port is open ("tcp" or "udp"), and where it really is. The call that opens it
	// returns only after Listening has, so that the host knows the port before anybody can dial it. An error closes the
	// port again. Closed takes it back.
	Listening func(proto string, port int, real netip.AddrPort) error
	// Route is called before the first datagram to another node's UDP port, which is sent once it has returned.
	Route  func(node string, port int) error
	Closed func(proto string, port int)

	// Emit takes an event at an instant of Monotonic. It may block, which holds up the component, and never drops. It is
	// called for one event at a time, with instants that never decrease.
	Emit func(at time.Duration, name string, fields value.Fields)
	// Log takes the lines that the component logs, at every level. They say neither node nor time: who takes them adds both.
	Log io.Writer
}

// Node is one incarnation of a live node. It implements sdk.Env.
type Node struct {
	config  Config
	timing  *timing
	rand    *rand.Rand
	log     hclog.Logger
	stopped context.Context // done once the node stops
	cancel  context.CancelFunc

	ready     chan struct{} // closed when the component waits for the first time, or has ended
	readyOnce sync.Once
	ended     atomic.Bool // Run is about to return
	isReady   atomic.Bool
	runner    atomic.Uint64 // the goroutine of the component's Run

	emitting sync.Mutex

	routes     sync.Map // destination -> true: those that the host knows
	routeCount atomic.Int64

	mu     sync.Mutex
	ran    bool
	ending bool // no task starts any more
	tasks  map[*task]struct{}
	idle   chan struct{} // closed when the node is ending and has no tasks
	failed *Panic        // the first panic
	open   map[io.Closer]struct{}
	ports  map[portKey]struct{} // the ports this node holds, as the others know them
	disk   *disk.Disk
	files  []disk.Backing
}

var _ sdk.Env = (*Node)(nil)

// New makes a node. It takes no resources before a component asks for them.
func New(cfg Config) *Node {
	cfg.complete()
	n := &Node{
		config: cfg,
		timing: newTiming(),
		ready:  make(chan struct{}),
		tasks:  map[*task]struct{}{},
		idle:   make(chan struct{}),
		open:   map[io.Closer]struct{}{},
		ports:  map[portKey]struct{}{},
	}
	n.stopped, n.cancel = context.WithCancel(context.Background())
	stream := link.Source(cfg.Seed, fmt.Sprintf("node:%s#%d", cfg.Node, cfg.Incarnation))
	n.rand = rand.New(&lockedSource{source: stream})
	n.log = hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: cfg.Log, DisableTime: true})
	return n
}

// complete gives what is left out a meaning: a node that nobody listens to, among no others.
func (cfg *Config) complete() {
	if cfg.Names == nil {
		cfg.Names = func(netip.Addr) (string, bool) { return "", false }
	}
	if cfg.Nodes == nil {
		cfg.Nodes = func() []string { return []string{cfg.Node} }
	}
	if cfg.Addresses == nil {
		cfg.Addresses = func(string) (netip.Addr, bool) { return netip.Addr{}, false }
	}
	if cfg.Route == nil {
		cfg.Route = func(string, int) error { return nil }
	}
	if cfg.Listening == nil {
		cfg.Listening = func(string, int, netip.AddrPort) error { return nil }
	}
	if cfg.Closed == nil {
		cfg.Closed = func(string, int) {}
	}
	if cfg.Emit == nil {
		cfg.Emit = func(time.Duration, string, value.Fields) {}
	}
	if cfg.Log == nil {
		cfg.Log = io.Discard
	}
	cfg.Peers = slices.Clone(cfg.Peers)
	slices.Sort(cfg.Peers)
}

// Run runs the component to its end and returns its error. A panic in any of the node's tasks stops the node, and Run
// returns it as a *Panic. What the component returns after the node was stopped is a normal end: nil. A node runs once.
func (n *Node) Run(component func(sdk.Env) error) error {
	n.mu.Lock()
	if n.ran {
		n.mu.Unlock()
		return fmt.Errorf("node %s: already ran", n.config.Node)
	}
	n.ran = true
	n.mu.Unlock()
	defer func() {
		n.ended.Store(true)
		n.setReady()
	}()

	var result error
	t := newTask(component)
	t.ended = make(chan struct{})
	n.start(t, func() {
		n.runner.Store(goroutine())
		result = component(n)
	})
	select {
	case <-t.ended:
	case <-n.stopped.Done():
		// A component that has panicked in one task may hang in another: the panic is the answer. One that was merely
		// stopped is waited for: Stop names it if it does not end.
		if n.Panicked() == nil {
			<-t.ended
		}
	}
	if p := n.Panicked(); p != nil {
		return p
	}
	if n.stopped.Err() != nil {
		return nil
	}
	return result
}

// Ready is closed when the component's Run first waits in a call of its environment, or has ended.
func (n *Node) Ready() <-chan struct{} { return n.ready }

// Ended reports whether Run has returned, or is about to: then Ready is closed for that reason.
func (n *Node) Ended() bool { return n.ended.Load() }

// Stopped is closed once the node stops: by Stop or by a panic.
func (n *Node) Stopped() <-chan struct{} { return n.stopped.Done() }

// Panicked is the panic that ended the node, nil if none did.
func (n *Node) Panicked() *Panic {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.failed
}

// Stop ends the node: every blocking call returns sdk.ErrStopped from then on. It waits for the node's tasks for at
// most grace; its error names those which remain. It may be called again, and waits again.
func (n *Node) Stop(grace time.Duration) error {
	n.end()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-n.idle:
		return nil
	case <-timer.C:
	}
	names := n.remaining()
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("node %s: %d tasks still run %v after the stop: %s",
		n.config.Node, len(names), grace, joinNames(names))
}

// end stops the node without waiting for its tasks.
func (n *Node) end() {
	n.mu.Lock()
	if n.ending {
		n.mu.Unlock()
		return
	}
	n.ending = true
	if len(n.tasks) == 0 {
		close(n.idle)
	}
	open := n.open
	n.open = nil
	storage, files := n.disk, n.files
	n.mu.Unlock()

	n.cancel()
	for c := range open {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		c.Close()
	}
	if storage != nil {
		storage.Crash()
		for _, f := range files {
			f.Close()
		}
	}
}

// keep registers what must be closed when the node stops; ErrStopped if it has.
func (n *Node) keep(c io.Closer) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ending {
		return sdk.ErrStopped
	}
	n.open[c] = struct{}{}
	return nil
}

func (n *Node) forget(c io.Closer) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.open, c)
}

// Node is the name of the node.
func (n *Node) Node() string { return n.config.Node }

// Nodes are the names of all nodes so far, in the order of adding.
func (n *Node) Nodes() []string { return slices.Clone(n.config.Nodes()) }

// Peers are the names of the nodes added together with this one, sorted.
func (n *Node) Peers() []string { return slices.Clone(n.config.Peers) }

// Rand is the node's random source; its stream is the one that sim gives to this incarnation.
func (n *Node) Rand() *rand.Rand { return n.rand }

// Log writes to Config.Log.
func (n *Node) Log() hclog.Logger { return n.log }
