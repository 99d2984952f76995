package http1

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

var (
	// ErrEnded says that the client has ended its direction: it may have left, see Reply.Probe.
	ErrEnded = errors.New("http1: the client has ended its direction")
	// ErrAhead says that the client has sent so much behind its request that it can no longer be watched.
	ErrAhead = errors.New("http1: the client has sent too much ahead to be watched")
)

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// Await lets a Handler wait, with an eye on the client, for an instant of the connection's clock, for ever if it is zero.
// It returns nil then, and after a Wake; ErrLeft, which the Handler should return, when the client has reset the
// connection; ErrEnded or ErrAhead when it can watch the client no longer. The request's body must have been read to its
// end. It takes no task beside the Handler's: see Presence for one that waits for something else meanwhile.
func (p *Reply) Await(until time.Time) error {
	c := p.session
	if !c.in.body.Done() {
		return errors.New("http1: Await before the body was read to its end")
	}
	p.awaited = true
	err := c.conn.SetReadDeadline(until)
	if p.woken.Swap(false) { // before that deadline, which has replaced the one of Wake
		return nil
	}
	for err == nil && c.in.Buffered() < bufferBytes {
		err = c.in.fill() // what comes is a request sent ahead
	}
	switch {
	case err == nil:
		return ErrAhead
	case err == io.EOF:
		return ErrEnded
	case errors.Is(err, os.ErrDeadlineExceeded):
		p.woken.Store(false)
		return nil
	}
	return fmt.Errorf("%w: %w", ErrLeft, err)
}

// Wake ends the Await that another task is in, or else its next one. Await may return early once more when Wake is called
// as it ends.
func (p *Reply) Wake() {
	p.woken.Store(true)
	_ = p.session.conn.SetReadDeadline(longAgo) // it fails on a connection that is closed, where nobody waits
}

// Probe asks a client that has ended its direction whether it is still there, as a Presence does: it sends the next byte
// of the status line, if there is one left, and returns ErrLeft when one before was answered by a reset.
func (p *Reply) Probe() error {
	c := p.session
	if s := c.server; s.Now != nil && s.Send > 0 {
		c.conn.SetWriteDeadline(s.Now().Add(s.Send))
	}
	if c.out.ahead() != nil {
		return ErrLeft
	}
	return nil
}
