package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
)

// portKey is a port as the other nodes know it.
type portKey struct {
	proto string
	port  int
}

// reserve takes a port for this node.
func (n *Node) reserve(key portKey) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ending {
		return sdk.ErrStopped
	}
	if _, held := n.ports[key]; held {
		return sdk.ErrInUse
	}
	n.ports[key] = struct{}{}
	return nil
}

func (n *Node) release(key portKey) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.ports, key)
}

// openPort reserves the port, opens the socket by bind and tells the host. Port 0 becomes whichever bind found free.
func openPort[S interface{ Close() error }](
	n *Node, proto string, port int, bind func(port int) (S, netip.AddrPort, error),
) (S, portKey, error) {
	var none S
	key := portKey{proto, port}
	fail := func(err error) (S, portKey, error) {
		return none, key, fmt.Errorf("listen %s %s: %w", proto, value.MakeAddr(n.config.Node, port), err)
	}
	if port < 0 || port > 65535 {
		return fail(errors.New("the port is not between 0 and 65535"))
	}
	if port != 0 {
		if err := n.reserve(key); err != nil {
			return fail(err)
		}
	}
	socket, real, err := bind(port)
	if err == nil && port == 0 {
		key.port = int(real.Port())
		if err = n.reserve(key); err != nil {
			socket.Close() // the number is already the name of a port that lies elsewhere: take another one
			if errors.Is(err, sdk.ErrInUse) {
				return openPort(n, proto, port, bind)
			}
			return fail(err)
		}
	}
	if err != nil {
		n.release(key)
		return fail(meaning(err))
	}
	if err := n.config.Listening(proto, key.port, real); err != nil {
		socket.Close()
		n.release(key)
		return fail(fmt.Errorf("the host: %w", err))
	}
	return socket, key, nil
}

// closePort tells the host that the port is closed, and gives it back.
func (n *Node) closePort(key portKey) {
	n.config.Closed(key.proto, key.port)
	n.release(key)
}

// Listen opens a TCP listener on the node's port. Where the kernel does not give that port, because it asks for
// privileges or another program has it, the listener lies on a free one: only the host needs to know.
func (n *Node) Listen(port int) (sdk.Listener, error) {
	tcp, key, err := openPort(n, "tcp", port, n.bindTCP)
	if err != nil {
		return nil, err
	}
	l := &listener{node: n, tcp: tcp, key: key}
	if err := n.keep(l); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

func (n *Node) bindTCP(port int) (*net.TCPListener, netip.AddrPort, error) {
	config := net.ListenConfig{KeepAlive: -1} // all peers are on this machine: a dead one is noticed
	config.SetMultipathTCP(false)
	address := netip.AddrPortFrom(n.config.Address, uint16(port))
	l, err := config.Listen(context.Background(), "tcp4", address.String())
	if errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EADDRINUSE) {
		l, err = config.Listen(context.Background(), "tcp4", netip.AddrPortFrom(n.config.Address, 0).String())
	}
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	tcp := l.(*net.TCPListener)
	return tcp, tcp.Addr().(*net.TCPAddr).AddrPort(), nil
}

type listener struct {
	node *Node
	tcp  *net.TCPListener
	key  portKey
	once sync.Once
}

func (l *listener) Addr() net.Addr { return value.MakeAddr(l.node.config.Node, l.key.port) }

func (l *listener) Accept() (sdk.Conn, error) {
	l.node.waits()
	tcp, err := l.tcp.AcceptTCP()
	if err != nil {
		return nil, l.err("accept", err)
	}
	remote := l.node.nameOf(tcp.RemoteAddr().(*net.TCPAddr).AddrPort())
	c, err := l.node.newConn(tcp, value.MakeAddr(l.node.config.Node, l.key.port), remote)
	if err != nil {
		return nil, l.err("accept", err)
	}
	return c, nil
}

// Close stops listening. Connections that were not accepted yet are reset by the kernel.
func (l *listener) Close() error {
	err := l.tcp.Close()
	l.node.forget(l)
	l.once.Do(func() { l.node.closePort(l.key) })
	return l.err("close", err)
}

func (l *listener) err(op string, err error) error {
	return l.node.opError(op, "tcp", nil, l.Addr(), err)
}

// nameOf turns a kernel's address into "node:port". Who is no node keeps the numeric address: somebody from outside.
func (n *Node) nameOf(a netip.AddrPort) value.Addr {
	if name, known := n.config.Names(Owner(a.Addr())); known {
		return value.MakeAddr(name, int(a.Port()))
	}
	return value.Addr(netip.AddrPortFrom(a.Addr().Unmap(), a.Port()).String())
}
