package relay

import (
	"net"
	"sync"
	"syscall"
)

// end is our socket towards one of the two nodes of a connection.
type end struct {
	node *node
	tcp  *net.TCPConn
	raw  syscall.RawConn
}

func newEnd(at *node, tcp *net.TCPConn) (end, error) {
	raw, err := tcp.SyscallConn()
	return end{at, tcp, raw}, err
}

// reset closes the socket so that the node's kernel sees RST: a linger time of zero does that.
func (e *end) reset() {
	_ = e.tcp.SetLinger(0)
	e.tcp.Close()
}

// conn is one connection between two nodes: two sockets, and a pipe for each direction between them.
//
// A direction ends by FIN, which travels behind its bytes, and when both have arrived the connection has. Or it ends by
// RST: then the socket it came from is closed at once, the reset travels the link, and when it arrives all is over.
type conn struct {
	network     *Network
	from, to    *node
	port        int
	there, back pipe
	over        chan struct{} // closed by end

	mu    sync.Mutex
	ended bool
	open  int // directions whose FIN has not arrived yet
}

func newConn(n *Network, from, to end, port int) *conn {
	c := &conn{network: n, from: from.node, to: to.node, port: port, over: make(chan struct{}), open: 2}
	c.there.init(c, n.direction(from.node, to.node), from, to)
	c.back.init(c, n.direction(to.node, from.node), to, from)
	c.there.opposite, c.back.opposite = &c.back, &c.there
	return c
}

// finished notes that a direction's FIN has arrived.
func (c *conn) finished() {
	c.mu.Lock()
	c.open--
	last := c.open == 0
	c.mu.Unlock()
	if last {
		c.end(Closed)
	}
}

// abort resets both ends at once.
func (c *conn) abort() {
	c.there.stop()
	c.back.stop()
	c.there.src.reset()
	c.back.src.reset()
	c.end(WasReset)
}

// end closes what is left and forgets the connection. Only the first call counts.
func (c *conn) end(what string) {
	c.mu.Lock()
	ended := c.ended
	c.ended = true
	c.mu.Unlock()
	if ended {
		return
	}
	close(c.over)
	c.there.stop()
	c.back.stop()
	c.there.drop()
	c.back.drop()
	c.there.src.tcp.Close()
	c.back.src.tcp.Close()
	n := c.network
	n.mu.Lock()
	delete(n.conns, c)
	n.mu.Unlock()
	n.tell(c.from, c.to, c.port, what)
}
