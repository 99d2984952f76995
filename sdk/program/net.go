package program

import (
	"strings"

	"github.com/netlab-dev/netlab/sdk"
)

// sockets are the functions of the module lab: what WASI preview 1 lacks. Addresses are IPv4, as a number whose highest
// byte is the first; 0 and the loopback network are the node itself. lab/docs/programs.md is their manual.
var sockets = []function{
	{name: "listen", signature: "ii", call: listenTCP},
	{name: "dial", signature: "iii", call: dialTCP},
	{name: "packet", signature: "iiii", call: openUDP},
	{name: "error", signature: "i", call: dialError},
	{name: "name", signature: "iii", call: endpoint},
	{name: "recv_from", signature: "iiii", call: receiveFrom},
	{name: "send_to", signature: "iiiii", call: sendTo},
	{name: "reset", signature: "i", call: resetOnClose},
	{name: "resolve", signature: "iii", call: resolve},
	{name: "name_of", signature: "iiii", call: nameOf},
}

// listenTCP is listen(port, *fd).
func listenTCP(p *process, a arguments) errno {
	port := int(a.u32(0))
	if port > 65535 {
		return eInval
	}
	open, err := p.env.Listen(port)
	if err != nil {
		return p.number(err)
	}
	l := &listener{listener: open}
	fd, no := p.open(l)
	if no != success {
		return no
	}
	p.memory.put32(a.u32(1), uint32(fd))
	p.env.Go(func() { l.serve(p) })
	if port == p.port && p.output.awaits == "" {
		p.usable()
	}
	return success
}

// dialTCP is dial(ip, port, *fd). It returns at once: the descriptor is writable when the dial has ended, and error tells how.
func dialTCP(p *process, a arguments) errno {
	name := p.names.of(a.u32(0))
	switch {
	case name == "":
		return eHostUnreach
	case a.u32(1) == 0:
		return eConnRefused
	case a.u32(1) > 65535:
		return eInval
	}
	s := &stream{}
	fd, no := p.open(s)
	if no != success {
		return no
	}
	p.memory.put32(a.u32(2), uint32(fd))
	s.dial(p, sdk.MakeAddr(name, int(a.u32(1))))
	return success
}

// openUDP is packet(port, peer ip, peer port, *fd). A peer port of 0 is no peer.
func openUDP(p *process, a arguments) errno {
	if a.u32(0) > 65535 || a.u32(2) > 65535 {
		return eInval
	}
	d := &datagrams{}
	if a.u32(2) > 0 {
		name := p.names.of(a.u32(1))
		if name == "" {
			return eHostUnreach
		}
		d.peer = sdk.MakeAddr(name, int(a.u32(2)))
	}
	var err error
	if d.socket, err = p.env.ListenPacket(int(a.u32(0))); err != nil {
		return p.number(err)
	}
	fd, no := p.open(d)
	if no != success {
		return no
	}
	p.memory.put32(a.u32(3), uint32(fd))
	p.env.Go(func() { d.receive(p) })
	return success
}

// dialError is error(fd).
func dialError(p *process, a arguments) errno {
	s, no := as[*stream](p, a.fd(0))
	switch {
	case no != success:
		return no
	case s.dialing:
		return eInProgress
	}
	return number(s.dialErr)
}

// endpoint is name(fd, peer, *{0, ip, port}): the own address, or the peer's.
func endpoint(p *process, a arguments) errno {
	o := p.table[a.fd(0)]
	if o == nil {
		return eBadf
	}
	addr, own := sdk.Addr(""), a.u32(1) == 0
	switch d := o.descriptor.(type) {
	case *listener:
		if own {
			addr = sdk.Addr(d.listener.Addr().String())
		}
	case *datagrams:
		if addr = d.peer; own {
			addr = sdk.Addr(d.socket.LocalAddr().String())
		}
	case *stream:
		if d.conn != nil {
			addr = sdk.Addr(d.conn.RemoteAddr().String())
			if own {
				addr = sdk.Addr(d.conn.LocalAddr().String())
			}
		}
	default:
		return eNotSock
	}
	if addr == "" {
		return eNotConn
	}
	p.putAddress(a.u32(2), 0, addr)
	return success
}

// putAddress writes {n, ip, port}.
func (p *process) putAddress(at uint32, n int, addr sdk.Addr) {
	ip, port := p.names.endpoint(addr)
	p.memory.put32(at, uint32(n))
	p.memory.put32(at+4, ip)
	p.memory.put32(at+8, port)
}

// receiveFrom is recv_from(fd, *buffer, size, *{n, ip, port}).
func receiveFrom(p *process, a arguments) errno {
	room := p.memory.bytes(a.u32(1), a.u32(2))
	var arrived datagram
	_, no := p.blocking(a.fd(0), func(o *opened) (int, errno) {
		d, ok := o.descriptor.(*datagrams)
		if !ok {
			return 0, eNotSock
		}
		var no errno
		arrived, no = d.next()
		return 0, no
	})
	if no == success {
		p.putAddress(a.u32(3), copy(room, arrived.data), sdk.Addr(arrived.from.String()))
	}
	return no
}

// sendTo is send_to(fd, *data, size, ip, port).
func sendTo(p *process, a arguments) errno {
	d, no := as[*datagrams](p, a.fd(0))
	name := p.names.of(a.u32(3))
	switch {
	case no != success:
		return no
	case name == "":
		return eHostUnreach
	case a.u32(4) < 1 || a.u32(4) > 65535:
		return eInval
	}
	data := p.memory.bytes(a.u32(1), a.u32(2))
	if p.memory.fault {
		return eFault
	}
	_, no = d.send(p, data, sdk.MakeAddr(name, int(a.u32(4))))
	return no
}

// resetOnClose is reset(fd): to close it resets the connection, as after a linger of 0.
func resetOnClose(p *process, a arguments) errno {
	s, no := as[*stream](p, a.fd(0))
	if no == success {
		s.resets = true
	}
	return no
}

// resolve is resolve(*name, size, *ip).
func resolve(p *process, a arguments) errno {
	name := strings.TrimSuffix(p.memory.text(a.u32(0), min(a.u32(1), maxName)), ".") // a whole name in DNS
	ip, ok := p.names.address(name)
	if !ok {
		ip, ok = p.names.address(strings.ToLower(name))
	}
	if !ok {
		return eNoEnt
	}
	p.memory.put32(a.u32(2), ip)
	return success
}

// maxName is how long a name may be that a program asks for, in bytes: that of DNS.
const maxName = 255

// nameOf is name_of(ip, *buffer, size, *n).
func nameOf(p *process, a arguments) errno {
	name := p.names.of(a.u32(0))
	if name == "" || len(name) > int(a.u32(2)) {
		return eNoEnt
	}
	p.memory.put(a.u32(1), []byte(name))
	p.memory.put32(a.u32(3), uint32(len(name)))
	return success
}
