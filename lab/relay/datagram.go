package relay

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"golang.org/x/net/ipv4"

	"github.com/netlab-dev/netlab/sdk/network"
)

const (
	batchSize    = 64
	largest      = 65536
	usualPayload = 2048
)

// batch is what one reading of a socket needs, shared by all of them: idle sockets hold no buffers.
type batch struct {
	in     []ipv4.Message
	sent   []*datagram // what was read, on its way
	due    []*datagram // of them, what is due at once
	out    []ipv4.Message
	source *udpPort // of out
}

var batches = sync.Pool{New: func() any {
	b := &batch{in: make([]ipv4.Message, batchSize)}
	memory := make([]byte, batchSize*largest)
	for i := range b.in {
		b.in[i].Buffers = [][]byte{memory[i*largest : (i+1)*largest]}
	}
	return b
}}

// datagram is one on its way. It holds its source.
type datagram struct {
	path           *network.Path
	source, target *udpPort
	batch          *batch // whose reader is with the network: the payload is lent
	buffer         []byte
	payload        [1][]byte
	flipped        bool

	copies int          // to arrive; guarded by the schedule's lock
	users  atomic.Int32 // who still reads or writes it: the last one frees it
}

// undecided is a number of copies.
const undecided = -1

var datagrams = [2]sync.Pool{
	{New: func() any { return &datagram{buffer: make([]byte, usualPayload)} }},
	{New: func() any { return &datagram{buffer: make([]byte, largest)} }},
}

func pool(size int) *sync.Pool {
	if size > usualPayload {
		return &datagrams[1]
	}
	return &datagrams[0]
}

// newDatagram takes over the route's hold on its source, and borrows the payload.
func newDatagram(b *batch, r route, target *udpPort, payload []byte) *datagram {
	d := pool(len(payload)).Get().(*datagram)
	d.path, d.source, d.target, d.batch = r.path, r.source, target, b
	d.payload[0], d.flipped, d.copies = payload, false, undecided
	d.users.Store(2) // the reader, and the network
	return d
}

// keep copies what is borrowed, for what arrives later.
func (d *datagram) keep() {
	d.batch = nil
	if d.copies != 0 {
		d.payload[0] = d.buffer[:copy(d.buffer, d.payload[0])]
	}
}

func (d *datagram) release() {
	if d.users.Add(-1) > 0 {
		return
	}
	d.source.release()
	d.path, d.source, d.target, d.payload[0] = nil, nil, nil, nil
	pool(len(d.buffer)).Put(d)
}

// forward sends on their ways what has arrived at a UDP port.
func (f *udpPort) forward(b *batch, in []ipv4.Message) {
	for i := range in {
		from, ok := in[i].Addr.(*net.UDPAddr)
		if !ok {
			continue
		}
		if r, ok := f.route(netip.AddrPortFrom(from.AddrPort().Addr().Unmap(), uint16(from.Port))); ok {
			f.take(b, r, in[i].Buffers[0][:in[i].N])
		}
	}
	f.visit(b)
	b.write()
	for _, d := range b.sent {
		d.release()
	}
	clear(b.sent)
	b.sent = b.sent[:0]
	f.network.schedule.work()
}

func (f *udpPort) take(b *batch, r route, payload []byte) {
	if tell := f.network.config.OnDatagram; tell != nil {
		tell(f.network.Now(), r.source.owner.name, f.owner.name, payload)
	}
	b.sent = append(b.sent, newDatagram(b, r, f, payload))
}

// visit gives what was read to the network.
func (f *udpPort) visit(b *batch) {
	s := f.network.schedule
	s.enter()
	defer s.leave()
	for _, d := range b.sent {
		d.path.Send(int(d.source.key.Port()), int(f.key.Port()), d.payload[0], d)
	}
	s.step(s.network.Now())
	for _, d := range b.sent {
		d.keep()
	}
}

// Decided notes how many copies will arrive.
func (d *datagram) Decided(copies int) {
	d.copies = copies
	if copies == 0 {
		d.release()
	} else {
		d.users.Add(int32(copies - 1))
	}
}

// Arrive adds a copy to what is to be written.
func (d *datagram) Arrive(flip int) {
	d.copies--
	if flip >= 0 && !d.flipped { // the same bit of both copies
		d.payload[0][flip/8] ^= 1 << (flip % 8)
		d.flipped = true
	}
	if d.batch != nil {
		d.batch.due = append(d.batch.due, d)
		return
	}
	f := d.source
	f.due = append(f.due, d)
	if !f.writing {
		f.writing = true
		f.network.schedule.tasks.Push(f)
	}
}

// address is where the datagram is to be delivered; nil for nowhere.
func (d *datagram) address() *net.UDPAddr {
	if to := d.target.deliver.Load(); to != nil {
		return to
	}
	return d.target.successor()
}

// write writes what is due at once.
func (b *batch) write() {
	for _, d := range b.due {
		if b.source != d.source {
			b.flush()
			b.source = d.source
		}
		if to := d.target.deliver.Load(); to != nil {
			b.out = append(b.out, ipv4.Message{Buffers: d.payload[:], Addr: to})
		} else {
			d.source.network.undelivered(d)
		}
	}
	b.flush()
	for _, d := range b.due {
		d.release()
	}
	clear(b.due)
	b.due = b.due[:0]
}

func (b *batch) flush() {
	if len(b.out) > 0 {
		writeAll(b.source.batch, b.out)
		clear(b.out)
		b.out = b.out[:0]
	}
	b.source = nil
}

// run writes what has arrived.
func (f *udpPort) run() {
	for f.gather() {
		for _, d := range f.sent {
			if to := d.address(); to != nil {
				f.out = append(f.out, ipv4.Message{Buffers: d.payload[:], Addr: to})
			} else {
				f.network.undelivered(d)
			}
		}
		writeAll(f.batch, f.out)
		clear(f.out)
		f.out = f.out[:0]
		for _, d := range f.sent {
			d.release()
		}
	}
}

// gather takes what is to be written; false means that there is nothing, and nobody writes any more.
func (f *udpPort) gather() bool {
	s := f.network.schedule
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(f.sent)
	f.sent, f.due = f.due, f.sent[:0]
	f.writing = len(f.sent) > 0
	return f.writing
}

// writeAll writes datagrams in order, few at once, as each call looks at all that it is given. One that the kernel does
// not take is lost, as on any network.
func writeAll(to *ipv4.PacketConn, messages []ipv4.Message) {
	for len(messages) > 0 {
		count, err := to.WriteBatch(messages[:min(len(messages), batchSize)], 0)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			count = 1
		}
		messages = messages[max(count, 1):]
	}
}
