package http1

import (
	"fmt"
	"io"
	"strconv"
)

// Writer writes the messages of one connection: either all requests or all responses. It holds a buffer only while it
// writes a message; a head and a small body at hand leave in one write. While the source of a body makes it wait, all
// that it has received so far is on its way.
//
// When a message could be sent only in part, the connection is of no more use and the Writer repeats its error. When
// nothing had been sent yet, another message may be written instead.
type Writer struct {
	conn  io.Writer
	buf   []byte // nil between messages
	sent  bool   // a part of the current message is on its way
	begun int    // bytes of statusBegin that are on their way, see Presence
	owed  bool   // the head of a request was sent, its body not yet
	date  string // of the response, when its header is to have one more field
	err   error
}

// NewWriter returns a Writer on the connection.
func NewWriter(conn io.Writer) *Writer {
	return &Writer{conn: conn}
}

// BodyError is the failure of a body's source, to be told from that of the connection written to.
type BodyError struct{ Err error }

func (e *BodyError) Error() string { return "http1: body: " + e.Err.Error() }

func (e *BodyError) Unwrap() error { return e.Err }

// WriteRequest writes a request with its body. A Host field is added, empty, if there is none.
func (w *Writer) WriteRequest(req *Request) error {
	if err := w.start(); err != nil {
		return err
	}
	if err := w.requestHead(req); err != nil {
		return w.finish(err)
	}
	return w.finish(w.body(req.Body, req.Framing))
}

// WriteRequestHead sends the head of a request, and WriteRequestBody must send the rest: for who waits between them for
// the server to say "100 Continue".
func (w *Writer) WriteRequestHead(req *Request) error {
	if err := w.start(); err != nil {
		return err
	}
	err := w.finish(w.requestHead(req))
	w.owed = err == nil && req.Framing != 0
	return err
}

// WriteRequestBody sends the body of the request whose head was sent last.
func (w *Writer) WriteRequestBody(req *Request) error {
	w.owed = false
	if err := w.start(); err != nil {
		return err
	}
	w.sent = true // its head is
	return w.finish(w.body(req.Body, req.Framing))
}

// WriteResponse writes the answer to req, of which it uses the method, the version and Close; the zero Request will do
// when none could be read. It sets resp.Close if the connection must end after this response: because either side wants
// it, or because the end of the body can be told in no other way.
//
// A body with the Framing UntilClose is sent in chunks to a client of HTTP/1.1 unless resp.Close asks to close; a
// chunked one goes to a client of HTTP/1.0 until close, without trailers. Where a response has no body (to HEAD, 304)
// Framing is announced only, and Body not looked at. Interim responses are not sent to HTTP/1.0.
func (w *Writer) WriteResponse(resp *Response, req *Request) error {
	if resp.Interim() && req.HTTP10 {
		return nil
	}
	if err := w.start(); err != nil {
		return err
	}
	if resp.Status < 100 || resp.Status > 599 || !only(resp.Reason, inValue) {
		return w.finish(fmt.Errorf("http1: malformed status: got %d %q", resp.Status, resp.Reason))
	}
	framing := reframe(resp, req)
	if err := w.responseHead(resp, req, framing); err != nil {
		return w.finish(err)
	}
	if bodiless(resp.Status, req.Method) {
		return w.finish(nil)
	}
	return w.finish(w.body(resp.Body, framing))
}

// reframe decides how the response is framed towards the client, and whether its connection must end.
func reframe(resp *Response, req *Request) Framing {
	closing := resp.Close || resp.Header.HasToken("Connection", "close")
	resp.Close = closing || req.Close
	framing := resp.Framing
	if framing == Chunked && req.HTTP10 {
		framing = UntilClose
	}
	if framing == UntilClose && !bodiless(resp.Status, req.Method) {
		if !closing && !req.HTTP10 {
			return Chunked
		}
		resp.Close = true
	}
	return framing
}

func (w *Writer) requestHead(req *Request) error {
	switch {
	case !isToken(req.Method):
		return fmt.Errorf("http1: malformed method: got %q", req.Method)
	case !fits(req.Target, req.Method):
		return fmt.Errorf("http1: malformed target of %s: got %q", req.Method, req.Target)
	case req.Framing < Chunked:
		return fmt.Errorf("http1: a request's body cannot end with the connection")
	case req.Framing != 0 && req.Method == "CONNECT":
		return fmt.Errorf("http1: CONNECT with content")
	}
	w.add(req.Method, " ", req.Target, " HTTP/1.1\r\n")
	hosts, err := w.fields(req.Header)
	switch {
	case err != nil:
		return err
	case hosts > 1:
		return fmt.Errorf("http1: %d Host fields", hosts)
	case !isHost(req.Host()):
		return fmt.Errorf("http1: malformed Host: got %q", req.Host())
	case hosts == 0:
		w.add("Host: \r\n")
	}
	if req.Framing != 0 || needsLength(req.Method) {
		w.framing(req.Framing)
	}
	if req.Close && !req.Header.HasToken("Connection", "close") {
		w.add("Connection: close\r\n")
	}
	w.add("\r\n")
	return nil
}

// needsLength reports the methods whose requests say so when they have no content (RFC 9110 8.6).
func needsLength(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}

func (w *Writer) responseHead(resp *Response, req *Request, framing Framing) error {
	reason := resp.Reason
	if reason == "" {
		reason = StatusText(resp.Status)
	}
	w.add(statusBegin[w.begun:])
	w.buf = strconv.AppendInt(w.buf, int64(resp.Status), 10)
	w.add(" ", reason, "\r\n")
	if _, err := w.fields(resp.Header); err != nil {
		return err
	}
	if w.date != "" {
		w.add("Date: ", w.date, "\r\n")
	}
	switch {
	case resp.Status < 200 || resp.Status == 204 || tunnels(resp.Status, req.Method):
		if framing > 0 || framing == Chunked {
			return fmt.Errorf("http1: a %d to %s has no body, yet one is announced", resp.Status, req.Method)
		}
	case resp.Status == 304 && framing == 0: // a zero says nothing here; "Content-Length: 0" would
	default:
		w.framing(framing)
	}
	switch {
	case resp.Status < 200 || tunnels(resp.Status, req.Method):
	case resp.Close && !resp.Header.HasToken("Connection", "close"):
		w.add("Connection: close\r\n")
	case !resp.Close && req.HTTP10 && !resp.Header.HasToken("Connection", "keep-alive"):
		w.add("Connection: keep-alive\r\n")
	}
	w.add("\r\n")
	return nil
}

func (w *Writer) add(parts ...string) {
	for _, part := range parts {
		w.buf = append(w.buf, part...)
	}
}

// framing writes the field that announces the body.
func (w *Writer) framing(framing Framing) {
	switch {
	case framing == Chunked:
		w.add("Transfer-Encoding: chunked\r\n")
	case framing >= 0:
		w.add("Content-Length: ")
		w.buf = strconv.AppendInt(w.buf, int64(framing), 10)
		w.add("\r\n")
	}
}

// fields writes fields after checking them: a value with a line end in it would be a field, or a message, of its own.
func (w *Writer) fields(h Header) (hosts int, err error) {
	for i := range h {
		name, value := h[i].Name, h[i].Value
		switch {
		case !isToken(name):
			return 0, fmt.Errorf("http1: field's name is not a token: got %q", clip(name))
		case !only(value, inValue):
			return 0, fmt.Errorf("http1: control character in the value of %s: got %q", name, clip(value))
		case framingName(name) != "":
			return 0, fmt.Errorf("http1: %s in a header: it follows from Framing", name)
		case equalFold(name, "Host"):
			hosts++
		}
		w.add(name, ": ", value, "\r\n")
	}
	return hosts, nil
}
