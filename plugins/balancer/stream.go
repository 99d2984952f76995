package balancer

import (
	"io"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// stream is a connection whose reads and writes give up when nothing moves for too long. Reads belong to one task at a
// time and writes to one; cutoff may be called by any.
type stream struct {
	sdk.Conn
	env   sdk.Env
	quiet time.Duration // the longest wait for progress; 0 waits for ever

	mu      sync.Mutex // guards what follows
	phase   time.Duration
	armed   bool // the deadline of the phase is set: it does not move any more
	readBy  time.Time
	writeBy time.Time
}

// flowing is the phase in which a read lasts until something comes, or until nothing has come for too long.
const flowing = -1

func newStream(env sdk.Env, conn sdk.Conn, quiet time.Duration) stream {
	return stream{Conn: conn, env: env, quiet: quiet, phase: flowing}
}

// await begins a phase: all that is read from now on must come within d, counted from the first wait; 0 is no limit. A
// phase whose bytes are here already sets no deadline.
func (s *stream) await(d time.Duration) {
	s.mu.Lock()
	s.phase, s.armed = d, false
	s.mu.Unlock()
}

// cutoff limits all reads from now on, also one that waits already.
func (s *stream) cutoff(d time.Duration) {
	now := s.env.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase, s.armed = d, true
	s.setRead(now, d)
}

// setRead sets the deadline that is d from now, or none. A connection that has ended says so by itself.
func (s *stream) setRead(now time.Time, d time.Duration) {
	if d <= 0 {
		if !s.readBy.IsZero() {
			s.readBy = time.Time{}
			_ = s.Conn.SetReadDeadline(s.readBy)
		}
		return
	}
	s.readBy = now.Add(d)
	_ = s.Conn.SetReadDeadline(s.readBy)
}

// slack spares moving the deadline at every piece that comes: it is moved when this share of it has passed.
func slack(d time.Duration) time.Duration { return d / 16 }

// fits reports whether a deadline is still far enough away, and not further than it should be.
func fits(by, now time.Time, quiet time.Duration) bool {
	left := by.Sub(now)
	return left >= quiet && left <= quiet+slack(quiet)
}

func (s *stream) Read(p []byte) (int, error) {
	s.arm()
	return s.Conn.Read(p)
}

func (s *stream) arm() {
	now := s.env.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.armed:
	case s.phase != flowing:
		s.armed = true
		s.setRead(now, s.phase)
	case s.quiet <= 0 || !fits(s.readBy, now, s.quiet):
		s.setRead(now, s.quiet+slack(s.quiet))
	}
}

func (s *stream) Write(p []byte) (int, error) {
	s.armWrite()
	return s.Conn.Write(p)
}

func (s *stream) armWrite() {
	if s.quiet <= 0 {
		return
	}
	now := s.env.Now()
	if !fits(s.writeBy, now, s.quiet) {
		s.writeBy = now.Add(s.quiet + slack(s.quiet))
		_ = s.Conn.SetWriteDeadline(s.writeBy)
	}
}

// free lifts all limits, for who sets his own.
func (s *stream) free() {
	s.cutoff(0)
	if !s.writeBy.IsZero() {
		s.writeBy = time.Time{}
		_ = s.Conn.SetWriteDeadline(s.writeBy)
	}
}

// writer is the stream as an http1.Writer should have it: with ReadFrom only where that spares copying.
func (s *stream) writer() io.Writer {
	if to, ok := s.Conn.(io.ReaderFrom); ok {
		return splicing{s, to}
	}
	return s
}

// splicing is a stream into which the kernel can move bytes of another one.
type splicing struct {
	*stream
	to io.ReaderFrom
}

// splicePiece is what must move within the quiet time when the kernel copies: it does not tell of progress in between.
const splicePiece = 128 << 10

// ReadFrom copies from another stream, or a part of one.
func (s splicing) ReadFrom(r io.Reader) (done int64, err error) {
	limited, ok := r.(*io.LimitedReader)
	if !ok {
		return io.Copy(struct{ io.Writer }{s.stream}, r)
	}
	from, ok := limited.R.(*stream)
	if !ok {
		return io.Copy(struct{ io.Writer }{s.stream}, r)
	}
	for limited.N > 0 {
		from.arm()
		s.armWrite()
		piece := &io.LimitedReader{R: from.Conn, N: min(limited.N, splicePiece)}
		n, err := s.to.ReadFrom(piece)
		done, limited.N = done+n, limited.N-n
		if err != nil || piece.N > 0 {
			return done, err
		}
	}
	return done, nil
}
