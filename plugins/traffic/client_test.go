package traffic

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sdktest"
)

func TestThePluginPassesTheSuite(t *testing.T) { sdktest.Run(t, Plugin()) }

func serve(t *testing.T, b *sdktest.Bench, f func(sdk.Env, sdk.Conn)) { serveOn(t, b, "server", f) }

// serveOn lets a node accept connections on port 80 and treat each by f.
func serveOn(t *testing.T, b *sdktest.Bench, node string, f func(sdk.Env, sdk.Conn)) {
	b.DoOn(node, func(env sdk.Env) {
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
				env.Go(func() { f(env, conn) })
			}
		})
	})
}

func newBench(t *testing.T) *sdktest.Bench {
	b := sdktest.NewBench(t, Plugin(), 1)
	b.Add("client", "client", nil)
	return b
}

func dial(t *testing.T, b *sdktest.Bench) any {
	t.Helper()
	a := b.Call("client", "dial", sdk.Fields{{Name: "addr", Value: sdk.Addr("server:80")}})
	if !a.OK {
		t.Fatalf("dial: %+v", a)
	}
	return a.Value
}

func text(data string) sdk.Fields { return sdk.Fields{{Name: "data", Value: data}} }

func number(n int) sdk.Fields { return sdk.Fields{{Name: "n", Value: n}} }

// want checks an answer but for its time and the hint of a misuse.
func want(t *testing.T, what string, got, want sdktest.Answer) {
	t.Helper()
	if got.At = 0; got.Misuse {
		got.Value = nil
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func ok(value any) sdktest.Answer        { return sdktest.Answer{OK: true, Value: value} }
func failed(text string) sdktest.Answer  { return sdktest.Answer{Error: text} }
func misuse(text string) sdktest.Answer  { return sdktest.Answer{Misuse: true, Error: text} }
func unknown(text string) sdktest.Answer { return sdktest.Answer{Unknown: true, Error: text} }

func TestLinesAreReadOneByOneUntilTheEnd(t *testing.T) {
	b := newBench(t)
	serve(t, b, func(_ sdk.Env, conn sdk.Conn) {
		_, _ = io.WriteString(conn, "one\n\ntwo\r\n\xff\nrest")
		_ = conn.Close()
	})
	conn := dial(t, b)
	for _, line := range []any{"one", "", "two\r", []byte("\xff"), "rest", nil, nil} {
		want(t, "read_line", b.CallObject(conn, "read_line", nil), ok(line))
	}
}

func TestReadTakesExactlyNBytesAndFewerOnlyAtTheEnd(t *testing.T) {
	b := newBench(t)
	serve(t, b, func(env sdk.Env, conn sdk.Conn) {
		for _, part := range []string{"ab", "cd", "efg"} {
			_, _ = io.WriteString(conn, part)
			_ = env.Sleep(time.Second)
		}
		_ = conn.Close()
	})
	conn := dial(t, b)
	want(t, "none", b.CallObject(conn, "read", number(0)), ok([]byte{}))
	want(t, "over the parts", b.CallObject(conn, "read", number(5)), ok([]byte("abcde")))
	want(t, "fewer", b.CallObject(conn, "read", number(5)), ok([]byte("fg")))
	want(t, "at the end", b.CallObject(conn, "read", number(5)), ok([]byte{}))
	want(t, "nonsense", b.CallObject(conn, "read", number(-1)), misuse("n is -1, want 0 to 16777216"))
}

func TestHalfClosingLetsTheServerAnswer(t *testing.T) {
	b := newBench(t)
	serve(t, b, func(_ sdk.Env, conn sdk.Conn) {
		data, err := io.ReadAll(conn)
		if err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(conn, strings.ToUpper(string(data)))
		_ = conn.Close()
	})
	conn := dial(t, b)
	want(t, "send", b.CallObject(conn, "send", text("abc")), ok(nil))
	want(t, "close_write", b.CallObject(conn, "close_write", nil), ok(nil))
	want(t, "read_line", b.CallObject(conn, "read_line", nil), ok("ABC"))
	want(t, "send", b.CallObject(conn, "send", text("d")), failed("closed"))
	want(t, "close", b.CallObject(conn, "close", nil), ok(nil))
	want(t, "read_line", b.CallObject(conn, "read_line", nil), ok(nil))
}

func TestWhatTheNetworkDoesIsTheAnswer(t *testing.T) {
	b := newBench(t)
	call := func(addr string) sdktest.Answer {
		return b.Call("client", "dial", sdk.Fields{{Name: "addr", Value: sdk.Addr(addr)}})
	}
	serve(t, b, func(sdk.Env, sdk.Conn) {})
	want(t, "a closed port", call("server:81"), failed("connection refused"))
	want(t, "no node", call("sever:80"), failed("no such node"))
	want(t, "no address", call("server"), misuse(`address "server": want node:port`))

	conn := dial(t, b)
	b.Reset("client", "server")
	want(t, "send after a reset", b.CallObject(conn, "send", text("x")), failed("connection reset"))
	want(t, "read after a reset", b.CallObject(conn, "read_line", nil), failed("connection reset"))

	b.Cut("client", "server")
	start := b.Now()
	want(t, "a cut", call("server:80"), failed("timed out"))
	if took := b.Now() - start; took != 5*time.Second {
		t.Errorf("dialling into a cut took %v, want 5s", took)
	}
}

// A dial that opened a connection after the script had given up would leave one that nobody can close.
func TestADialEndsWithTheScriptsTimeout(t *testing.T) {
	b := newBench(t)
	accepted := 0
	serve(t, b, func(sdk.Env, sdk.Conn) { accepted++ })
	b.DoOn("caller", func(sdk.Env) {})
	b.Cut("caller", "server")
	var err error
	b.DoOn("caller", func(env sdk.Env) {
		env.Go(func() {
			_, err = new(client).dial(deadlined{env, env.Now().Add(100 * ms)}, dialArgs{Addr: "server:80"})
		})
	})
	b.Run(200 * ms)
	if err == nil || err.Error() != "timed out" {
		t.Errorf("got %v, want timed out", err)
	}
	b.Heal("caller", "server")
	b.Run(5 * time.Second)
	if accepted != 0 {
		t.Errorf("%d connections came of it", accepted)
	}
}

func TestAReadThatNobodyWaitsForAnyMoreLosesNothing(t *testing.T) {
	b := newBench(t)
	serve(t, b, func(env sdk.Env, conn sdk.Conn) {
		_ = env.Sleep(10 * time.Second)
		_, _ = io.WriteString(conn, "late\n")
	})
	conn := dial(t, b)
	first := b.Begin(conn, "read_line", nil)
	b.Run(time.Second) // the script's timeout: nobody tells the method
	want(t, "the next read", b.CallObject(conn, "read_line", nil), ok("late"))
	want(t, "the first read", b.Await(first), unknown("a later read has taken over"))
}

func TestALineWithoutEndIsRefusedButNotLost(t *testing.T) {
	b := newBench(t)
	serve(t, b, func(_ sdk.Env, conn sdk.Conn) {
		_, _ = conn.Write(make([]byte, 4<<20))
		_ = conn.Close()
	})
	conn := dial(t, b)
	want(t, "read_line", b.CallObject(conn, "read_line", nil), failed("a line of more than 1048576 bytes; use read(n)"))
	a := b.CallObject(conn, "read", number(8<<20))
	if data, _ := a.Value.([]byte); len(data) != 4<<20 {
		t.Errorf("read: %d bytes, want all 4 MiB", len(data))
	}
}

func TestDatagramsGoThereAndBack(t *testing.T) {
	b := newBench(t)
	b.DoOn("server", func(env sdk.Env) {
		socket, err := env.ListenPacket(80)
		if err != nil {
			t.Error(err)
			return
		}
		env.Go(func() {
			buf := make([]byte, 100)
			for {
				n, from, err := socket.ReadFrom(buf)
				if err != nil {
					return
				}
				_, _ = socket.WriteTo(append([]byte("re: "), buf[:n]...), from)
			}
		})
	})
	b.Network(link.Profile{Latency: link.Draw{A: 10 * time.Millisecond}})
	socket := b.Call("client", "socket", sdk.Fields{{Name: "port", Value: 9}}).Value
	send := func(addr, data string) sdktest.Answer {
		return b.CallObject(socket, "send", append(text(data), sdk.Field{Name: "addr", Value: sdk.Addr(addr)}))
	}
	want(t, "send", send("server:80", "a"), ok(nil))
	want(t, "receive", b.CallObject(socket, "receive", nil),
		ok(sdk.Fields{{Name: "data", Value: "re: a"}, {Name: "src", Value: sdk.Addr("server:80")}}))
	if b.Now() != 20*time.Millisecond {
		t.Errorf("a round trip took %v, want 20ms", b.Now())
	}
	want(t, "into the void", send("server:81", "a"), ok(nil))
	want(t, "no node", send("sever:80", "a"), failed("no such node"))
	want(t, "too large", send("server:80", strings.Repeat("x", sdk.MaxDatagram+1)), failed("datagram too large"))
	want(t, "the same port", b.Call("client", "socket", sdk.Fields{{Name: "port", Value: 9}}), failed("port in use"))
}
