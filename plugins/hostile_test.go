package plugins

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sdktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// town has every program that listens, each with what it needs: echo, web, sink, lb over web, tcp over echo, and a raft
// cluster of one with a client.
func town(t *testing.T) *sdktest.Bench {
	b := sdktest.NewBench(t, Builtin(), 1)
	b.Add("echo", "tcp-echo", nil)
	b.Add("udp", "udp-echo", nil)
	b.Add("sink", "sink", nil)
	b.Add("web", "http-backend", nil)
	b.Add("lb", "balancer", fields("backends", []any{sdk.Addr("web:8000")}))
	b.Add("tcp", "balancer", fields("backends", []any{sdk.Addr("echo:8080")}, "mode", "tcp"))
	b.Add("raft", "raft", nil)
	b.Add("asker", "raft-client", fields("servers", []any{sdk.Addr("raft:7000")}))
	b.Run(3 * time.Second)
	return b
}

func fields(pairs ...any) (f sdk.Fields) {
	for i := 0; i < len(pairs); i += 2 {
		f = append(f, sdk.Field{Name: pairs[i].(string), Value: pairs[i+1]})
	}
	return f
}

// streams are the programs that listen on TCP, each with a word of a client that means well, and how the answer ends.
var streams = []struct {
	addr, say, want string
	http            bool
}{
	{"echo:8080", "hello\n", "Echo: hello\n", false},
	{"tcp:8080", "hello\n", "Echo: hello\n", false},
	{"sink:9000", "hello\n", "", false},
	{"web:8000", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "hello from web\n", true},
	{"lb:8080", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "hello from web\n", true},
}

// well talks as a client that means well, and checks the answer, which must come at once.
func well(t *testing.T, env sdk.Env, addr, say, want string) {
	conn, err := env.Dial(addr)
	if err != nil {
		t.Errorf("%s: an honest client cannot connect: %v", addr, err)
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(env.Now().Add(time.Second))
	_, _ = io.WriteString(conn, say)
	_ = conn.CloseWrite()
	if got, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(got), want) {
		t.Errorf("%s: an honest client got %q, %v, want %q", addr, got, err, want)
	}
}

// shapes are what a hostile client sends. Over HTTP each must be refused, with the status where one is given.
var shapes = []struct{ name, bytes, status string }{
	{"garbage", "\x00\xff\x16\x03\x01 what\r\n\r\n\xfe", "400"},
	{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n", "400"},
	{"half a request line", "GET / HT", "400"},
	{"half a head", "GET / HTTP/1.1\r\nHost: x\r\nX-", "400"},
	{"half a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", "400"},
	{"half a chunk", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "400"},
	{"oversized target", "GET /" + strings.Repeat("x", 100_000) + " HTTP/1.1\r\nHost: x\r\n\r\n", "414"},
	{"oversized head", "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", "431"},
	{"too many fields", "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X: y\r\n", 10_000) + "\r\n", "431"},
	{"both framings",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
	{"two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "400"},
	{"negative length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "400"},
	{"length beyond numbers", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", ""},
	{"length beyond the limit", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000\r\n\r\n", "413"},
	{"chunk beyond numbers",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", "400"},
	{"hidden chunked", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", ""},
	{"space before the colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "400"},
	{"folded field", "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n", "400"},
	{"bare LF", "GET / HTTP/1.1\nHost: x\n\n", "400"},
	{"no host", "GET / HTTP/1.1\r\n\r\n", "400"},
	{"two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400"},
	{"a version to come", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505"},
	{"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""},
}

func TestHostileBytesAreRefusedAndHarmNobodyElse(t *testing.T) {
	for _, s := range streams {
		t.Run(s.addr, func(t *testing.T) {
			b := town(t)
			for _, shape := range shapes {
				b.Do(func(env sdk.Env) {
					conn, err := env.Dial(s.addr)
					if err != nil {
						t.Errorf("%s: dial: %v", shape.name, err)
						return
					}
					defer conn.Close()
					env.Go(func() { // answers may come, and end the connection, while this is still sent
						_, _ = io.WriteString(conn, shape.bytes)
						_ = conn.CloseWrite()
					})
					well(t, env, s.addr, s.say, s.want)
					_ = conn.SetReadDeadline(env.Now().Add(time.Minute))
					got, err := io.ReadAll(conn)
					if s.http && (!strings.HasPrefix(string(got), "HTTP/1.1 "+shape.status) || strings.Contains(string(got), " 200 ")) {
						t.Errorf("%s: got %.60q, %v, want it refused by %s", shape.name, got, err, shape.status)
					}
				})
			}
			b.Do(func(env sdk.Env) { well(t, env, s.addr, s.say, s.want) })
			wantNobody(t, b)
		})
	}
}

// wantNobody checks that no request is counted as under way in the balancers.
func wantNobody(t *testing.T, b *sdktest.Bench) {
	t.Helper()
	b.Run(10 * time.Second)
	for _, node := range []string{"lb", "tcp"} {
		stats, _ := b.Call(node, "stats", nil).Value.(sdk.Fields)
		if active := stats.Get("active"); active != int64(0) {
			t.Errorf("%s has %v clients under way, want none", node, active)
		}
	}
}

func TestSlowClientsAreGivenUpAndHoldUpNobody(t *testing.T) {
	for _, s := range streams {
		if !s.http {
			continue // a stream without an end of its own may take its time
		}
		b := town(t)
		for _, test := range []struct {
			name, piece string
			most        time.Duration // that the program may put up with it
		}{
			{"a byte of a head every 10s", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: " + strings.Repeat("x", 1000), 10 * time.Minute},
			{"nothing at all", "", 10 * time.Minute},
		} {
			b.Do(func(env sdk.Env) {
				conn, err := env.Dial(s.addr)
				if err != nil {
					t.Error(err)
					return
				}
				start := env.Now()
				env.Go(func() {
					for i := range test.piece {
						if _, err := io.WriteString(conn, test.piece[i:i+1]); err != nil {
							return
						}
						_ = env.Sleep(10 * time.Second)
					}
				})
				well(t, env, s.addr, s.say, s.want)
				got, _ := io.ReadAll(conn)
				if took := env.Now().Sub(start); took > test.most+2*time.Second {
					t.Errorf("%s, %s: given up after %v, want at most %v; answered %.20q", s.addr, test.name, took, test.most, got)
				}
				_ = conn.Close()
			})
		}
	}
}

func TestThousandsOfConnectsAndResetsLeaveNothing(t *testing.T) {
	const count = 2000
	for _, s := range streams {
		b := town(t)
		b.Do(func(env sdk.Env) {
			for i := range count {
				conn, err := env.Dial(s.addr)
				if err != nil {
					t.Errorf("%s: dial %d: %v", s.addr, i, err)
					return
				}
				switch i % 4 {
				case 1:
					_, _ = io.WriteString(conn, s.say[:len(s.say)/2])
				case 2:
					_, _ = io.WriteString(conn, s.say)
				case 3:
					_ = conn.Close()
					continue
				}
				_ = conn.Reset()
			}
			well(t, env, s.addr, s.say, s.want)
		})
		wantNobody(t, b)
	}
}

func TestTenThousandIdleConnectionsHoldUpNobody(t *testing.T) {
	count := 10_000 - 10 // the balancer's limit, which is said, less a few for those that mean well
	if testing.Short() {
		count = 500
	}
	for _, s := range streams {
		b := town(t)
		b.Do(func(env sdk.Env) {
			for i := range count {
				if _, err := env.Dial(s.addr); err != nil {
					t.Errorf("%s: dial %d: %v", s.addr, i, err)
					return
				}
			}
			well(t, env, s.addr, s.say, s.want)
		})
	}
}

func say(text string) func(io.Writer, func()) {
	return func(w io.Writer, _ func()) { _, _ = io.WriteString(w, text) }
}

func TestWhateverAServerAnswersTheClientEndsWithAnError(t *testing.T) {
	for _, hostile := range hostileAnswers {
		t.Run(hostile.name, func(t *testing.T) {
			b := sdktest.NewBench(t, Builtin(), 1)
			b.Add("client", "client", nil)
			b.Network(link.Profile{Latency: link.NewFixed(time.Millisecond), Rate: 20 * link.Mbit})
			b.DoOn("liar", func(env sdk.Env) {
				ln, err := env.Listen(80)
				if err != nil {
					t.Error(err)
					return
				}
				env.Go(func() {
					for {
						conn, err := ln.Accept()
						if err != nil {
							return
						}
						env.Go(func() { lie(env, conn, hostile.answer) })
					}
				})
			})
			start := b.Now()
			if hostile.name != "a byte a second" { // for which the script's own limit is there, which a bench has not
				if a := b.Call("client", "get", fields("url", "http://liar:80/")); a.OK || a.Error == "" {
					t.Errorf("get: %+v, want an error", a)
				}
			}
			call := b.Call("client", "drive", fields("url", "http://liar:80/", "clients", int64(2), "requests", int64(4),
				"within", 5*time.Second))
			summary := fmt.Sprintf("%+v", call.Value)
			if !call.OK || !strings.Contains(summary, "errors Value:4") {
				t.Errorf("drive: %.300s, %s, want 4 errors", summary, call.Error)
			}
			if took := b.Now() - start; took > time.Minute {
				t.Errorf("took %v of virtual time", took)
			}
		})
	}
}

// lie reads a request and answers as told.
func lie(env sdk.Env, conn net.Conn, answer func(io.Writer, func())) {
	defer conn.Close()
	in := http1.NewReader(conn, http1.Limits{})
	defer in.Release()
	var req http1.Request
	if in.ReadRequest(&req) == nil {
		answer(conn, func() { _ = env.Sleep(time.Second) })
	}
}

// spoil answers every datagram with spoilt copies of it, for three seconds, and returns the first.
func spoil(env sdk.Env, socket net.PacketConn, also sdk.Addr) (first []byte) {
	end := env.Now().Add(3 * time.Second)
	_ = socket.SetReadDeadline(end)
	buf := make([]byte, sdk.MaxDatagram)
	for {
		n, from, err := socket.ReadFrom(buf)
		if err != nil {
			return first
		}
		if first == nil {
			first = append(first, buf[:n]...)
		}
		for _, d := range datagrams(buf[:n]) {
			_, _ = socket.WriteTo(d, from)
			_, _ = socket.WriteTo(d, also)
		}
	}
}

// What claims to come from a member of the cluster may be anything, as after damage that no checksum has found.
func TestForgedMessagesOfAMemberDoNotEndARaftNode(t *testing.T) {
	b := sdktest.NewBench(t, Builtin(), 1)
	b.Add("r1", "raft", nil, "forger", "r2")
	b.Add("r2", "raft", nil, "forger", "r1")
	var seen []byte
	b.DoOn("forger", func(env sdk.Env) {
		socket, err := env.ListenPacket(7000)
		if err != nil {
			t.Error(err)
			return
		}
		seen = spoil(env, socket, "r1:7000")
	})
	if len(seen) == 0 {
		t.Fatal("no genuine message was seen")
	}
	for _, node := range []string{"r1", "r2"} {
		if a := b.Call(node, "status", nil); !a.OK {
			t.Errorf("%s: %+v", node, a)
		}
	}
}
