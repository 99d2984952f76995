package http1

import (
	"errors"
	"io"
)

// Presence tells whether a client is still there while its answer takes its time. A client that has reset its
// connection has left. One that has ended its own direction may have left, too, or wait for the answer, as `nc -N` does
// and any program that calls shutdown: TCP sends the same FIN. nginx, Envoy and Go's server take both for gone. Here the
// second gets its answer: every status line begins alike, so its first bytes are sent ahead, one at each look. A client
// that has closed answers the first of them with a reset, which the next one meets.
type Presence struct {
	conn  interface{ Idle() bool }
	in    *Reader
	out   *Writer
	ended bool // the client has ended its direction
}

// ErrLeft means that a client did not wait for its answer.
var ErrLeft = errors.New("http1: the client has left")

// NewPresence watches the client of a connection, which says by Idle whether nothing has come that was not read, as an
// sdk.Conn does.
func NewPresence(conn interface{ Idle() bool }, in *Reader, out *Writer) Presence {
	return Presence{conn: conn, in: in, out: out}
}

// Look returns ErrLeft when the client has left; soon asks to look again soon. It never waits. It is for the time
// between ReadRequest and the answer, when the request's body was read to its end, and of the task that reads and writes.
func (p *Presence) Look() (soon bool, err error) {
	if !p.ended {
		if p.conn.Idle() || p.in.Buffered() >= bufferBytes/2 {
			return false, nil // of a client that sends many requests ahead only a failed answer tells
		}
		if err := p.in.fill(); err == nil {
			return false, nil
		} else if err != io.EOF {
			return false, ErrLeft
		}
		p.ended, soon = true, true
	}
	if p.out.ahead() != nil {
		return false, ErrLeft
	}
	return soon, nil
}

// statusBegin is what each response begins with, whatever the client's version (RFC 9110 2.5).
const statusBegin = "HTTP/1.1 "

// ahead sends the next byte of the answer to come, if there is one that is known, and none is being written.
func (w *Writer) ahead() error {
	if w.err != nil || w.buf != nil || w.begun == len(statusBegin) {
		return w.err
	}
	n, err := io.WriteString(w.conn, statusBegin[w.begun:w.begun+1])
	w.begun += n
	w.err = err
	return err
}
