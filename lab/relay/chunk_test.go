package relay

import (
	"net"
	"runtime"
	"testing"

	"github.com/netlab-dev/netlab/sdk/link"
)

// held is the heap without the pool of chunks, which two collections empty.
func held() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestConnectionsWithLittleUnderWayTakeLittleMemory(t *testing.T) {
	const count = 100
	w := newWorld(t)
	w.both(link.Profile{Latency: link.NewFixed(ms)})
	l := w.listen(80)
	before := held()
	little := func() bool { return held()-before < count*smallPiece }
	var clients []*net.TCPConn
	for i := range count {
		client, server := w.connect(l, 80)
		say(t, client, "question")
		hear(t, server, "question")
		if i%2 == 0 {
			server.CloseWrite()
			hearEnd(t, client)
		}
		clients = append(clients, client)
	}
	w.until("idle and half-closed connections take little", little)
	w.there(link.Profile{Loss: 1})
	for _, c := range clients {
		say(t, c, "never heard")
	}
	w.until("lines under way take little", func() bool {
		for _, c := range w.Connections("a", "b") {
			if c.Src == "a" && c.Waiting == 0 {
				return false
			}
		}
		return little()
	})
}
