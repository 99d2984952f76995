package relay

import (
	"bytes"
	"io"

	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/sdk/live"
)

// reader is what a pipe's reading goroutine keeps.
type reader struct {
	chunk *chunk // nil while it waits for bytes, so that an idle connection holds no memory
	limit int    // bytes that may be read at once
	count int
	err   error
	read  func(fd uintptr) bool
}

// start forwards what the dialler has sent along with its request, and then all that comes.
func (p *pipe) start(early []byte) {
	defer p.letGo()
	if len(early) > 0 {
		p.send(early)
	}
	for p.admits() {
		b, err := p.receive()
		switch {
		case err == io.EOF:
			p.letGo()
			p.end()
			p.watch()
			return
		case err != nil:
			p.src.die()
			return
		}
		p.send(b)
	}
}

func (p *pipe) letGo() {
	if c := p.reader.chunk; c != nil {
		p.reader.chunk = nil
		c.release()
	}
}

// admits waits until bytes may be read, as many as the network has room for. false means that nothing more is wanted.
func (p *pipe) admits() bool {
	if p.bypass.Load() {
		p.reader.limit = chunkSize
		return true
	}
	room, dead := p.look()
	for ; room == 0 && !dead; room, dead = p.look() {
		p.letGo()
		<-p.room
	}
	p.reader.limit = int(min(room, chunkSize))
	return !dead
}

// look asks the network for room.
func (p *pipe) look() (room int64, dead bool) {
	s := p.conn.network.schedule
	s.enter()
	defer s.carryOut()
	return p.src.wire.Room(), p.src.dead
}

// admit makes the reader look for room.
func (p *pipe) admit() {
	select {
	case p.room <- struct{}{}:
	default:
	}
}

// receive returns the bytes that have come, valid until the next call unless put was told of them.
func (p *pipe) receive() ([]byte, error) {
	r := &p.reader
	r.count, r.err = 0, nil
	if err := p.src.raw.Read(r.read); err != nil {
		return nil, err
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case r.count == 0 && p.wasReset():
		return nil, unix.ECONNRESET
	case r.count == 0:
		return nil, io.EOF
	}
	return r.chunk.data[r.chunk.used : r.chunk.used+r.count], nil
}

// wasReset tells a reset from the end of the stream, as long as we have not passed on an end ourselves.
func (p *pipe) wasReset() bool {
	s := p.conn.network.schedule
	s.enter()
	finished := p.src.wire.Finished()
	s.carryOut()
	return !finished && live.WasReset(p.src.raw)
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
	size := min(chunkSize-c.used, r.limit)
	for {
		r.count, r.err = unix.Read(int(fd), c.data[c.used:c.used+size])
		switch r.err {
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			p.letGo()
			return false
		}
		return true
	}
}

// send forwards bytes: past the network while it has nothing to do, else into it.
func (p *pipe) send(b []byte) {
	if p.bypass.Load() && p.pass(b) {
		return
	}
	small := len(b) <= smallPiece
	if small {
		b = bytes.Clone(b)
		p.letGo() // before it waits for its turn: many may
	}
	s := p.conn.network.schedule
	s.enter()
	if p.mayBypass() {
		p.bypass.Store(true)
		s.carryOut()
		p.send(b)
		return
	}
	defer s.carryOut()
	if small {
		p.putSmall(b)
		return
	}
	c := p.reader.chunk
	c.refs.Add(1)
	c.used += len(b)
	if chunkSize-c.used < chunkSize/4 {
		p.letGo()
	}
	p.put(piece{b, c})
}

// pass writes bytes to dst, past the network. If dst is dead the network shall say so.
func (p *pipe) pass(b []byte) bool {
	_, err := p.dst.tcp.Write(b)
	if err != nil {
		p.dst.die()
	}
	return err == nil
}

// end lets the end of the stream follow its bytes.
func (p *pipe) end() {
	s := p.conn.network.schedule
	s.enter()
	defer s.carryOut()
	if !p.src.dead {
		p.ended = true
		p.src.wire.CloseWrite()
	}
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
		p.src.die()
	}
}
