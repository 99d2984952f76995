package sim

import (
	"fmt"
	"net"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/ring"
	"github.com/netlab-dev/netlab/sdk/value"
)

// backlog is how many connections wait at a listener to be accepted. A SYN above that is dropped, and comes again.
const backlog = 4096

// Dial opens a TCP connection, waiting at most sdk.DialTimeout.
func (n *Node) Dial(addr string) (sdk.Conn, error) { return n.DialTimeout(addr, sdk.DialTimeout) }

// DialTimeout opens a TCP connection. It takes one round trip of the link, also to be refused; while the link is cut,
// or when the answer is late, it ends with ErrTimeout.
func (n *Node) DialTimeout(addr string, timeout time.Duration) (sdk.Conn, error) {
	t, err := n.enter()
	if err != nil {
		return nil, err
	}
	c, err := n.dial(t, value.Addr(addr), timeout)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", addr, err)
	}
	return c, nil
}

func (n *Node) dial(t *task, addr value.Addr, timeout time.Duration) (*conn, error) {
	r, err := n.routeTo(addr)
	if err != nil {
		return nil, err
	}
	if timeout <= 0 {
		return nil, sdk.ErrTimeout
	}
	port, err := n.inc.tcp.claim(0)
	if err != nil {
		return nil, err
	}
	c := newConn(n, value.MakeAddr(n.name, port), addr)
	c.port, c.dialing = port, true
	c.end = n.host.Dial(r.path.To, r.port, c)
	if c.writing.wait(t, n.after(timeout), "dial", c.remote) && c.dialing && c.err == nil {
		c.end.Abort()
		c.disuse(sdk.ErrTimeout)
	}
	if c.err != nil {
		return nil, c.err
	}
	return c, nil
}

// listener accepts connections.
type listener struct {
	node      *Node
	inc       *incarnation
	port      int
	local     net.Addr
	backlog   ring.Ring[*conn]
	half      int // connections whose handshake is not over
	accepting list[*task]
	closed    bool
}

// Listen opens a TCP listener.
func (n *Node) Listen(port int) (sdk.Listener, error) {
	if n.stopped() {
		return nil, sdk.ErrStopped
	}
	err := badPort(port)
	if err == nil {
		port, err = n.inc.tcp.claim(port)
	}
	if err != nil {
		return nil, socketError("listen", "tcp", nil, value.MakeAddr(n.name, port), err)
	}
	l := &listener{node: n, inc: n.inc, port: port, local: value.MakeAddr(n.name, port)}
	if n.inc.accepts == nil {
		n.inc.accepts = map[int]*listener{}
	}
	n.inc.accepts[port] = l
	return l, nil
}

func (l *listener) fail(op string, err error) error {
	return socketError(op, "tcp", nil, l.local, err)
}

// Accept takes the connection that has waited longest. It may have been reset already.
func (l *listener) Accept() (sdk.Conn, error) {
	t, err := l.node.enter()
	for err == nil {
		switch {
		case l.inc.dead:
			err = sdk.ErrStopped
		case l.closed:
			err = sdk.ErrClosed
		case l.backlog.Len() > 0:
			c := l.backlog.Pop()
			l.node.world.Because(c.cause)
			return c, nil
		default:
			t.wait(&l.accepting, never, "accept on", l.local)
		}
	}
	return nil, l.fail("accept", err)
}

// Close closes the port. Connections that nobody has accepted are reset.
func (l *listener) Close() error {
	switch {
	case l.node.stopped() || l.inc.dead:
		return l.fail("close", sdk.ErrStopped)
	case l.closed:
		return l.fail("close", sdk.ErrClosed)
	}
	l.closed = true
	delete(l.inc.accepts, l.port)
	l.inc.tcp.release(l.port)
	for l.backlog.Len() > 0 {
		c := l.backlog.Pop()
		c.end.Abort()
		c.disuse(sdk.ErrClosed)
	}
	wakeAll(&l.accepting)
	return nil
}

func (l *listener) Addr() net.Addr { return l.local }
