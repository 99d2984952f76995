package relay

import (
	"errors"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// reader is what a pipe's reading goroutine keeps.
type reader struct {
	chunk *chunk // nil while it waits for bytes, so that an idle connection holds no memory
	count int
	err   error
	read  func(fd uintptr) bool
}

// start forwards what the dialler has sent along with its request, and then all that comes.
func (p *pipe) start(early []byte) {
	defer p.letGo()
	if len(early) > 0 {
		c := newChunk()
		p.reader.chunk = c
		if !p.send(c.data[:copy(c.data[:], early)]) {
			return
		}
	}
	for {
		b, err := p.receive()
		if err == io.EOF {
			if p.send(nil) {
				p.watch()
			}
			return
		}
		if err != nil {
			p.reset()
			return
		}
		if !p.send(b) {
			return
		}
	}
}

func (p *pipe) letGo() {
	if c := p.reader.chunk; c != nil {
		p.reader.chunk = nil
		c.release()
	}
}

// receive returns the bytes that have come, valid until the next call unless they have been put into the queue.
func (p *pipe) receive() ([]byte, error) {
	r := &p.reader
	r.count, r.err = 0, nil
	if err := p.src.raw.Read(r.read); err != nil {
		return nil, err
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case r.count == 0:
		return nil, io.EOF
	}
	return r.chunk.data[r.chunk.used : r.chunk.used+r.count], nil
}

// readChunk is called by the runtime with our descriptor; false makes it wait until there is something to read.
func (p *pipe) readChunk(fd uintptr) bool {
	r := &p.reader
	if r.chunk == nil {
		r.chunk = newChunk()
	}
	c := r.chunk
	if c.refs.Load() == 1 {
		c.used = 0 // all that was queued has been written
	}
	size := min(chunkSize-c.used, int(p.direction.slice.Load()))
	for {
		r.count, r.err = unix.Read(int(fd), c.data[c.used:c.used+size])
		switch r.err {
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			if c.used == 0 {
				p.letGo()
			}
			return false
		}
		return true
	}
}

// send stamps bytes and forwards them: at once if they are due and nothing waits before them, else through the queue.
// No bytes are the end of the stream. false means that nothing more is wanted.
func (p *pipe) send(b []byte) bool {
	now, due, err := p.direction.stream(&p.flow, len(b), p.conn.network.giveUp, p.over)
	switch {
	case errors.Is(err, errGaveUp):
		p.conn.abort()
		return false
	case err != nil:
		return false
	case due > now || !p.idle():
		return p.queueUp(due, b)
	case len(b) == 0:
		p.finish()
		return true
	}
	if _, err := p.dst.tcp.Write(b); err != nil {
		p.fail()
		return false
	}
	return true
}

func (p *pipe) queueUp(due time.Duration, b []byte) bool {
	c := p.reader.chunk
	if len(b) == 0 {
		return p.put(due, nil, nil)
	}
	c.refs.Add(1)
	c.used += len(b)
	if chunkSize-c.used < chunkSize/4 {
		p.letGo()
	}
	return p.put(due, b, c)
}

// watch waits, once the stream from src has ended, for what may still come from there: a reset, in answer to what it
// no longer wants.
func (p *pipe) watch() {
	reset := false
	err := p.src.raw.Read(func(fd uintptr) bool {
		pending, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR)
		reset = err != nil || pending != 0
		return reset
	})
	if err != nil || reset {
		p.reset()
	}
}
