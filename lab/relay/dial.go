package relay

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// serve carries out one dial, and then carries the connection until its first direction has ended.
func (n *Network) serve(client *net.TCPConn) {
	want, err := n.negotiate(client)
	if err != nil {
		n.dialled(client)
		n.config.Log.Warn("dial refused", "error", err)
		client.Close()
		return
	}
	c, code := n.dial(&want, client)
	n.dialled(client)
	if code != replyConnected {
		if code != replyAbandoned {
			_ = send(want.answer, code, netip.AddrPort{})
		}
		client.Close()
		return
	}
	if send(want.answer, replyConnected, addrPort(c.b.tcp.LocalAddr())) != nil {
		c.a.die()
	}
	n.spawn(func() { c.back.start(nil) })
	c.there.start(want.early)
}

func addrPort(a net.Addr) netip.AddrPort { return a.(*net.TCPAddr).AddrPort() }

// replyAbandoned stands for no reply: the dialler has not waited for it.
const replyAbandoned = 0xff

// dial lets the handshake travel, and then connects to the real port: a connection whose handshake is under way is not to
// be seen by whoever accepts.
func (n *Network) dial(want *request, client *net.TCPConn) (*conn, byte) {
	c, err := newConn(n, want, client)
	if err != nil {
		return nil, replyAbandoned
	}
	code := n.shakeHands(c, client)
	var server *net.TCPConn
	if code == replyConnected {
		server, code = n.reach(c)
	}
	if code == replyConnected && !c.open(server) {
		server.Close()
		code = replyRefused
	}
	if code != replyConnected {
		n.giveUp(c, code)
	}
	return c, code
}

// shakeHands returns when the dial is answered, or the dialler does not wait any longer.
func (n *Network) shakeHands(c *conn, client *net.TCPConn) byte {
	p := patience{network: n, client: client}
	defer p.end()
	if !p.released(c.a.node) || !n.knock(c) {
		return replyAbandoned
	}
	select {
	case <-c.answered: // as over ideal links
		return c.reply
	default:
	}
	select {
	case <-c.answered:
		return c.reply
	case <-p.over():
	case <-n.running.Done():
	}
	return replyAbandoned
}

// knock begins the handshake; false means that the network is closed.
func (n *Network) knock(c *conn) bool {
	n.schedule.enter()
	defer n.schedule.carryOut()
	if n.running.Err() != nil {
		return false
	}
	n.dials++
	c.age = n.dials
	n.conns[c] = struct{}{}
	c.a.wire = c.a.node.host.Dial(c.b.node.host, c.port, &c.a)
	return true
}

// giveUp ends a dial without a connection.
func (n *Network) giveUp(c *conn, code byte) {
	n.schedule.enter()
	defer n.schedule.carryOut()
	c.a.abort()
	delete(n.conns, c)
	if code != replyAbandoned {
		n.tell(c, Refused)
	}
}

// reach connects to the real port.
func (n *Network) reach(c *conn) (*net.TCPConn, byte) {
	from, to := c.a.node, c.b.node
	real, open := to.listener(c.port)
	if !open {
		return nil, replyRefused
	}
	server, err := n.connect(from, real)
	switch {
	case err == nil:
		return server, replyConnected
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		return nil, replyRefused
	case n.running.Err() != nil:
		return nil, replyAbandoned
	case errors.Is(err, syscall.ETIMEDOUT): // a node that does not accept any more, its backlog full
		return nil, replyExpired
	}
	n.trouble(fmt.Sprintf("cannot connect %s to port %d of %s", from.name, c.port, to.name), err)
	return nil, replyFailed
}

// connect opens the connection to the real port, from the dialling node's own address: so the other node's kernel tells
// it who has dialled.
func (n *Network) connect(from *node, real netip.AddrPort) (*net.TCPConn, error) {
	d := net.Dialer{
		LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from.address, 0)),
		KeepAlive: -1,
		Control:   bindLate,
	}
	d.SetMultipathTCP(false)
	server, err := d.DialContext(n.running, "tcp4", real.String())
	if err != nil {
		return nil, err
	}
	return server.(*net.TCPConn), nil
}
