package relay

import (
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/sdk/live"
	"github.com/netlab-dev/netlab/sdk/network"
)

// udpPort is the socket under which the others see a node's UDP port. What they send to it is meant for the node; what the
// node sends to others reaches them from it. So source addresses are true in both directions by arithmetic alone.
type udpPort struct {
	network *Network
	owner   *node
	key     netip.AddrPort // the owner's address and port
	socket  *net.UDPConn
	raw     syscall.RawConn
	batch   *ipv4.PacketConn
	routes  map[netip.AddrPort]route // by source; the reader's

	// deliver is where the owner's socket really is; nil while it has none. Stored with Network.mu held.
	deliver atomic.Pointer[net.UDPAddr]
	// holds are the datagrams that are still to leave through this socket, and one while the owner's is open. With the
	// last one the socket is closed.
	holds   atomic.Int32
	retired bool // guarded by Network.mu
	// routed means that others send here whether or not the port is open: then the socket stays. Guarded by Network.mu.
	routed bool

	// Guarded by the schedule's lock.
	writing bool        // somebody writes, or will
	due     []*datagram // to be written

	// The writer's.
	out  []ipv4.Message
	sent []*datagram
}

// route is the way of a source's datagrams to the owner of a port.
type route struct {
	path   *network.Path
	source *udpPort
}

// socketBuffer is what we ask of the kernel for datagrams not yet read, in bytes; it may grant less.
const socketBuffer = 4 << 20

// port finds or opens the socket of a node's port, and lets what arrives go to the real address.
func (n *Network) port(owner *node, port uint16, real netip.AddrPort) (*udpPort, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f, err := n.openedPort(owner, port)
	if err == nil {
		f.deliver.Store(net.UDPAddrFromAddrPort(real))
	}
	return f, err
}

// Route opens the way to a node's UDP port for who sends there, whether the node has opened the port or not: what is
// sent meets the link in any case. done is called when the way is open, which is not before the sender may dial (see
// Hold), from a goroutine of the network; it is not called when the network closes first.
func (n *Network) Route(from, to string, port int, done func(error)) {
	sender, owner := n.named(from), n.named(to)
	if sender == nil || owner == nil || port < 1 || port > 65535 {
		done(fmt.Errorf("route %s -> %s:%d: no such nodes, or no such port", from, to, port))
		return
	}
	n.spawn(func() {
		if hold := sender.hold(); hold != nil {
			select {
			case <-hold:
			case <-n.running.Done():
				return
			}
		}
		n.mu.Lock()
		f, err := n.openedPort(owner, uint16(port))
		if err == nil {
			f.routed = true
		}
		n.mu.Unlock()
		done(err)
	})
}

// openedPort finds or opens it. The caller holds n.mu.
func (n *Network) openedPort(owner *node, port uint16) (*udpPort, error) {
	key := netip.AddrPortFrom(owner.address, port)
	if n.closed {
		return nil, errClosed
	}
	f := n.ports[key]
	if f != nil && f.hold() {
		if f.retired {
			f.retired = false
		} else {
			f.holds.Add(-1)
		}
		return f, nil
	}
	if f != nil {
		f.socket.Close() // about to be closed by somebody who waits for our lock
	}
	f, err := n.openPort(owner, key)
	if err != nil {
		return nil, fmt.Errorf("UDP port %d of %s: %w", port, owner.name, err)
	}
	n.ports[key] = f
	n.tasks.Go(bug.Guarded(f.read))
	return f, nil
}

func (n *Network) openPort(owner *node, key netip.AddrPort) (*udpPort, error) {
	at := netip.AddrPortFrom(live.RelayAddr(key.Addr()), key.Port())
	socket, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	raw, err := socket.SyscallConn()
	if err == nil {
		err = socket.SetReadBuffer(socketBuffer)
	}
	if err == nil {
		err = socket.SetWriteBuffer(socketBuffer)
	}
	if err != nil {
		socket.Close()
		return nil, err
	}
	f := &udpPort{
		network: n, owner: owner, key: key, socket: socket, raw: raw, batch: ipv4.NewPacketConn(socket),
		routes: map[netip.AddrPort]route{},
	}
	f.holds.Store(1)
	return f, nil
}

// hold keeps the socket open for one more datagram; false means that it is closed.
func (f *udpPort) hold() bool {
	for {
		holds := f.holds.Load()
		if holds == 0 {
			return false
		}
		if f.holds.CompareAndSwap(holds, holds+1) {
			return true
		}
	}
}

// release takes back one hold.
func (f *udpPort) release() {
	if f.holds.Add(-1) > 0 {
		return
	}
	n := f.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ports[f.key] == f {
		delete(n.ports, f.key)
	}
	f.socket.Close()
}

// retire says that the owner's socket is closed: nothing is delivered any more, and when what it has sent is through,
// the port is closed as well.
func (f *udpPort) retire() {
	f.network.mu.Lock()
	f.deliver.Store(nil)
	first := !f.retired && !f.routed
	f.retired = f.retired || first
	f.network.mu.Unlock()
	if first {
		f.release()
	}
}

// successor is where the owner's socket is now, when it has closed the one that this was for: nil for nowhere. What
// was under way to a node that has restarted reaches its next incarnation, as on any network.
func (f *udpPort) successor() *net.UDPAddr {
	f.network.mu.Lock()
	defer f.network.mu.Unlock()
	if next := f.network.ports[f.key]; next != nil {
		return next.deliver.Load()
	}
	return nil
}

// read forwards what arrives, until the socket is closed.
func (f *udpPort) read() {
	for f.readable() {
		b := batches.Get().(*batch)
		for full := true; full; {
			count, err := f.batch.ReadBatch(b.in, unix.MSG_DONTWAIT)
			if err != nil {
				break
			}
			f.forward(b, b.in[:count])
			full = count == len(b.in)
		}
		batches.Put(b)
	}
}

// readable waits for a datagram without holding a buffer; false means that the socket is closed.
func (f *udpPort) readable() bool {
	err := f.raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return err != unix.EAGAIN && err != unix.EINTR
	})
	return err == nil
}

// maxRoutes bounds the memory of sources that are gone.
const maxRoutes = 4096

// route finds the way for datagrams from a source, and holds the source's port for one of them. ok is false for who
// is no node: outsiders reach a node's port itself.
func (f *udpPort) route(source netip.AddrPort) (r route, ok bool) {
	if r, ok = f.routes[source]; ok && r.source.hold() {
		return r, true
	}
	n := f.network
	from := n.nodeAt(source.Addr())
	if from == nil {
		return route{}, false
	}
	for {
		seenAs, err := n.sourcePort(from, source)
		if err != nil {
			n.trouble(fmt.Sprintf("a datagram from %s to %s is lost", source, f.owner.name), err)
			return route{}, false
		}
		if seenAs.hold() {
			r = route{n.path(from, f.owner), seenAs}
			break
		}
	}
	if len(f.routes) >= maxRoutes {
		clear(f.routes)
	}
	f.routes[source] = r
	return r, true
}

// sourcePort is the port of whoever sends. Most have announced their port; for others it is opened now, and stays.
func (n *Network) sourcePort(from *node, source netip.AddrPort) (*udpPort, error) {
	n.mu.Lock()
	f := n.ports[source]
	n.mu.Unlock()
	if f != nil && f.holds.Load() > 0 {
		return f, nil
	}
	return n.port(from, source.Port(), source)
}

func (n *Network) path(from, to *node) *network.Path {
	n.schedule.enter()
	defer n.schedule.carryOut()
	return from.host.Path(to.host)
}
