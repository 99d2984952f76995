package relay

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/sdk/link"
)

// serve carries out one dial, and then carries the connection until its first direction has ended.
func (n *Network) serve(client *net.TCPConn) {
	defer n.dialled(client)
	want, err := n.negotiate(client)
	if err != nil {
		n.config.Log.Warn("dial refused", "error", err)
		client.Close()
		return
	}
	fromDowns := want.from.downs.Load()
	server, flows, code := n.dial(&want, client)
	if code != replyConnected {
		if code != replyAbandoned {
			n.tell(want.from, want.to, want.port, Refused)
			_ = send(want.answer, code, netip.AddrPort{})
		}
		client.Close()
		return
	}
	c, err := n.join(want, client, server, flows)
	if err != nil {
		client.Close()
		server.Close()
		return
	}
	if send(want.answer, replyConnected, server.LocalAddr().(*net.TCPAddr).AddrPort()) != nil {
		c.there.reset()
	}
	// A refusal or a crash since then was not told to this connection.
	if c.back.direction.refuses() {
		c.abort()
	}
	if want.from.downs.Load() != fromDowns {
		c.there.reset()
	}
	if want.to.downs.Load() != want.toDowns {
		c.back.reset()
	}
	n.spawn(func() { c.back.start(nil) })
	c.there.start(want.early)
}

// join makes a connection of two sockets. From then on anybody may reset it, so it is complete before, and told of.
func (n *Network) join(want request, client, server *net.TCPConn, flows [2]link.Flow) (*conn, error) {
	from, err := newEnd(want.from, client)
	if err != nil {
		return nil, err
	}
	to, err := newEnd(want.to, server)
	if err != nil {
		return nil, err
	}
	c := newConn(n, from, to, want.port)
	c.there.flow, c.back.flow = flows[0], flows[1]
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, errClosed
	}
	delete(n.dialing, client)
	n.tell(want.from, want.to, want.port, Opened)
	n.conns[c] = struct{}{}
	return c, nil
}

// replyAbandoned stands for no reply: the dialler has not waited for it.
const replyAbandoned = 0xff

// dial plays the handshake on the two links, SYN and SYN-ACK or RST, and then connects.
func (n *Network) dial(want *request, client *net.TCPConn) (server *net.TCPConn, flows [2]link.Flow, code byte) {
	there, back := n.direction(want.from, want.to), n.direction(want.to, want.from)
	p := patience{network: n, client: client}
	defer p.end()
	if !p.released(want.from) {
		return nil, flows, replyAbandoned
	}
	if !there.handshake(&flows[0], p.over) {
		return nil, flows, replyAbandoned
	}
	_, open := want.to.listener(want.port)
	open = open && !back.refuses()
	if !back.handshake(&flows[1], p.over) {
		return nil, flows, replyAbandoned
	}
	want.toDowns = want.to.downs.Load()
	real, still := want.to.listener(want.port)
	if !open || !still || back.refuses() {
		return nil, flows, replyRefused
	}
	server, err := n.connect(want.from, real)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		return nil, flows, replyRefused
	case n.running.Err() != nil:
		return nil, flows, replyAbandoned
	case errors.Is(err, syscall.ETIMEDOUT): // a node that does not accept any more, its backlog full
		return nil, flows, replyExpired
	case err != nil:
		n.trouble(fmt.Sprintf("cannot connect %s to port %d of %s", want.from.name, want.port, want.to.name), err)
		return nil, flows, replyFailed
	}
	return server, flows, replyConnected
}

// refuses reports whether dials that this direction answers are refused.
func (d *direction) refuses() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.link.Has(link.Refuse)
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

// patience watches whether a dialler still waits, from when that takes time.
type patience struct {
	network  *Network
	client   *net.TCPConn
	gone     chan struct{} // closed when it does not; nil while nobody watches
	finished chan struct{}
	watching sync.WaitGroup
}

func (p *patience) over() <-chan struct{} {
	if p.gone == nil {
		p.gone, p.finished = make(chan struct{}), make(chan struct{})
		p.watching.Go(bug.Guarded(p.watch))
	}
	return p.gone
}

// released waits until the node may dial; false when the dialler, or the network, is gone before.
func (p *patience) released(from *node) bool {
	hold := from.hold()
	if hold == nil {
		return true
	}
	select {
	case <-hold:
		return true
	case <-p.over():
	case <-p.network.running.Done():
	}
	return false
}

func (p *patience) watch() {
	raw, err := p.client.SyscallConn()
	if err != nil {
		close(p.gone)
		return
	}
	early, gone := false, false
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		count, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		if err == unix.EAGAIN || err == unix.EINTR {
			return false
		}
		early = err == nil && count > 0
		gone = !early
		return true
	})
	if early { // what comes before our answer hides whether more will
		select {
		case <-p.network.running.Done():
			gone = true
		case <-p.finished:
		}
	}
	select {
	case <-p.finished:
	default:
		if gone || err != nil {
			close(p.gone)
		}
	}
}

// end stops watching.
func (p *patience) end() {
	if p.gone == nil {
		return
	}
	close(p.finished)
	_ = p.client.SetReadDeadline(time.Unix(1, 0))
	p.watching.Wait()
	_ = p.client.SetReadDeadline(time.Time{})
}
