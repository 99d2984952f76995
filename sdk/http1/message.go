package http1

import (
	"io"
	"strings"
)

// Framing says how the end of a body is found (RFC 9112 6): by its length in bytes, which zero and above mean, or by
// one of the constants.
type Framing int64

const (
	// Chunked bodies come in pieces, each behind its size, and may end in trailers (RFC 9112 7.1).
	Chunked Framing = -1
	// UntilClose means that the head announces nothing. The body of a response then ends with the connection. Where a
	// response has no body (to HEAD, or 304), it means that nothing was said about the size the body would have.
	UntilClose Framing = -2
)

// Request is a request. As read, its target is never in absolute form: "GET http://web:80/x" is read as the target "/x"
// with the Host "web:80", whatever its Host field said (RFC 9112 3.2.2).
type Request struct {
	Method string
	// Target is a path with its query, "*" (OPTIONS only), or "host:port" (CONNECT only).
	Target string
	// HTTP10 tells a request of HTTP/1.0. Requests are always written as HTTP/1.1.
	HTTP10 bool
	// Close says that the connection ends after this exchange. As read, it is what Connection and the version imply.
	Close   bool
	Header  Header
	Framing Framing
	// Body is read from the connection as it is asked for, never nil in a request that was read. It is not looked at in
	// writing when Framing is 0.
	Body io.Reader
}

// Response is a response.
type Response struct {
	Status int
	// Reason is what follows the status; in writing, "" stands for the usual one.
	Reason string
	HTTP10 bool
	// Close says that the connection ends after this response; writing sets it where that became necessary.
	Close bool
	// Tunnel says that the connection carries another protocol from here on: after a 101, and after a 2xx answer to
	// CONNECT. Take returns what the Reader holds of it already. Not looked at in writing.
	Tunnel bool
	Header Header
	// Framing is what the head says, also where no body follows (to HEAD, 304).
	Framing Framing
	Body    io.Reader
}

// Path is the target without its query.
func (r *Request) Path() string {
	path, _, _ := strings.Cut(r.Target, "?")
	return path
}

// Host is the value of the Host field.
func (r *Request) Host() string {
	return r.Header.Get("Host")
}

// ExpectsContinue reports whether the client waits for a 100 before it sends the body (RFC 9110 10.1.1).
func (r *Request) ExpectsContinue() bool {
	return !r.HTTP10 && r.Framing != 0 && r.Header.HasToken("Expect", "100-continue")
}

// ForNextHop makes a request that was read fit for another connection: see Header.RemoveHopByHop. A proxy that passes
// an upgrade on asks Header.Upgrade first, and adds Connection and Upgrade again.
func (r *Request) ForNextHop() {
	r.Header.RemoveHopByHop()
	r.Close = false
}

// ForNextHop makes a response that was read fit for another connection, as the one of Request does. A body that ended
// with the old connection will be sent in chunks, so that the new one can live on.
func (r *Response) ForNextHop() {
	r.Header.RemoveHopByHop()
	r.Close = false
}

// Interim reports whether another response to the same request follows: all of 1xx but 101.
func (r *Response) Interim() bool {
	return r.Status >= 100 && r.Status < 200 && r.Status != 101
}

// Idempotent reports whether a request with that method may be sent again when no answer came (RFC 9110 9.2.2).
func Idempotent(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		return true
	}
	return false
}

// bodiless reports whether a response has no body whatever its head says (RFC 9112 6.3, rules 1 and 2).
func bodiless(status int, method string) bool {
	return method == "HEAD" || status < 200 || status == 204 || status == 304 || tunnels(status, method)
}

func tunnels(status int, method string) bool {
	return status == 101 || method == "CONNECT" && status >= 200 && status < 300
}
