package program

import (
	"errors"
	"io"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

const (
	buffer      = 64 << 10        // bytes of a connection that wait for the program, and that wait to be sent
	dialTimeout = 2 * time.Minute // about what Linux tries
)

// never is the deadline of a wait that has none.
var never time.Time

// stream is a TCP connection. One task reads ahead from it; one writes what the program has written, as long as there is any.
// As in a kernel, one call learns of a reset, unless the end came before; then a read is told of the end, and a write of a
// broken pipe.
type stream struct {
	conn    sdk.Conn // nil while it is being dialed, and after a dial that has failed
	dialing bool
	dialErr error

	in      []byte // has arrived
	inErr   error  // comes after it
	deaf    bool   // the program has ended this direction: what arrives is there, but nothing is waited for
	out     []byte // is to be sent
	outErr  error
	writing bool // a task sends
	ends    bool // our direction, once all is sent
	resets  bool // when it is closed
	closed  bool
	told    bool // the program knows that the peer has reset the connection

	room sdk.Cond // guards full
	full bool     // the reader waits
}

func (*stream) filetype() byte   { return typeStream }
func (s *stream) readable() bool { return !s.dialing && (len(s.in) > 0 || s.inErr != nil || s.deaf) }
func (s *stream) writable() bool { return !s.dialing && (len(s.out) < buffer || s.outErr != nil) }

func (s *stream) read(_ *process, size int) ([]byte, errno) {
	switch {
	case s.dialing:
		return nil, eAgain
	case len(s.in) > 0:
		data := s.in[:min(size, len(s.in))]
		s.in = s.in[len(data):]
		if len(s.in) < buffer {
			s.setFull(false)
		}
		return data, success
	case errors.Is(s.inErr, io.EOF):
		return nil, success
	case errors.Is(s.inErr, sdk.ErrReset) && s.told:
		return nil, success
	case s.inErr != nil:
		s.told = true
		return nil, number(s.inErr)
	case s.conn == nil:
		return nil, eNotConn
	case s.deaf:
		return nil, success
	}
	return nil, eAgain
}

func (s *stream) write(p *process, data []byte) (int, errno) {
	switch {
	case s.dialing:
		return 0, eAgain
	case s.ends:
		return 0, ePipe
	case errors.Is(s.outErr, sdk.ErrReset) && (s.told || errors.Is(s.inErr, io.EOF)):
		return 0, ePipe
	case s.outErr != nil:
		s.told = true
		return 0, number(s.outErr)
	case s.conn == nil:
		return 0, eNotConn
	case len(s.out) >= buffer && len(data) > 0:
		return 0, eAgain
	}
	n := min(len(data), buffer-len(s.out))
	s.out = append(s.out, data[:n]...)
	s.send(p)
	return n, success
}

// close resets a connection from which not all was read, as a kernel does; else it ends when all is sent.
func (s *stream) close(p *process) {
	s.closed = true
	switch {
	case s.conn == nil:
	case s.resets || len(s.in) > 0:
		_ = s.conn.Reset()
	case !s.writing:
		_ = s.conn.Close()
	}
	if s.room != nil {
		s.setFull(false)
	}
}

// end ends our direction when all is sent.
func (s *stream) end(p *process) {
	if !s.ends && s.conn != nil {
		s.ends = true
		s.send(p)
	}
}

// connected begins to read.
func (s *stream) connected(p *process, conn sdk.Conn) {
	s.conn, s.room = conn, p.env.NewCond()
	p.env.Go(func() { s.readAhead(p) })
}

// dial begins to connect.
func (s *stream) dial(p *process, addr sdk.Addr) {
	s.dialing = true
	p.env.Go(func() {
		conn, err := p.env.DialTimeout(string(addr), dialTimeout)
		p.cond.Lock()
		defer p.cond.Unlock()
		s.dialing = false
		p.cond.Broadcast()
		switch {
		case err != nil:
			s.dialErr, s.inErr, s.outErr = err, err, err
		case s.closed:
			_ = conn.Close()
		default:
			s.connected(p, conn)
		}
	})
}

// readAhead reads until the connection ends, or the program closes it. It waits while a buffer's worth is unread.
func (s *stream) readAhead(p *process) {
	buf := make([]byte, 16<<10)
	for {
		n, err := s.conn.Read(buf)
		if !s.arrived(p, buf[:n], err) || err != nil || !s.waitForRoom() {
			return
		}
	}
}

// arrived takes what was read; false when nobody wants it any more.
func (s *stream) arrived(p *process, data []byte, err error) bool {
	p.cond.Lock()
	defer p.cond.Unlock()
	if s.closed {
		return false
	}
	s.in, s.inErr = append(s.in, data...), err
	if errors.Is(err, sdk.ErrReset) {
		s.outErr = err
	}
	s.setFull(len(s.in) >= buffer)
	p.cond.Broadcast()
	return true
}

func (s *stream) setFull(full bool) {
	s.room.Lock()
	defer s.room.Unlock()
	if s.full && !full {
		s.room.Broadcast()
	}
	s.full = full
}

func (s *stream) waitForRoom() bool {
	s.room.Lock()
	defer s.room.Unlock()
	for s.full {
		if s.room.Wait(never) != nil {
			return false
		}
	}
	return true
}

// send sees to it that a task sends. The lock is held.
func (s *stream) send(p *process) {
	if !s.writing {
		s.writing = true
		p.env.Go(func() {
			for s.sendSome(p) {
			}
		})
	}
}

// sendSome sends what there is, and then ends the connection if it is to end; false when nothing is left to do.
func (s *stream) sendSome(p *process) bool {
	p.cond.Lock()
	defer p.cond.Unlock()
	out := s.out
	if s.out = nil; len(out) == 0 || s.outErr != nil {
		s.writing = false
		switch {
		case s.closed:
			_ = s.conn.Close()
		case s.ends:
			_ = s.conn.CloseWrite()
		}
		return false
	}
	p.cond.Unlock()
	_, err := s.conn.Write(out)
	p.cond.Lock()
	if err != nil {
		s.outErr = err
	}
	p.cond.Broadcast()
	return true
}
