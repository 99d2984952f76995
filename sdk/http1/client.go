package http1

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Client sends requests on one connection and reads their responses, one exchange after the other. Deadlines are the
// connection's; closing it is the caller's.
type Client struct {
	// Interim, if set, is shown every 1xx response but a 101; its error ends the exchange.
	Interim func(*Response) error

	in     *Reader
	out    *Writer
	alive  bool
	heeded bool // an interim response has come: the server acts on the current request
}

// NewClient returns a Client on a fresh connection.
func NewClient(conn io.ReadWriter, limits Limits) *Client {
	return &Client{in: NewReader(conn, limits), out: NewWriter(conn), alive: true}
}

// Release gives the buffer back when the connection is closed.
func (c *Client) Release() { c.in.Release() }

// Take returns what the server has sent behind the response: the beginning of the protocol after an upgrade.
func (c *Client) Take() []byte { return c.in.Take() }

// Reusable reports whether the connection can take another request: the last response's body was read to its end,
// nobody wants to close, and the server has sent nothing beyond.
func (c *Client) Reusable() bool {
	return c.alive && c.in.body.Done() && c.in.Buffered() == 0
}

// Do sends a request and reads the head of its final response into resp, whose Body is to be read next. A request that
// expects "100 Continue" keeps its body until the server asks for it; a server that never does is waited for until the
// connection's deadline.
//
// The request is sent whole before the response is read. A server that sends a long answer while it is still being sent
// a long body may therefore block both; for such, write and read in two tasks, on a Writer and a Reader.
//
// A response that comes in spite of an error while sending, as from a server that has read enough, is returned without
// that error. Errors are ErrNoAnswer (with the connection's error), *BodyError (req.Body failed), ErrUnsolicited, an
// *Error of status 502 or 504, or what Interim returned.
func (c *Client) Do(req *Request, resp *Response) error {
	switch {
	case !c.in.body.Done():
		return ErrBodyUnread
	case c.in.Buffered() > 0:
		c.alive = false
		return ErrUnsolicited
	case !c.alive:
		return fmt.Errorf("%w: it was to be closed after the exchange before", ErrNoAnswer)
	}
	c.alive, c.heeded = false, false
	sent := c.send(req, resp)
	if sent == errAnswered {
		return nil
	}
	if sent != nil && !c.worthReading(sent) {
		return sent
	}
	if err := c.receive(req, resp, false); err != nil {
		if sent != nil && errors.Is(err, ErrNoAnswer) {
			return fmt.Errorf("%w: %w", ErrNoAnswer, sent)
		}
		return err
	}
	c.alive = sent == nil && !req.Close && !resp.Close && !resp.Tunnel
	return nil
}

// errAnswered says that the final response came instead of leave to send the body.
var errAnswered = errors.New("answered")

// send sends the request. It may have to read responses to do so.
func (c *Client) send(req *Request, resp *Response) error {
	if !req.ExpectsContinue() {
		return c.out.WriteRequest(req)
	}
	if err := c.out.WriteRequestHead(req); err != nil {
		return err
	}
	if err := c.receive(req, resp, true); err != nil {
		return err
	}
	if resp.Status != 100 {
		return errAnswered
	}
	return c.out.WriteRequestBody(req)
}

// worthReading reports whether a response may have come although sending failed: the connection has failed, and not the
// source of the body, a check of the request, or the wait for leave to send the body.
func (c *Client) worthReading(err error) bool {
	var source *BodyError
	return c.out.err != nil && !errors.As(err, &source)
}

// receive reads responses until a final one, or until a 100 if that is what is waited for.
func (c *Client) receive(req *Request, resp *Response, until100 bool) error {
	for {
		if err := c.in.ReadResponse(resp, req.Method); err != nil {
			return c.noResponse(err)
		}
		if resp.Status == 101 && req.Header.Upgrade() == "" {
			return &Error{Status: 502, Rule: "101 without a request to upgrade"} // RFC 9110 15.2.2
		}
		if !resp.Interim() {
			return nil
		}
		c.heeded = true
		if until100 && resp.Status == 100 {
			return nil
		}
		if c.Interim != nil {
			if err := c.Interim(resp); err != nil {
				return err
			}
		}
	}
}

// noResponse makes the error for a response that did not come.
func (c *Client) noResponse(err error) error {
	var refused *Error
	switch {
	case errors.As(err, &refused), err == ErrTunnel:
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &Error{Status: 504, Rule: "no answer in time", Err: err}
	case c.heeded:
		return c.in.broken(err)
	}
	return fmt.Errorf("%w: %w", ErrNoAnswer, err)
}
