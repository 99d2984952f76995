// Package relay is the network of the live engine: it carries bytes between nodes that are real processes on real
// sockets, as slowly and as badly as their links say.
//
// A Network owns one block 127.B.0.0/16 of the loopback. Each node has an address of its own there. A node dials by
// the Network's SOCKS5 endpoint, which plays the handshake on the links before it connects, and sends datagrams to the
// face of their destination (see package live). Whatever goes from one node to another then walks one path, whatever
// the profile: it is read, stamped by the link's arithmetic with the instant at which it is due, and written when that
// has come, at once when it is due already.
//
//	socks.go, dial.go         a dial and its handshake
//	conn.go, pipe.go          a stream's two directions: reset, close; the queue of what is due
//	reader.go                 from a socket into a pipe
//	face.go, datagram.go      UDP
//	direction.go              a link with its lock, and waiting for it
//	schedule.go, alarm_*.go   who waits for what is due
package relay

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/sdk/link"
)

// Config is what a Network needs to know. The zero value is ready for use.
type Config struct {
	// Seed is the run's: all links draw from it.
	Seed uint64
	// Log receives what foreign programs do wrong; nil is silent.
	Log hclog.Logger
	// OnConn, if not nil, is told what becomes of each connection: one of Opened, Refused, Closed and WasReset. It is
	// called from many goroutines and must not block or call the Network.
	OnConn func(at time.Duration, from, to string, port int, what string)
	// OnDatagram, if not nil, is told of every datagram that a node sends to another, before it meets its link. The bytes
	// are lent. It is called from many goroutines and must not block or call the Network.
	OnDatagram func(at time.Duration, from, to string, payload []byte)
	// OnLoss, if not nil, is told of every datagram that a link loses. It is called as OnDatagram is.
	OnLoss func(at time.Duration, from, to string, size int)
	// OnTrouble, if not nil, is told what this machine has refused: a descriptor or a port for a connection. Without it
	// that looks to the nodes like silence. It is called from many goroutines and must not block or call the Network.
	OnTrouble func(error)
}

// What OnConn is told.
const (
	Opened   = "opened"
	Refused  = "refused"
	Closed   = "closed"
	WasReset = "reset"
)

// Network carries the bytes of one run. All methods are safe for concurrent use.
type Network struct {
	config   Config
	block    *block
	socks    *net.TCPListener
	password string // what the SOCKS endpoint wants
	schedule *schedule
	born     time.Time
	began    atomic.Int64 // when the run's clock started, since born
	giveUp   time.Duration
	running  context.Context // until Close
	stop     context.CancelFunc
	tasks    sync.WaitGroup

	mu         sync.Mutex
	closed     bool
	base       link.Profile
	nodes      []*node // by number
	byName     map[string]*node
	directions map[pair]*direction
	conns      map[*conn]struct{}
	dialing    map[*net.TCPConn]struct{} // clients whose dial is under way
	faces      map[netip.AddrPort]*face  // by the owner's address
}

type pair struct{ from, to string }

var errClosed = errors.New("the network is closed")

// New claims a block of addresses and opens the SOCKS endpoint. The caller must Close the Network.
func New(c Config) (*Network, error) {
	if c.Log == nil {
		c.Log = hclog.NewNullLogger()
	}
	n := &Network{
		config: c, born: time.Now(), giveUp: link.GiveUp, password: rand.Text(),
		byName: map[string]*node{}, directions: map[pair]*direction{}, conns: map[*conn]struct{}{},
		dialing: map[*net.TCPConn]struct{}{}, faces: map[netip.AddrPort]*face{},
	}
	var err error
	if n.block, err = claimBlock(); err != nil {
		return nil, err
	}
	if n.socks, err = listenTCP(n.block.socks()); err != nil {
		return nil, errors.Join(fmt.Errorf("socks endpoint: %w", err), n.block.release())
	}
	if n.schedule, err = newSchedule(n.clock); err != nil {
		return nil, errors.Join(err, n.socks.Close(), n.block.release())
	}
	n.running, n.stop = context.WithCancel(context.Background())
	n.tasks.Go(bug.Guarded(n.schedule.loop))
	n.tasks.Go(bug.Guarded(n.accept))
	return n, nil
}

// spawn runs f in a goroutine that Close waits for, or not at all once the network is closed.
func (n *Network) spawn(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		n.tasks.Go(bug.Guarded(f))
	}
}

// Socks is the address "host:port" of the SOCKS5 endpoint. The user is the name of the dialling node.
func (n *Network) Socks() string { return n.socks.Addr().String() }

// Password is what the SOCKS5 endpoint wants, 26 letters and digits that are random for each Network. Other users of the
// machine can reach the endpoint; without it they stay outside.
func (n *Network) Password() string { return n.password }

// clock is the time of the links, which runs from the beginning. It never goes back.
func (n *Network) clock() time.Duration { return time.Since(n.born) }

// Now is the time since Start, 0 before it.
func (n *Network) Now() time.Duration {
	began := n.began.Load()
	if began == 0 {
		return 0
	}
	return n.clock() - time.Duration(began)
}

// Start sets the run's clock to 0 and forgets the lateness so far. It is called once.
func (n *Network) Start() {
	n.began.Store(int64(n.clock()))
	n.schedule.worst.Store(0)
	n.schedule.add(n.clock(), heartbeat{n.schedule})
}

// Lateness is the worst so far, since Start: how long after it was due something has been handed to the kernel, or this
// process has come to look.
func (n *Network) Lateness() time.Duration { return time.Duration(n.schedule.worst.Load()) }

// trouble tells that the machine has refused something that the network needs.
func (n *Network) trouble(what string, err error) {
	n.config.Log.Error(what, "error", err)
	if n.config.OnTrouble != nil && n.running.Err() == nil {
		n.config.OnTrouble(fmt.Errorf("%s: %w", what, err))
	}
}

func (n *Network) tell(from, to *node, port int, what string) {
	if n.config.OnConn != nil {
		n.config.OnConn(n.Now(), from.name, to.name, port, what)
	}
}

// SetDefault gives a profile to all links, present and future, that have none of their own.
func (n *Network) SetDefault(p link.Profile) error {
	if err := p.Validate(); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.base = p
	for _, d := range n.directions {
		if !d.own {
			d.setProfile(p)
		}
	}
	return nil
}

// SetProfile gives the link a profile of its own. It holds for what is sent from now on, also on open connections.
func (n *Network) SetProfile(from, to string, p link.Profile) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("link %s -> %s: %w", from, to, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	d, err := n.lookup(from, to)
	if err == nil {
		d.own = true
		d.setProfile(p)
	}
	return err
}

// Lay lays an effect on the link until Lift with the same meter, which counts what is sent meanwhile. A cut stalls dials
// as it does streams.
func (n *Network) Lay(e link.Effect, from, to string, m *link.Meter) error {
	return n.change(from, to, func(l *link.Link) { l.Lay(e, m) })
}

// Lift takes back one Lay.
func (n *Network) Lift(e link.Effect, from, to string, m *link.Meter) error {
	return n.change(from, to, func(l *link.Link) { l.Lift(e, m) })
}

func (n *Network) change(from, to string, do func(*link.Link)) error {
	n.mu.Lock()
	d, err := n.lookup(from, to)
	n.mu.Unlock()
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	do(d.link)
	d.stalled()
	return nil
}

// lookup finds a link between two nodes by name, or makes it. The caller holds n.mu.
func (n *Network) lookup(from, to string) (*direction, error) {
	for _, name := range []string{from, to} {
		if n.byName[name] == nil {
			return nil, fmt.Errorf("link %s -> %s: no node %q", from, to, name)
		}
	}
	return n.between(n.byName[from], n.byName[to]), nil
}

// between is lookup for nodes that exist.
func (n *Network) between(from, to *node) *direction {
	key := pair{from.name, to.name}
	d := n.directions[key]
	if d == nil {
		d = newDirection(n, key)
		n.directions[key] = d
	}
	return d
}

// direction is between for a caller that does not hold n.mu.
func (n *Network) direction(from, to *node) *direction {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.between(from, to)
}

// Reset ends all streams between two nodes at once: both ends see a reset. It returns how many there were.
func (n *Network) Reset(a, b string) int {
	count := 0
	for _, c := range n.connections() {
		if c.from.name == a && c.to.name == b || c.from.name == b && c.to.name == a {
			count++
			c.abort()
		}
	}
	return count
}

func (n *Network) connections() []*conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := make([]*conn, 0, len(n.conns))
	for c := range n.conns {
		list = append(list, c)
	}
	return list
}

// Close ends everything: no socket and no goroutine is left when it returns.
func (n *Network) Close() error {
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		return nil
	}
	n.closed = true
	n.stop()
	faces := make([]*face, 0, len(n.faces))
	for _, f := range n.faces {
		faces = append(faces, f)
	}
	for client := range n.dialing {
		client.Close()
	}
	n.mu.Unlock()
	err := n.socks.Close()
	for _, c := range n.connections() {
		c.abort()
	}
	for _, f := range faces {
		f.socket.Close()
	}
	n.schedule.close()
	n.tasks.Wait()
	return errors.Join(err, n.schedule.alarm.close(), n.block.release())
}
