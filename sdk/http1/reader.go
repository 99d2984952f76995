package http1

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// Reader reads the messages that come in on one connection: either all requests or all responses. Reading a head costs
// one allocation, for its text, and none where it equals the one before.
type Reader struct {
	conn       io.Reader
	limits     Limits
	buf        []byte // nil until the first read and after Release
	start, end int    // what of buf was received and not yet used
	lines      []int  // where the lines of the current head end, without CRLF
	last       string // the last head
	body       Body   // of the last message
	response   bool   // a response is read: it decides which status an error carries
	interim    int    // 1xx responses since the last final one
	tunnel     bool
}

// NewReader returns a Reader of the connection, of which it holds no more than it has been asked to read.
func NewReader(conn io.Reader, limits Limits) *Reader {
	r := &Reader{conn: conn, limits: limits.withDefaults()}
	r.body = Body{r: r, err: io.EOF}
	return r
}

// Release gives the buffer back for others to use, with all it holds. The Reader may still be used.
func (r *Reader) Release() {
	giveBuffer(r.buf)
	r.buf, r.start, r.end = nil, 0, 0
}

// Buffered returns how many received bytes have not been used yet.
func (r *Reader) Buffered() int { return r.end - r.start }

// Take returns the received bytes that have not been used, which the Reader forgets: after an upgrade they are the
// beginning of the other protocol. They are valid until the Reader is used again.
func (r *Reader) Take() []byte {
	rest := r.buf[r.start:r.end]
	r.start = r.end
	return rest
}

// Wait waits for the first byte of the next message. It returns the connection's error unchanged: io.EOF when the peer
// has closed in good order.
func (r *Reader) Wait() error {
	if r.Buffered() > 0 {
		return nil
	}
	return r.fill()
}

// fill receives at least one byte. A full buffer is doubled; limits keep that bounded.
func (r *Reader) fill() error {
	switch {
	case r.buf == nil:
		r.buf = takeBuffer()
	case r.start == r.end:
		r.start, r.end = 0, 0
	case r.end == len(r.buf) && r.start > 0:
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	case r.end == len(r.buf):
		larger := make([]byte, 2*len(r.buf))
		copy(larger, r.buf)
		giveBuffer(r.buf)
		r.buf = larger
	}
	n, err := readSome(r.conn, r.buf[r.end:])
	r.end += n
	return err
}

// readSome reads at least one byte or returns an error. An error beside bytes will come again by itself.
func readSome(from io.Reader, p []byte) (int, error) {
	for range 100 {
		if n, err := from.Read(p); n > 0 {
			return n, nil
		} else if err != nil {
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}

// read returns bytes of a body, around the buffer if it is empty and p is large.
func (r *Reader) read(p []byte) (int, error) {
	if r.start == r.end {
		if len(p) >= bufferBytes/2 {
			return readSome(r.conn, p)
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.buf[r.start:r.end])
	r.start += n
	return n, nil
}

// line returns the next line without its CRLF, valid until the next read. One longer than limit bytes is refused.
func (r *Reader) line(limit, status int, rule string) ([]byte, error) {
	scanned := 0
	for {
		held := r.buf[r.start:r.end]
		i := bytes.IndexByte(held[scanned:], '\n')
		if i >= 0 {
			i += scanned
			if i > limit+1 {
				return nil, r.refuse(status, rule, "")
			}
			if i == 0 || held[i-1] != '\r' {
				return nil, r.refuse(400, "line ends in a bare LF", clip(held[:i+1]))
			}
			r.start += i + 1
			return held[:i-1], nil
		}
		scanned = len(held)
		if scanned > limit+1 {
			return nil, r.refuse(status, rule, "")
		}
		if err := r.fill(); err != nil {
			return nil, r.broken(err)
		}
	}
}

// refuse makes an Error about what was received. What is wrong with a response is a bad gateway's fault.
func (r *Reader) refuse(status int, rule, got string) error {
	if r.response {
		status = 502
	}
	return &Error{Status: status, Rule: rule, Got: got}
}

// broken makes the error for a message whose rest does not arrive.
func (r *Reader) broken(err error) error {
	e := &Error{Status: 400, Rule: "connection broke off within a message", Err: err}
	late := 408
	if r.response {
		e.Status, late = 502, 504
	}
	switch {
	case errors.Is(err, io.EOF):
		e.Rule, e.Err = "message ends early", io.ErrUnexpectedEOF
	case errors.Is(err, os.ErrDeadlineExceeded):
		e.Status, e.Rule = late, "message not finished in time"
	}
	return e
}
