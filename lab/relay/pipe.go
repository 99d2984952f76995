package relay

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// pipe is one direction of a connection. Its reader takes bytes from src's socket and tells the network how many; the pipe
// keeps them until that many have arrived, and writes them to dst's socket. There is one writer at a time: whoever carries
// out the schedule's tasks, or a goroutine of its own while dst does not take more.
//
// While the ways between the nodes are ideal and nothing of this direction is in the network, the reader writes to dst by
// itself: the pipe bypasses the network.
type pipe struct {
	conn     *conn
	src, dst *end
	bypass   atomic.Bool // written with the schedule's lock
	reader   reader
	room     chan struct{} // tells the reader that there may be room

	// Guarded by the schedule's lock.
	queue   []piece // what the network carries, in order; from head on
	head    int
	queued  int           // bytes in it
	written uint64        // bytes that the network has delivered and dst's kernel has taken
	read    uint64        // of them, that dst's node has read, as far as the network was told
	asking  time.Duration // how much dst's node has read will be asked this long after it was last; 0 for not at all
	ended   bool          // FIN is in the network
	passed  bool          // FIN was passed on
	writing bool          // somebody writes, or will go on writing
	stuck   bool          // when dst takes more

	// The writer's.
	vector  [][]byte
	count   int
	failure error
	patient bool // wait until dst takes more
	write   func(fd uintptr) bool
}

// piece is a part of a stream on its way.
type piece struct {
	bytes []byte
	chunk *chunk // that they lie in; nil for small ones
}

func (p *pipe) init(c *conn, src, dst *end) {
	p.conn, p.src, p.dst = c, src, dst
	p.room = make(chan struct{}, 1)
	p.write = p.writeVector
	p.reader.read = p.readChunk
}

// drop forgets what has not been written: dst takes nothing any more.
func (p *pipe) drop() {
	p.bypass.Store(false)
	p.queue, p.head, p.queued = nil, 0, 0
}

// quiet reports whether nothing of this direction is in the network: all has been delivered and acknowledged.
func (p *pipe) quiet() bool {
	if p.src.wire.Room() > 0 { // which takes the acknowledgements that have come, and will not be told again
		p.admit()
	}
	return p.queued == 0 && !p.writing && p.ended == p.passed && p.src.wire.Connection().Waiting == 0
}

// renew begins to count anew, with new ends in the network.
func (p *pipe) renew() {
	p.written, p.read = 0, 0
	p.admit()
}

// mayBypass reports whether the reader may write to dst by itself.
func (p *pipe) mayBypass() bool {
	return p.src.wire.Open() && p.dst.wire.Open() && p.conn.plain() && p.quiet()
}

// put takes a piece into the network.
func (p *pipe) put(next piece) {
	if p.head > len(p.queue)/2 || p.head == len(p.queue) {
		p.queue, p.head = append(p.queue[:0], p.queue[p.head:]...), 0
	}
	p.queue = append(p.queue, next)
	p.carry(len(next.bytes))
}

// putSmall takes a few bytes into the network, in one piece with those before them while that is small, too.
func (p *pipe) putSmall(b []byte) {
	if p.head < len(p.queue) {
		if last := &p.queue[len(p.queue)-1]; last.chunk == nil && len(last.bytes)+len(b) <= smallPiece {
			last.bytes = append(last.bytes, b...) // what the writer has of it stays as it is
			p.carry(len(b))
			return
		}
	}
	p.put(piece{bytes: b})
}

// peek copies bytes of the stream from an offset on, as many as fit and are still in the queue.
func (p *pipe) peek(b []byte, offset uint64) (count int) {
	begin := p.written
	for _, next := range p.queue[p.head:] {
		if count == len(b) || begin > offset {
			break
		}
		end := begin + uint64(len(next.bytes))
		if offset < end {
			n := copy(b[count:], next.bytes[offset-begin:])
			count += n
			offset += uint64(n)
		}
		begin = end
	}
	return count
}

// carry makes the network send what was put into the queue.
func (p *pipe) carry(count int) {
	p.queued += count
	p.src.wire.Write(count)
}

// wake makes what has arrived be written, if nobody is at it.
func (p *pipe) wake() {
	if !p.writing && !p.dst.dead {
		p.writing = true
		p.conn.network.schedule.tasks.Push(p)
	}
}

// run writes what has arrived, as far as dst takes it without waiting.
func (p *pipe) run() {
	p.patient = false
	p.flush()
}

// flush writes until nothing is left that has arrived; writing is set.
func (p *pipe) flush() {
	for p.gather() {
		if len(p.vector) == 0 {
			p.finish()
			continue
		}
		p.count, p.failure = 0, nil
		err := p.dst.raw.Write(p.write)
		if p.failure != nil {
			err = p.failure
		}
		if err != nil {
			p.dst.fail()
			return
		}
		if !p.advance() && !p.patient {
			p.patient = true
			p.conn.network.spawn(p.wait)
			return
		}
	}
}

// wait is flush in a goroutine of its own.
func (p *pipe) wait() {
	p.flush()
	p.conn.network.schedule.work()
}

const maxVector = 64

// gather collects what has arrived; only the end of the stream is an empty vector. false means that there is nothing: then
// nobody is writing any more.
func (p *pipe) gather() bool {
	s := p.conn.network.schedule
	s.mu.Lock()
	defer s.mu.Unlock()
	p.vector = p.vector[:0]
	p.stuck = p.patient
	if p.dst.tcp == nil || p.dst.dead {
		p.writing = false
		return false
	}
	left := int(p.dst.wire.InOrder() - p.written)
	for _, next := range p.queue[p.head:] {
		if left == 0 || len(p.vector) == maxVector {
			break
		}
		n := min(left, len(next.bytes))
		p.vector = append(p.vector, next.bytes[:n])
		left -= n
	}
	if len(p.vector) > 0 || p.dst.wire.Finished() && !p.passed {
		return true
	}
	p.writing = false
	if p.dst.gone {
		p.dst.shut()
	}
	return false
}

// writeVector is called by the runtime with our descriptor; false makes it wait until dst takes more.
func (p *pipe) writeVector(fd uintptr) bool {
	for {
		n, err := unix.Writev(int(fd), p.vector)
		switch err {
		case nil:
			p.count = n
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return !p.patient
		default:
			p.failure = err
		}
		return true
	}
}

// advance takes what was written off the queue, and reports whether that was the whole vector.
func (p *pipe) advance() bool {
	whole := 0
	for _, b := range p.vector {
		whole += len(b)
	}
	s := p.conn.network.schedule
	s.enter()
	defer s.leave()
	if p.dst.dead {
		return true
	}
	p.written += uint64(p.count)
	p.queued -= p.count
	for left := p.count; left > 0; {
		next := &p.queue[p.head]
		if left < len(next.bytes) {
			next.bytes = next.bytes[left:]
			break
		}
		left -= len(next.bytes)
		if next.chunk != nil {
			next.chunk.release()
		}
		*next = piece{}
		p.head++
	}
	p.account()
	if p.stuck = p.count < whole; p.stuck && p.dst.gone {
		p.dst.shut()
	}
	return !p.stuck
}

// finish passes the end of the stream on.
func (p *pipe) finish() {
	if p.dst.tcp.CloseWrite() != nil {
		p.dst.fail()
		return
	}
	s := p.conn.network.schedule
	s.enter()
	defer s.leave()
	p.passed = true
	p.conn.passed()
}
