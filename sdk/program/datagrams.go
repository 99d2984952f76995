package program

import (
	"errors"
	"net"

	"github.com/netlab-dev/netlab/sdk"
)

// maxArrived is how many datagrams wait for the program; more are lost.
const maxArrived = 256

// datagrams is a UDP socket. A task takes what arrives from the environment.
type datagrams struct {
	socket  net.PacketConn
	arrived []datagram
	peer    sdk.Addr // of a connected one, else ""
}

type datagram struct {
	data []byte
	from net.Addr
}

func (*datagrams) filetype() byte   { return typeDatagram }
func (d *datagrams) readable() bool { return len(d.arrived) > 0 }
func (*datagrams) writable() bool   { return true }
func (d *datagrams) close(*process) { _ = d.socket.Close() }

func (d *datagrams) read(_ *process, size int) ([]byte, errno) {
	next, no := d.next()
	return next.data[:min(size, len(next.data))], no
}

func (d *datagrams) write(p *process, data []byte) (int, errno) {
	if d.peer == "" {
		return 0, eNotConn
	}
	return d.send(p, data, d.peer)
}

// next takes the oldest.
func (d *datagrams) next() (datagram, errno) {
	if len(d.arrived) == 0 {
		return datagram{}, eAgain
	}
	next := d.arrived[0]
	d.arrived = d.arrived[1:]
	return next, success
}

// send sends a datagram. Only its size is an error: what becomes of it on the way, UDP does not tell.
func (d *datagrams) send(p *process, data []byte, to sdk.Addr) (int, errno) {
	_, err := d.socket.WriteTo(data, to)
	switch {
	case errors.Is(err, sdk.ErrStopped):
		p.stop()
	case errors.Is(err, sdk.ErrTooLarge):
		return 0, eMsgSize
	}
	return len(data), success
}

// receive queues what comes in.
func (d *datagrams) receive(p *process) {
	buf := make([]byte, sdk.MaxDatagram)
	for {
		n, from, err := d.socket.ReadFrom(buf)
		if err != nil {
			return
		}
		d.enqueue(p, buf[:n], from)
	}
}

func (d *datagrams) enqueue(p *process, data []byte, from net.Addr) {
	p.cond.Lock()
	defer p.cond.Unlock()
	if len(d.arrived) < maxArrived && (d.peer == "" || string(d.peer) == from.String()) {
		d.arrived = append(d.arrived, datagram{append([]byte(nil), data...), from})
		p.cond.Broadcast()
	}
}
