package relay

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/net/ipv4"
)

const (
	batchSize    = 64
	largest      = 65536
	usualPayload = 2048
)

// batch is what one reading of a socket needs, shared by all of them: idle sockets hold no buffers.
type batch struct {
	in     []ipv4.Message
	out    []ipv4.Message // due at once, all through the same source
	source *face
	later  []entry
}

var batches = sync.Pool{New: func() any {
	b := &batch{in: make([]ipv4.Message, batchSize)}
	memory := make([]byte, batchSize*largest)
	for i := range b.in {
		b.in[i].Buffers = [][]byte{memory[i*largest : (i+1)*largest]}
	}
	return b
}}

// datagram is one that waits until it is due.
type datagram struct {
	source, target *face
	buffer         []byte
	payload        [1][]byte
}

var datagrams = [2]sync.Pool{
	{New: func() any { return &datagram{buffer: make([]byte, usualPayload)} }},
	{New: func() any { return &datagram{buffer: make([]byte, largest)} }},
}

func newDatagram(source, target *face, payload []byte) *datagram {
	class := 0
	if len(payload) > usualPayload {
		class = 1
	}
	d := datagrams[class].Get().(*datagram)
	d.source, d.target = source, target
	d.payload[0] = d.buffer[:copy(d.buffer, payload)]
	return d
}

func (d *datagram) free() {
	d.source.release()
	d.source, d.target = nil, nil
	class := 0
	if len(d.buffer) > usualPayload {
		class = 1
	}
	datagrams[class].Put(d)
}

// forward decides the fate of what has arrived at a face.
func (f *face) forward(b *batch, in []ipv4.Message) {
	for i := range in {
		from, ok := in[i].Addr.(*net.UDPAddr)
		if !ok {
			continue
		}
		if r, ok := f.route(netip.AddrPortFrom(from.AddrPort().Addr().Unmap(), uint16(from.Port))); ok {
			f.meet(b, r, in[i].Buffers[0][:in[i].N])
		}
	}
	b.flush()
	if len(b.later) > 0 {
		f.network.schedule.addAll(b.later)
		clear(b.later)
		b.later = b.later[:0]
	}
}

// meet lets one datagram meet its fate. The route holds its source once.
func (f *face) meet(b *batch, r route, payload []byte) {
	if tell := f.network.config.OnDatagram; tell != nil {
		tell(f.network.Now(), r.source.owner.name, f.owner.name, payload)
	}
	now, fate := r.direction.packet(len(payload))
	if tell := f.network.config.OnLoss; tell != nil && fate.Copies == 0 {
		tell(f.network.Now(), r.source.owner.name, f.owner.name, len(payload))
	}
	if fate.FlipBit >= 0 {
		payload[fate.FlipBit/8] ^= 1 << (fate.FlipBit % 8)
	}
	for _, at := range fate.At[:fate.Copies] {
		if !r.source.hold() {
			break
		}
		if at > now {
			b.later = append(b.later, entry{due: at, task: newDatagram(r.source, f, payload)})
		} else {
			b.add(r.source, f, payload)
		}
	}
	r.source.release()
}

// add takes a datagram that is due at once, with its hold on the source.
func (b *batch) add(source, target *face, payload []byte) {
	to := target.deliver.Load()
	if to == nil {
		source.release()
		return
	}
	if b.source != source {
		b.flush()
		b.source = source
	}
	b.out = append(b.out, ipv4.Message{Buffers: [][]byte{payload}, Addr: to})
}

// flush writes what is due at once.
func (b *batch) flush() {
	if len(b.out) > 0 {
		writeAll(b.source.batch, b.out)
		for range b.out {
			b.source.release()
		}
		clear(b.out)
		b.out = b.out[:0]
	}
	b.source = nil
}

// run adds the datagram to what its source's socket writes at the end of this wake-up.
func (d *datagram) run(time.Duration) {
	to := d.target.deliver.Load()
	if to == nil {
		to = d.target.successor()
	}
	if to == nil {
		d.free()
		return
	}
	s := d.source
	if len(s.out) == 0 {
		s.network.schedule.dirty = append(s.network.schedule.dirty, s)
	}
	s.out = append(s.out, ipv4.Message{Buffers: d.payload[:], Addr: to})
	s.sent = append(s.sent, d)
}

// flush writes what has fallen due. It runs on the schedule's goroutine.
func (f *face) flush() {
	writeAll(f.batch, f.out)
	clear(f.out)
	f.out = f.out[:0]
	for i, d := range f.sent {
		f.sent[i] = nil
		d.free()
	}
	f.sent = f.sent[:0]
}

// writeAll writes datagrams in order. One that the kernel does not take is lost, as on any network.
func writeAll(to *ipv4.PacketConn, messages []ipv4.Message) {
	for len(messages) > 0 {
		count, err := to.WriteBatch(messages, 0)
		if err != nil {
			count = 1
		}
		messages = messages[max(count, 1):]
	}
}
