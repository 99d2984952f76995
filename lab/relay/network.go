// Package relay is the network of the live engine: it carries bytes between nodes that are real processes on real
// sockets, as slowly and as badly as their links say.
//
// A Network owns one block 127.B.0.0/16 of the loopback. Each node has an address of its own there. A node dials by
// the Network's SOCKS5 endpoint, and sends datagrams to the UDP port of their destination (see package live). What goes from
// one node to another is read, told to a network.Network, which says what arrives and when, and written then. That
// network is the same that sim runs in virtual time; here it runs on the wall clock, under one lock. A stream over ideal
// links bypasses it.
//
//	socks.go, dial.go, patience.go   a dial
//	conn.go, end.go                  a stream's two ends: reset, close
//	reader.go, pipe.go               one direction: from a socket into the network, and out of it to the other socket
//	unread.go, diag_*.go             how much a node has read
//	udpport.go, datagram.go           UDP
//	path.go                          profiles, faults, and what is told of connections
//	schedule.go, pace.go, alarm_*.go when the network runs
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
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/value"
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
	// OnPacket, if not nil, is told of everything that a link carries or loses, once its fate is known; instants are since
	// Start. The packet is lent. It is called as OnDatagram is.
	OnPacket func(*network.Packet)
	// OnUndelivered, if not nil, is told of a datagram that has arrived at a port that nobody has open. It may be called from
	// any goroutine and must not block.
	OnUndelivered func(at time.Duration, from value.Addr, to string, port, size int)
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
	diag     *diag                // nil where the kernel does not tell what is unread
	clock    func() time.Duration // the time of the links, which runs from the beginning and never goes back
	began    atomic.Int64         // when the run's clock started, on clock
	running  context.Context      // until Close
	stop     context.CancelFunc
	tasks    sync.WaitGroup

	// Guarded by the schedule's lock.
	model *network.Network
	conns map[*conn]struct{}
	dials uint64

	mu      sync.Mutex // taken after the schedule's lock, if both are
	closed  bool
	nodes   []*node // by number
	byName  map[string]*node
	dialing map[*net.TCPConn]struct{}   // clients whose dial is under way
	ports   map[netip.AddrPort]*udpPort // by the owner's address
}

var errClosed = errors.New("the network is closed")

// New claims a block of addresses and opens the SOCKS endpoint. The caller must Close the Network.
func New(c Config) (*Network, error) {
	born := time.Now()
	return newNetwork(c, func() time.Duration { return time.Since(born) })
}

func newNetwork(c Config, clock func() time.Duration) (*Network, error) {
	if c.Log == nil {
		c.Log = hclog.NewNullLogger()
	}
	n := &Network{
		config: c, clock: clock, password: rand.Text(), byName: map[string]*node{}, conns: map[*conn]struct{}{},
		dialing: map[*net.TCPConn]struct{}{}, ports: map[netip.AddrPort]*udpPort{},
	}
	n.model = network.New(network.Config{Seed: c.Seed, Told: n.told})
	var err error
	if n.block, err = claimBlock(); err != nil {
		return nil, err
	}
	if n.socks, err = listenTCP(n.block.socks()); err != nil {
		return nil, errors.Join(fmt.Errorf("socks endpoint: %w", err), n.block.release())
	}
	if n.schedule, err = newSchedule(clock, n.model); err != nil {
		return nil, errors.Join(err, n.socks.Close(), n.block.release())
	}
	if n.diag, err = newDiag(); err != nil {
		c.Log.Debug("what was written counts as read", "error", err)
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
}

// Lateness is the worst so far, since Start: how long after it was due, or before, something has been handed to the kernel,
// or this process has come to look.
func (n *Network) Lateness() time.Duration { return time.Duration(n.schedule.worst.Load()) }

// trouble tells that the machine has refused something that the network needs.
func (n *Network) trouble(what string, err error) {
	n.config.Log.Error(what, "error", err)
	if n.config.OnTrouble != nil && n.running.Err() == nil {
		n.config.OnTrouble(fmt.Errorf("%s: %w", what, err))
	}
}

func (n *Network) tell(c *conn, what string) {
	if n.config.OnConn != nil {
		n.config.OnConn(n.Now(), c.a.node.name, c.b.node.name, c.port, what)
	}
}

// undelivered tells of a datagram that nobody receives.
func (n *Network) undelivered(d *datagram) {
	if n.config.OnUndelivered != nil {
		from := value.MakeAddr(d.source.owner.name, int(d.source.key.Port()))
		n.config.OnUndelivered(n.Now(), from, d.target.owner.name, int(d.target.key.Port()), len(d.payload[0]))
	}
}

// told passes on what has become of a packet.
func (n *Network) told(p *network.Packet) {
	if n.config.OnPacket == nil {
		return
	}
	began := time.Duration(n.began.Load())
	if began == 0 {
		began = network.Never // before Start, Now is 0 as well
	}
	for _, at := range []*time.Duration{&p.Sent, &p.Left, &p.Arrives[0], &p.Arrives[1]} {
		*at = max(*at-began, 0)
	}
	n.config.OnPacket(p)
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
	ports := make([]*udpPort, 0, len(n.ports))
	for _, f := range n.ports {
		ports = append(ports, f)
	}
	for client := range n.dialing {
		client.Close()
	}
	n.mu.Unlock()
	err := n.socks.Close()
	n.cancelAll()
	for _, f := range ports {
		f.socket.Close()
	}
	n.schedule.close()
	n.tasks.Wait()
	if n.diag != nil {
		err = errors.Join(err, n.diag.close())
	}
	return errors.Join(err, n.schedule.alarm.close(), n.block.release())
}

func (n *Network) cancelAll() {
	n.schedule.enter()
	defer n.schedule.carryOut()
	for c := range n.conns {
		c.cancel()
	}
}
