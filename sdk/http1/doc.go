// Package http1 speaks HTTP/1.1 over any blocking connection, for clients, servers and proxies alike. It starts no
// goroutine, reads no clock and keeps no global state that shows, so the same code serves kernel sockets and a
// simulated network in virtual time. Deadlines are set by the caller on the connection.
//
//	in := http1.NewReader(conn, http1.Limits{})
//	out := http1.NewWriter(conn)
//	var req http1.Request
//	for in.ReadRequest(&req) == nil {
//		reply := http1.Response{Status: 200, Framing: 6, Body: strings.NewReader("hello\n")}
//		if out.WriteResponse(&reply, &req) != nil || reply.Close {
//			break
//		}
//	}
//
// Server is that loop with errors, 100-continue, unread bodies and upgrades taken care of; Client is the other side.
//
// # Strictness
//
// A message that two programs can read in two ways is refused, also where RFC 9112 would let a recipient repair it:
// Content-Length beside Transfer-Encoding, more than one of either, a length with a sign, a list or white space, any
// transfer coding but one plain "chunked", a line without its CR, a folded line, white space around a field's name,
// control characters, and names that a gateway would turn into Content-Length or Transfer-Encoding. Every such error
// is an *Error: it carries the status a server answers and the rule that was broken.
//
// # Who writes what
//
// Framing says how a body ends. Content-Length and Transfer-Encoding are therefore never part of a Header: the Reader
// takes them out, the Writer puts them in and refuses a Header that has them. Whatever is forwarded is framed afresh,
// and chunk extensions end here.
//
// A Request or Response belongs to its caller, who may use it again for the next message: its Header's memory is then
// used again too. Its strings stay valid for ever. Reader, Writer, Server and Client are each for one task at a time; a
// Reader and a Writer of the same connection may be used by two.
package http1
