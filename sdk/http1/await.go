package http1

import (
	"errors"
	"fmt"
	"os"
	"time"
)

var (
	// ErrGone says that the client has closed or reset its connection, or closed its direction of it, before the answer.
	ErrGone = errors.New("http1: the client has gone")
	// ErrAhead says that the client has sent so much behind its request that it can no longer be watched.
	ErrAhead = errors.New("http1: the client has sent too much ahead to be watched")
)

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// Await lets a Handler wait, with an eye on the client, for an instant of the connection's clock, for ever if it is zero.
// It returns nil then, and after a Wake; ErrGone, which the Handler should return, when nobody waits for the answer any
// more. The request's body must have been read to its end. A proxy or a server that works on for a client that has gone
// multiplies the load of whoever retries.
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
	case errors.Is(err, os.ErrDeadlineExceeded):
		p.woken.Store(false)
		return nil
	}
	return fmt.Errorf("%w: %w", ErrGone, err)
}

// Wake ends the Await that another task is in, or else its next one. Await may return early once more when Wake is called
// as it ends.
func (p *Reply) Wake() {
	p.woken.Store(true)
	_ = p.session.conn.SetReadDeadline(longAgo) // it fails on a connection that is closed, where nobody waits
}
