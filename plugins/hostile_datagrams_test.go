package plugins

import (
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// datagrams are hostile ones: anything, the largest, and true messages of raft that were cut short, spoilt or continued.
func datagrams(genuine []byte) [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	all := [][]byte{nil, {0}, []byte("GET / HTTP/1.1\r\n\r\n"), make([]byte, sdk.MaxDatagram)}
	for range 200 {
		junk := make([]byte, random.IntN(200))
		for i := range junk {
			junk[i] = byte(random.Uint32())
		}
		all = append(all, junk, append([]byte("\xabL\x01"), junk...))
	}
	for i := range genuine {
		spoilt := append([]byte(nil), genuine...)
		spoilt[i] ^= 1 << random.IntN(8)
		all = append(all, genuine[:i], spoilt, append(spoilt, spoilt...))
	}
	return all
}

func TestHostileDatagramsHarmNobody(t *testing.T) {
	b := town(t)
	var seen []byte // a request of the raft client, as it is on the wire
	b.DoOn("fake", func(env sdk.Env) {
		socket, err := env.ListenPacket(7000)
		if err != nil {
			t.Error(err)
			return
		}
		env.Go(func() { seen = spoil(env, socket, "raft:7000") })
	})
	b.Add("misled", "raft-client", fields("servers", []any{sdk.Addr("fake:7000")}))
	if a := b.Call("misled", "get", fields("key", "x")); a.OK || a.Unknown {
		t.Errorf("get from a server that answers nonsense: %+v, want it to fail", a)
	}
	if len(seen) == 0 {
		t.Fatal("no genuine message was seen")
	}
	hostile := datagrams(seen)
	b.Do(func(env sdk.Env) {
		socket, err := env.ListenPacket(0)
		if err != nil {
			t.Error(err)
			return
		}
		// The client of raft listens on its first free port, as all do.
		for _, to := range []sdk.Addr{"udp:8081", "sink:9000", "raft:7000", "asker:49152"} {
			for _, d := range hostile {
				if _, err := socket.WriteTo(d, to); err != nil {
					t.Errorf("%s: %v", to, err)
				}
			}
		}
		_ = env.Sleep(time.Second)
		wellUDP(t, env)
	})
	for _, call := range []struct {
		method string
		args   sdk.Fields
	}{{"put", fields("key", "k", "value", "v")}, {"get", fields("key", "k")}} {
		if a := b.Call("asker", call.method, call.args); !a.OK {
			t.Errorf("raft-client %s after it all: %+v", call.method, a)
		}
	}
	if status, _ := b.Call("raft", "status", nil).Value.(sdk.Fields); status.Get("role") != "leader" {
		t.Errorf("raft: %v, want it to lead still", status)
	}
}

func wellUDP(t *testing.T, env sdk.Env) {
	socket, err := env.ListenPacket(0)
	if err != nil {
		t.Error(err)
		return
	}
	defer socket.Close()
	_, _ = socket.WriteTo([]byte("hello"), sdk.Addr("udp:8081"))
	_ = socket.SetReadDeadline(env.Now().Add(time.Second))
	buf := make([]byte, 100)
	n, _, err := socket.ReadFrom(buf)
	if string(buf[:n]) != "Echo: hello" {
		t.Errorf("udp-echo answered %q, %v", buf[:n], err)
	}
}

// hostileAnswers are what a server may answer to the client's get and drive.
var hostileAnswers = []struct {
	name   string
	answer func(w io.Writer, pause func()) // until it returns or a write fails
}{
	{"garbage", say("\x00\xff hello\r\n\r\n")},
	{"endless head", func(w io.Writer, _ func()) {
		_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\n")
		for err == nil {
			_, err = io.WriteString(w, "X: "+strings.Repeat("x", 1000)+"\r\n")
		}
	}},
	{"endless interim responses", func(w io.Writer, _ func()) {
		for err := error(nil); err == nil; {
			_, err = io.WriteString(w, "HTTP/1.1 100 Continue\r\n\r\n")
		}
	}},
	{"endless chunks", func(w io.Writer, _ func()) {
		_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		for err == nil {
			_, err = io.WriteString(w, "10000\r\n"+strings.Repeat("x", 1<<16)+"\r\n")
		}
	}},
	{"endless until close", func(w io.Writer, _ func()) {
		_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\n\r\n")
		for err == nil {
			_, err = w.Write(make([]byte, 1<<16))
		}
	}},
	{"a byte a second", func(w io.Writer, pause func()) {
		_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
		for ; err == nil; pause() {
			_, err = w.Write([]byte("x"))
		}
	}},
	{"too short", say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")},
	{"length beyond all", say("HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\n")},
	{"both framings", say("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc")},
	{"unasked upgrade", say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")},
	{"nothing", say("")},
}
