// Package traffic has the kinds that nearly every experiment needs to make something happen:
//
//   - client is a node from which a script opens connections, sends datagrams, asks over HTTP and makes load, as a
//     program on that node would;
//   - http-backend is an HTTP server whose speed, capacity and health the script decides;
//   - sink takes bytes and datagrams, and never answers.
//
// What the network does to a client is an answer, not an error of the script: a dial that nobody accepts has failed
// with "connection refused", reading from a connection that was reset has failed with "connection reset", and the end
// of a stream is None. A read that has not ended within its timeout is unknown; nothing is lost by it, the next read
// gets what comes.
//
// # Load
//
// A drive is an open or a closed loop. In an open loop (per_second) requests are due by a schedule, whether or not
// those before were answered, as with many independent users; each is a task of its own, on a connection that an
// earlier one has left. Its latency counts from when it was due: a server that stalls for a second shows in every
// request of that second, although the connection, or the bound of clients, may have kept some from being sent. That
// is what corrects for coordinated omission, and nothing is estimated.
//
// In a closed loop (clients) each client asks when it has its answer, as with a fixed number of workers. There is no
// schedule, so latency counts from the request itself: a server that stalls is asked less often, and its stall is one
// slow request for each client. Give per_second beside clients to see what users would: an open loop with at most so
// many requests under way.
//
// An open loop may have stages, in which the number of requests a second goes evenly from one to another. The clients of a
// closed loop may think. Over http each request may be made by a function of the script, and bring its work along; what
// it draws depends on its number, so that all that is compared gets the same requests.
//
// Answers are good below status 400; all else is an error, by its reason in by_error. A drive ends at its duration plus
// within, whatever the server does, and every request that was due by then is counted: received, or an error. One that no
// client was free to send in time is late.
//
// Latencies are of all requests, so that a server which hangs cannot improve them: one that was given up, or is late,
// counts with within, one that failed earlier with the time it took. Their quantiles are exact, since every request is
// kept as a record of 24 bytes, at most 4 million of them.
package traffic

import "github.com/netlab-dev/netlab/sdk"

// Plugin serves the kinds client, http-backend and sink.
func Plugin() sdk.Plugin {
	return sdk.Plugin{
		Name: "traffic", Doc: "clients, load, and servers to be asked",
		Kinds: []sdk.Kind{clientKind(), backendKind(), sinkKind()},
	}
}

func clientKind() sdk.Kind {
	return sdk.Kind{
		Name: "client",
		Doc:  "opens connections, sends datagrams and makes load, as the script says",
		New:  func() sdk.Component { return &client{} },
		Methods: []sdk.Method{
			sdk.Func("dial", "opens a TCP connection; it waits at most 5s, or a longer timeout", (*client).dial),
			sdk.Func("socket", "opens a UDP socket", (*client).socket),
			sdk.Func("get", "sends an HTTP request on a new connection, opened as by dial; it does not follow redirects", (*client).get),
			sdk.Func("drive", "makes many requests, by a schedule or one after the other, and measures the answers",
				(*client).drive).Ending(),
		},
		Objects: []sdk.ObjectType{
			{Name: "conn", Doc: "A TCP connection of the client.", Of: (*conn)(nil), Methods: []sdk.Method{
				sdk.Func("send", "sends text or bytes; it waits while the connection has no room", (*conn).send),
				sdk.Func("read_line", "returns the next line without its newline, or None at the end of the stream", (*conn).readLine),
				sdk.Func("read", "returns the next n bytes, or fewer at the end of the stream", (*conn).read),
				sdk.Func("close_write", "ends the direction from the client (FIN); the other side may still answer", (*conn).closeWrite),
				sdk.Func("close", "ends the connection", (*conn).close),
			}},
			{Name: "socket", Doc: "A UDP socket of the client.", Of: (*socket)(nil), Methods: []sdk.Method{
				sdk.Func("send", "sends one datagram", (*socket).send),
				sdk.Func("receive", "waits for the next datagram", (*socket).receive),
			}},
			{Name: "response", Doc: "The answer to an HTTP request.", Of: (*response)(nil), Methods: []sdk.Method{
				sdk.Func("header", "returns the first header field with this name, or None", (*response).header).Query(),
			}},
			{Name: "driven", Doc: "What a drive has measured.", Of: (*driven)(nil), Methods: []sdk.Method{
				sdk.Func("between", "returns the part of the drive with the requests that were due from t1 until before t2", (*driven).between),
				sdk.Func("series", "returns counts and percentiles over time: a point for each piece of this length", (*driven).series),
			}},
		},
		Messages: sdk.NoMessages,
	}
}

func backendKind() sdk.Kind {
	return sdk.Kind{
		Name: "http-backend",
		Doc:  "answers HTTP requests, with its name in the header X-Backend; it answers /health at once",
		New:  func() sdk.Component { return &backend{} },
		Methods: []sdk.Method{
			sdk.Func("stats", "returns what it has done so far, and what it does now", (*backend).stats).Query(),
		},
		Messages: sdk.NoMessages,
	}
}

func sinkKind() sdk.Kind {
	return sdk.Kind{
		Name: "sink",
		Doc:  "reads everything that comes over TCP and UDP, and answers nothing",
		New:  func() sdk.Component { return &sink{} },
		Methods: []sdk.Method{
			sdk.Func("stats", "returns how much it has received so far", (*sink).stats).Query(),
		},
		Messages: sdk.NoMessages,
	}
}
