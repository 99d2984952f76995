package live

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
)

// receiveBuffer is what we ask of the kernel for datagrams not yet read, in bytes, so that a burst survives a busy
// component. The kernel may grant less.
const receiveBuffer = 1 << 20

// ListenPacket opens a UDP socket on the node's port, which must be free on this machine: its number is the source
// address that others see, so no other can stand in for it.
func (n *Node) ListenPacket(port int) (net.PacketConn, error) {
	udp, key, err := openPort(n, "udp", port, n.bindUDP)
	if err != nil {
		return nil, err
	}
	p := &packetConn{node: n, udp: udp, key: key, local: value.MakeAddr(n.config.Node, key.port)}
	p.deadlines.node, p.deadlines.socket = n, udp
	if err := n.keep(p); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (n *Node) bindUDP(port int) (*net.UDPConn, netip.AddrPort, error) {
	address := netip.AddrPortFrom(n.config.Address, uint16(port))
	udp, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(address))
	switch {
	case errors.Is(err, syscall.EACCES):
		return nil, address, fmt.Errorf("%w: this system lets only privileged programs open UDP port %d",
			sdk.ErrInUse, port)
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, address, fmt.Errorf("%w: another program has UDP port %v", sdk.ErrInUse, address)
	case err != nil:
		return nil, address, err
	}
	if err := udp.SetReadBuffer(receiveBuffer); err != nil {
		udp.Close()
		return nil, address, err
	}
	return udp, udp.LocalAddr().(*net.UDPAddr).AddrPort(), nil
}

// packetConn is a kernel's UDP socket that speaks of nodes.
type packetConn struct {
	node  *Node
	udp   *net.UDPConn
	key   portKey
	local value.Addr
	once  sync.Once

	deadlines deadlines
}

func (p *packetConn) err(op string, addr net.Addr, err error) error {
	return p.node.opError(op, "udp", p.local, addr, err)
}

// ReadFrom receives one datagram; what does not fit into b is lost. The address is a value.Addr.
func (p *packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	p.node.waits()
	count, from, err := p.udp.ReadFromUDPAddrPort(b)
	if err != nil {
		return 0, nil, p.err("read", nil, err)
	}
	return count, p.node.nameOf(from), nil
}

// WriteTo sends one datagram to "node:port". Errors: ErrTooLarge, ErrNoNode, ErrClosed, ErrStopped.
func (p *packetConn) WriteTo(b []byte, addr net.Addr) (int, error) {
	to, err := p.node.faceOf(addr)
	if err == nil && len(b) > sdk.MaxDatagram {
		err = fmt.Errorf("%w: %d bytes, at most %d", sdk.ErrTooLarge, len(b), sdk.MaxDatagram)
	}
	if err != nil {
		return 0, p.err("write", addr, err)
	}
	count, err := p.udp.WriteToUDPAddrPort(b, to)
	return count, p.err("write", addr, err)
}

// faceOf is where datagrams to "node:port" go. A numeric address is somebody from outside, whom we answer directly.
func (n *Node) faceOf(addr net.Addr) (netip.AddrPort, error) {
	if addr == nil {
		return netip.AddrPort{}, errors.New("no destination")
	}
	name, port, err := value.Addr(addr.String()).Split()
	if err != nil {
		return netip.AddrPort{}, err
	}
	if node, known := n.config.Addresses(name); known {
		if err := n.route(destination{name, port}); err != nil {
			return netip.AddrPort{}, err
		}
		return netip.AddrPortFrom(RelayAddr(node), uint16(port)), nil
	}
	if outside, err := netip.ParseAddr(name); err == nil {
		return netip.AddrPortFrom(outside, uint16(port)), nil
	}
	return netip.AddrPort{}, sdk.ErrNoNode
}

// destination is another node's UDP port.
type destination struct {
	node string
	port int
}

// maxRoutes bounds the memory of destinations; beyond it they are asked for again.
const maxRoutes = 4096

// route makes the destination, a node's name and a port, known to the host before the first datagram to it.
func (n *Node) route(to destination) error {
	if _, known := n.routes.Load(to); known {
		return nil
	}
	n.waits()
	if err := n.config.Route(to.node, to.port); err != nil {
		return err
	}
	if n.routeCount.Add(1) > maxRoutes {
		n.routes.Clear()
		n.routeCount.Store(1)
	}
	n.routes.Store(to, true)
	return nil
}

func (p *packetConn) Close() error {
	err := p.udp.Close()
	p.node.forget(p)
	p.deadlines.end()
	p.once.Do(func() { p.node.closePort(p.key) })
	return p.err("close", nil, err)
}

func (p *packetConn) LocalAddr() net.Addr { return p.local }

func (p *packetConn) SetDeadline(t time.Time) error {
	return p.err("set", nil, p.deadlines.setBoth(t))
}

func (p *packetConn) SetReadDeadline(t time.Time) error {
	return p.err("set", nil, p.deadlines.setRead(t))
}

func (p *packetConn) SetWriteDeadline(t time.Time) error {
	return p.err("set", nil, p.deadlines.setWrite(t))
}
