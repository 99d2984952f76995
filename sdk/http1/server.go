package http1

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// Handler answers one request by calling reply.Send once, after any interim responses. It may block, and may read
// req.Body before or while it answers. If it returns an error without having answered, the client gets the status of
// the *Error in it, or 500. Any error ends the connection.
type Handler func(req *Request, reply *Reply) error

// Server answers the requests of connections, on each in their order. It may serve many connections at once; its fields
// must not change meanwhile.
type Server struct {
	Limits Limits
	Handle Handler
	// Now is the clock of the deadlines below, for instance env.Now, and of the Date that answers carry (RFC 9110 6.6.1).
	// Without it there are none, and an answer to a request that was refused may be lost to the client if it is still
	// sending.
	Now func() time.Time
	// Idle limits the wait for a request, Receive the time from its first byte to the end of its body, Send that of
	// writing a response. Zero is without limit.
	Idle, Receive, Send time.Duration

	date atomic.Pointer[date] // the latest
}

const (
	drainBytes = 256 << 10   // of an unread body, before a connection is rather closed
	linger     = time.Second // for the client to read the last answer, see session.end
)

// Serve answers the requests on a connection until either side ends it, and closes it. It returns nil after a good end,
// which an idle time-out and a finished upgrade are, and otherwise what went wrong: an *Error says what was refused.
func (s *Server) Serve(conn net.Conn) error {
	c := &session{server: s, conn: conn, in: NewReader(conn, s.Limits), out: NewWriter(conn)}
	c.reply.session = c
	defer conn.Close()
	defer c.in.Release()
	for {
		again, err := c.serveOne()
		if err != nil || !again {
			c.end(err)
			return err
		}
	}
}

// session is one connection that is being served.
type session struct {
	server *Server
	conn   net.Conn
	in     *Reader
	out    *Writer
	req    Request
	reply  Reply
}

// Reply is how a Handler answers. It is valid until the Handler returns.
type Reply struct {
	session *session
	status  int // of the final response, once it was begun
	last    bool
	awaited bool
	woken   atomic.Bool // by Wake, and not yet noticed by Await
}

// serveOne answers one request, and reports whether the connection can take another.
func (c *session) serveOne() (again bool, err error) {
	s := c.server
	c.limitReads(s.Idle)
	c.reply = Reply{session: c}
	if err := c.in.Wait(); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) {
			return false, nil
		}
		return false, err
	}
	c.limitReads(s.Receive)
	if err := c.in.ReadRequest(&c.req); err == io.EOF {
		return false, nil
	} else if err != nil {
		c.req = Request{Close: true}
		c.answer(err)
		return false, err
	}
	if c.req.ExpectsContinue() {
		c.in.body.before = c.goAhead
	}
	if err := s.Handle(&c.req, &c.reply); err != nil {
		c.answer(err)
		return false, err
	}
	if c.out.err != nil {
		return false, c.out.err
	}
	if c.reply.status == 0 {
		err := errors.New("http1: handler sent no response")
		c.answer(err)
		return false, err
	}
	if c.reply.last {
		return false, nil
	}
	if err := c.in.body.Discard(drainBytes); err != ErrBodyUnread {
		return err == nil, err
	}
	return false, nil
}

// limitReads sets the deadline of what the client sends, or lifts that of the phase before.
func (c *session) limitReads(d time.Duration) {
	switch {
	case c.server.Now == nil || c.server.Idle == 0 && c.server.Receive == 0:
		if c.reply.awaited {
			c.conn.SetReadDeadline(time.Time{})
		}
	case d > 0:
		c.conn.SetReadDeadline(c.server.Now().Add(d))
	default:
		c.conn.SetReadDeadline(time.Time{})
	}
}

// goAhead tells a client that waits for it to send the body (RFC 9110 10.1.1). Once the response has begun it is too
// late for that.
func (c *session) goAhead() error {
	if c.reply.status != 0 {
		return errors.New("http1: body awaited by the client's expectation was first read within the response")
	}
	return c.out.WriteResponse(&Response{Status: 100}, &c.req)
}

// Send writes a response: any number of interim ones, then a final one. It reads resp.Body to its end. After a 101, or
// a 2xx to CONNECT, the Handler goes on with Conn and Take.
//
// An error that comes from resp.Body while nothing was sent leaves the Handler free to send another response instead.
func (p *Reply) Send(resp *Response) error {
	c := p.session
	if p.status != 0 {
		return errors.New("http1: second response to a request")
	}
	body := &c.in.body
	if body.before != nil && resp.Body == io.Reader(body) { // it will be read too late to ask for it
		before := body.before
		body.before = nil
		if err := before(); err != nil {
			return err
		}
	}
	if s := c.server; s.Now != nil {
		now := s.Now()
		c.out.date = s.dateOf(now, resp)
		if s.Send > 0 {
			c.conn.SetWriteDeadline(now.Add(s.Send))
		}
	}
	if resp.Interim() {
		return c.out.WriteResponse(resp, &c.req)
	}
	// A client that was never told to go on may send the body or not: only closing is safe.
	resp.Close = resp.Close || body.before != nil || body.err != nil && !body.Done()
	p.status = resp.Status
	err := c.out.WriteResponse(resp, &c.req)
	if err != nil && !c.out.sent {
		p.status = 0
	}
	p.last = resp.Close || tunnels(resp.Status, c.req.Method)
	return err
}

// Text sends a response with a short text, and with the fields of h.
func (p *Reply) Text(status int, h Header, text string) error {
	return p.Send(&Response{Status: status, Header: h, Framing: Framing(len(text)), Body: strings.NewReader(text)})
}

// Conn is the connection, for what follows an upgrade. Serve closes it when the Handler returns.
func (p *Reply) Conn() net.Conn { return p.session.conn }

// Take returns what the client has sent behind its request already: the beginning of the upgraded protocol. It is valid
// until the Handler returns.
func (p *Reply) Take() []byte { return p.session.in.Take() }

// answer tells the client about an error, unless a response has begun.
func (c *session) answer(err error) {
	if c.reply.status != 0 || errors.Is(err, ErrLeft) {
		return
	}
	status, text := 500, "internal error\n"
	var refused *Error
	if errors.As(err, &refused) {
		status, text = refused.Status, refused.Rule+"\n"
	} else if c.req.Method == "" {
		return // the connection failed within the head
	}
	c.req.Close = true
	h := Header{{"Content-Type", "text/plain; charset=utf-8"}}
	c.reply.Text(status, h, text) // best effort: the connection ends in any case
}

// end closes the connection so that the client can tell what it got. A response that broke off must not look whole. One
// that came before the request's end would be lost if we closed at once, as the kernel answers what still arrives with
// a reset (RFC 9112 9.6): so we say that we are done, and read on for a while.
func (c *session) end(err error) {
	if c.out.err != nil {
		if conn, ok := c.conn.(interface{ Reset() error }); ok {
			conn.Reset()
		}
		return
	}
	conn, ok := c.conn.(interface{ CloseWrite() error })
	if !ok || c.server.Now == nil || c.reply.status == 0 || c.in.body.Done() && err == nil {
		return
	}
	if conn.CloseWrite() == nil && c.conn.SetReadDeadline(c.server.Now().Add(linger)) == nil {
		c.in.Release()
		io.CopyN(io.Discard, c.conn, drainBytes)
	}
}
