package balancer

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// stream is a connection whose reads and writes give up when nothing moves for too long. Reads belong to one task at a
// time and writes to one; cutoff may be called by any.
//
// Setting a deadline costs, and most reads end at once. So the connection's own deadline of reading is set only where it
// would come too late, and one that comes too early is no error: the read finds out that it has time, and goes on.
type stream struct {
	sdk.Conn
	env   sdk.Env
	quiet time.Duration                 // the longest wait for progress; 0 waits for ever
	look  func() (soon bool, err error) // asked now and then while a read waits, ends it by an error; nil for nobody

	mu      sync.Mutex // guards what follows
	phase   time.Duration
	limit   time.Time // of the phase's reads; zero until the first one, or for none
	readBy  time.Time // the connection's own deadline
	writeBy time.Time
}

// flowing is the phase in which a read lasts until something comes, or until nothing has come for too long.
const flowing = -1

// A read that waits looks around for the first time after firstLook, and later more rarely: most answers are there before.
const (
	firstLook = 25 * time.Millisecond
	lastLook  = 250 * time.Millisecond
)

func newStream(env sdk.Env, conn sdk.Conn, quiet time.Duration) stream {
	return stream{Conn: conn, env: env, quiet: quiet, phase: flowing}
}

// await begins a phase: all that is read from now on must come within d, counted from the first wait; 0 is no limit.
func (s *stream) await(d time.Duration) {
	s.mu.Lock()
	s.phase, s.limit = d, time.Time{}
	s.mu.Unlock()
}

// cutoff limits all reads from now on, also one that waits already.
func (s *stream) cutoff(d time.Duration) {
	now := steady(s.env)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase, s.limit = d, time.Time{}
	s.setRead(now, s.limitOf(now))
}

// limitOf is until when a read may wait that begins now, zero for ever.
func (s *stream) limitOf(now time.Time) time.Time {
	switch {
	case s.phase == flowing && s.quiet > 0:
		return now.Add(s.quiet)
	case s.phase > 0 && s.limit.IsZero():
		s.limit = now.Add(s.phase)
	}
	return s.limit
}

// setRead sees to it that a read ends, or asks what to do, at an instant; zero is never. A deadline that has passed is
// set anew, as nothing could be read with it.
func (s *stream) setRead(now, by time.Time) {
	if by.IsZero() && s.readBy.IsZero() || !by.IsZero() && !s.readBy.After(by) && s.readBy.After(now) {
		return
	}
	s.readBy = by
	_ = s.Conn.SetReadDeadline(wall(s.env, by)) // a connection that has ended says so by itself
}

// wait is a read that may have to wait.
type wait struct {
	began, look time.Time // look is when to look around next, zero for never
	pause       time.Duration
}

func (s *stream) beginRead() wait {
	w := wait{began: steady(s.env), pause: firstLook}
	if s.look != nil {
		w.look = w.began.Add(w.pause)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setRead(w.began, w.until(s.limitOf(w.began)))
	return w
}

// until is when the wait has to be woken.
func (w *wait) until(limit time.Time) time.Time {
	if limit.IsZero() || !w.look.IsZero() && w.look.Before(limit) {
		return w.look
	}
	return limit
}

// goOn decides about a read whose deadline has come: it returns nil when there is time left.
func (s *stream) goOn(w *wait, err error) error {
	if !errors.Is(err, sdk.ErrTimeout) {
		return err
	}
	now := steady(s.env)
	if !w.look.IsZero() && !now.Before(w.look) {
		soon, gone := s.look()
		if gone != nil {
			return gone
		}
		if w.pause = min(2*w.pause, lastLook); soon {
			w.pause = firstLook
		}
		w.look = now.Add(w.pause)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	limit := s.limitOf(w.began)
	if !limit.IsZero() && !now.Before(limit) {
		return err
	}
	s.readBy = now // has passed, even where a clock's speed was rounded
	s.setRead(now, w.until(limit))
	return nil
}

func (s *stream) Read(p []byte) (int, error) {
	w := s.beginRead()
	for {
		n, err := s.Conn.Read(p)
		if n > 0 || err == nil {
			return n, err
		}
		if err = s.goOn(&w, err); err != nil {
			return 0, err
		}
	}
}

func (s *stream) Write(p []byte) (int, error) {
	s.armWrite()
	return s.Conn.Write(p)
}

// armWrite moves the deadline of writing only when a share of it has passed.
func (s *stream) armWrite() {
	if s.quiet <= 0 {
		return
	}
	now := steady(s.env)
	if left := s.writeBy.Sub(now); left < s.quiet || left > s.quiet+s.quiet/16 {
		s.writeBy = now.Add(s.quiet + s.quiet/16)
		_ = s.Conn.SetWriteDeadline(wall(s.env, s.writeBy))
	}
}

// late reports whether the time for writing is over.
func (s *stream) late() bool { return s.quiet > 0 && !steady(s.env).Before(s.writeBy) }

// free lifts all limits, for who sets his own.
func (s *stream) free() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readBy, s.writeBy = time.Time{}, time.Time{}
	_ = s.Conn.SetDeadline(time.Time{})
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
		w := from.beginRead()
		s.armWrite()
		piece := &io.LimitedReader{R: from.Conn, N: min(limited.N, splicePiece)}
		n, err := s.to.ReadFrom(piece)
		done, limited.N = done+n, limited.N-n
		switch {
		case err == nil && piece.N > 0 || err != nil && s.late():
			return done, err
		case err == nil, n > 0 && errors.Is(err, sdk.ErrTimeout): // something has moved
			continue
		}
		if err = from.goOn(&w, err); err != nil {
			return done, err
		}
	}
	return done, nil
}
