package balancer

import (
	"errors"
	"io"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// tunnel carries bytes between two connections, both ways, without looking at them. The end of one direction is passed
// on and leaves the other open; a reset is passed on as a reset.
type tunnel struct {
	env   sdk.Env
	quiet time.Duration // how long nothing may move in either direction; 0 is without limit

	cond    sdk.Cond // guards what follows
	running int      // directions that are open
	last    time.Time
}

// carry returns when both directions have ended, or cannot go on. It closes both.
func carry(env sdk.Env, quiet time.Duration, a, b sdk.Conn) {
	t := &tunnel{env: env, quiet: quiet, cond: env.NewCond(), running: 2, last: steady(env)}
	defer a.Close()
	defer b.Close()
	env.Go(func() { t.direction(b, a) })
	t.direction(a, b)
}

// direction copies until the end of it, and then watches over the other one, which may be stuck in a write.
func (t *tunnel) direction(from, to sdk.Conn) {
	err := t.copy(from, to)
	switch {
	case err == nil && to.CloseWrite() == nil:
	case errors.Is(err, sdk.ErrTimeout):
		_, _ = from.Close(), to.Close()
	default:
		_, _ = from.Reset(), to.Reset()
	}
	t.cond.Lock()
	defer t.cond.Unlock()
	t.running--
	t.cond.Broadcast()
	for t.running > 0 {
		err := t.cond.Wait(t.giveUp())
		if err != nil && (t.quietFor() >= t.quiet || !errors.Is(err, sdk.ErrTimeout)) {
			_, _ = from.Close(), to.Close()
			return
		}
	}
}

func (t *tunnel) giveUp() time.Time {
	if t.quiet <= 0 {
		return time.Time{}
	}
	return t.env.Now().Add(t.quiet - t.quietFor())
}

func (t *tunnel) quietFor() time.Duration { return steady(t.env).Sub(t.last) }

// copyBytes is read at once. Where that was not enough the kernel is asked to splice the next spliceBytes: a splice
// holds a pipe, two file descriptors, while it waits, which an idle connection should not.
const (
	copyBytes   = 16 << 10
	spliceBytes = 256 << 10
)

// copy returns nil at the end of the stream. Its time-outs are those of reading: it sets the deadline once, and looks
// after it only when it has passed.
func (t *tunnel) copy(from, to sdk.Conn) error {
	buf := make([]byte, copyBytes)
	bulk := false
	if t.quiet > 0 {
		_ = from.SetReadDeadline(t.env.Now().Add(t.quiet))
	}
	for {
		n, end, err := pass(from, to, buf, bulk)
		bulk = n >= copyBytes
		t.cond.Lock()
		if n > 0 {
			t.last = steady(t.env)
		}
		idle, giveUp := t.quietFor(), t.giveUp()
		t.cond.Unlock()
		switch {
		case end:
			return nil
		case errors.Is(err, sdk.ErrTimeout) && idle < t.quiet:
			_ = from.SetReadDeadline(giveUp)
		case err != nil:
			return err
		}
	}
}

// pass moves some bytes, and reports the end of the stream.
func pass(from, to sdk.Conn, buf []byte, bulk bool) (n int64, end bool, err error) {
	if splice, ok := to.(io.ReaderFrom); ok && bulk {
		piece := io.LimitedReader{R: from, N: spliceBytes}
		n, err = splice.ReadFrom(&piece)
		return n, err == nil && piece.N > 0, err
	}
	count, err := from.Read(buf)
	if count > 0 {
		if _, failed := to.Write(buf[:count]); failed != nil {
			return 0, false, failed
		}
	}
	if err == io.EOF {
		return int64(count), true, nil
	}
	return int64(count), false, err
}
