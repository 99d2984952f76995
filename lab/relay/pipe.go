package relay

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/sdk/link"
)

// pipe is one direction of a connection. Its reader takes bytes from src and stamps them; the pipe keeps them until
// they are due and writes them to dst. There is one writer at a time: the reader itself for what is due at once, else
// the schedule's goroutine, or one of its own while dst does not take more.
type pipe struct {
	conn      *conn
	direction *direction
	opposite  *pipe
	src, dst  end
	flow      link.Flow     // guarded by direction.mu
	over      chan struct{} // closed by stop

	reader reader

	mu      sync.Mutex
	room    sync.Cond // for the reader: the window has opened, or nothing more is to come
	queue   []piece   // in order; from head on
	head    int
	bytes   int64 // in the queue
	stopped bool
	broken  bool // nothing can be written any more
	writing bool // somebody writes, or will go on writing

	// The writer's.
	vector  [][]byte
	written int
	failure error
	patient bool // wait until dst takes more
	write   func(fd uintptr) bool
}

// piece is a part of a stream on its way. A piece without bytes is the stream's end.
type piece struct {
	due   time.Duration
	bytes []byte
	chunk *chunk
}

func (p *pipe) init(c *conn, d *direction, src, dst end) {
	p.conn, p.direction, p.src, p.dst = c, d, src, dst
	p.over = make(chan struct{})
	p.room.L = &p.mu
	p.write = p.writeVector
	p.reader.read = p.readChunk
}

// stop ends the reader and says whether this is the first stop.
func (p *pipe) stop() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return false
	}
	p.stopped = true
	close(p.over)
	p.room.Broadcast()
	return true
}

// drop forgets what has not been written: dst takes nothing any more.
func (p *pipe) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = true
	p.queue, p.head, p.bytes = nil, 0, 0
	p.room.Broadcast()
}

// reset says that src is dead: it closes our socket there, and lets the reset travel to dst. A cut holds it back for as
// long as it lasts.
func (p *pipe) reset() {
	if !p.stop() {
		return
	}
	p.src.reset()
	p.conn.network.spawn(func() {
		_, due, err := p.direction.stream(&p.flow, 0, never, p.conn.over)
		if err == nil {
			p.conn.network.schedule.add(due, resetArrival{p})
		}
	})
}

type resetArrival struct{ pipe *pipe }

func (r resetArrival) run(time.Duration) {
	r.pipe.dst.reset()
	r.pipe.conn.end(WasReset)
}

// put takes a piece that is due later, and waits while more is under way than the window allows. false means that
// nothing more is wanted.
func (p *pipe) put(due time.Duration, b []byte, c *chunk) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken {
		return false
	}
	if p.head > len(p.queue)/2 || p.head == len(p.queue) {
		p.queue, p.head = append(p.queue[:0], p.queue[p.head:]...), 0
	}
	p.queue = append(p.queue, piece{due, b, c})
	p.bytes += int64(len(b))
	if len(p.queue)-p.head == 1 && !p.writing {
		p.conn.network.schedule.add(due, p)
	}
	for p.bytes > p.direction.window.Load() && !p.broken && !p.stopped {
		p.room.Wait()
	}
	return !p.broken && !p.stopped
}

// idle reports whether the reader may write by itself: nothing is waiting, so nothing is overtaken.
func (p *pipe) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.head == len(p.queue) && !p.writing
}

// run writes what is due, as far as dst takes it without waiting.
func (p *pipe) run(time.Duration) {
	p.mu.Lock()
	if p.writing || p.broken {
		p.mu.Unlock()
		return
	}
	p.writing, p.patient = true, false
	p.mu.Unlock()
	p.flush()
}

// flush writes until nothing is due; the caller has set writing.
func (p *pipe) flush() {
	for p.gather() {
		if len(p.vector) == 0 {
			p.finish()
			continue
		}
		p.written, p.failure = 0, nil
		err := p.dst.raw.Write(p.write)
		if p.failure != nil {
			err = p.failure
		}
		if err != nil {
			p.fail()
			return
		}
		if !p.advance() && !p.patient {
			p.patient = true
			p.conn.network.spawn(p.flush)
			return
		}
	}
}

const maxVector = 64

// gather collects what is due; only the end of the stream is an empty vector. false means that nothing is due: then
// nobody is writing any more, and the schedule will call for what comes next.
func (p *pipe) gather() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.vector = p.vector[:0]
	now := p.conn.network.clock()
	for _, next := range p.queue[p.head:] {
		if next.due > now || len(p.vector) == maxVector {
			break
		}
		if len(next.bytes) == 0 {
			if len(p.vector) == 0 {
				p.head++
				return true
			}
			break
		}
		p.vector = append(p.vector, next.bytes)
	}
	if len(p.vector) > 0 {
		return true
	}
	p.writing = false
	if p.head < len(p.queue) {
		p.conn.network.schedule.add(p.queue[p.head].due, p)
	}
	return false
}

// writeVector is called by the runtime with our descriptor; false makes it wait until dst takes more.
func (p *pipe) writeVector(fd uintptr) bool {
	for {
		n, err := unix.Writev(int(fd), p.vector)
		switch err {
		case nil:
			p.written = n
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
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken {
		return true
	}
	left := p.written
	p.bytes -= int64(left)
	whole := true
	for range p.vector {
		next := &p.queue[p.head]
		if left < len(next.bytes) {
			next.bytes = next.bytes[left:]
			whole = false
			break
		}
		left -= len(next.bytes)
		next.chunk.release()
		*next = piece{}
		p.head++
	}
	p.room.Signal()
	return whole
}

// finish passes the end of the stream on.
func (p *pipe) finish() {
	if p.dst.tcp.CloseWrite() != nil {
		p.fail()
		return
	}
	p.conn.finished()
}

// fail says that dst is dead: writing to it has failed.
func (p *pipe) fail() {
	p.drop()
	p.opposite.reset()
}
