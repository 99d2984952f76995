// Package traffic has the kinds that nearly every experiment needs to make something happen. So far it is client: a
// node from which a script opens connections and sends datagrams, as a program on that node would.
//
// What the network does to a client is an answer, not an error of the script: a dial that nobody accepts has failed
// with "connection refused", reading from a connection that was reset has failed with "connection reset", and the end
// of a stream is None. A read that has not ended within its timeout is unknown; nothing is lost by it, the next read
// gets what comes.
package traffic

import "github.com/netlab-dev/netlab/sdk"

// Plugin serves the kind client.
func Plugin() sdk.Plugin {
	return sdk.Plugin{Name: "traffic", Doc: "clients", Kinds: []sdk.Kind{{
		Name: "client",
		Doc:  "opens connections and sends datagrams when a script says so",
		New:  func() sdk.Component { return client{} },
		Methods: []sdk.Method{
			sdk.Func("dial", "opens a TCP connection, waiting at most 5s for it", client.dial),
			sdk.Func("socket", "opens a UDP socket", client.socket),
		},
		Objects: []sdk.ObjectType{
			{Name: "conn", Doc: "A TCP connection of the client.", Of: (*conn)(nil), Methods: []sdk.Method{
				sdk.Func("send", "sends text or bytes; it waits while the connection takes no more", (*conn).send),
				sdk.Func("read_line", "the next line without its newline, None at the end of the stream", (*conn).readLine),
				sdk.Func("read", "the next n bytes, fewer only at the end of the stream", (*conn).read),
				sdk.Func("close_write", "ends the client's direction; the other side may still answer", (*conn).closeWrite),
				sdk.Func("close", "ends the connection", (*conn).close),
			}},
			{Name: "socket", Doc: "A UDP socket of the client.", Of: (*socket)(nil), Methods: []sdk.Method{
				sdk.Func("send", "sends one datagram", (*socket).send),
				sdk.Func("receive", "waits for the next datagram", (*socket).receive),
			}},
		},
	}}}
}
