package balancer

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// greets lets a node say its name and then the bytes it gets, in upper case, until the client has closed its direction.
func (w *world) greets(node string) {
	w.raw(node, func(_ sdk.Env, conn sdk.Conn) {
		defer conn.Close()
		_, _ = io.WriteString(conn, node+" ")
		data, err := io.ReadAll(conn)
		if err == nil {
			_, _ = io.WriteString(conn, strings.ToUpper(string(data)))
		}
	})
}

func TestTCPConnectionsAreSpreadAndHalfCloseAndResetPass(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, "mode", "tcp")
	w.greets("a")
	w.raw("b", func(_ sdk.Env, conn sdk.Conn) {
		_, _ = io.ReadFull(conn, make([]byte, 3))
		_ = conn.Reset()
	})
	for range 2 {
		w.DoOn("client", func(env sdk.Env) {
			conn := dial(t, env)
			_, _ = io.WriteString(conn, "abc")
			_ = conn.CloseWrite()
			data, err := io.ReadAll(conn)
			if string(data) != "a ABC" || err != nil {
				t.Errorf("got %q, %v, want the answer after our end", data, err)
			}
			conn = dial(t, env)
			_, _ = io.WriteString(conn, "abc")
			if data, err := io.ReadAll(conn); !errors.Is(err, sdk.ErrReset) {
				t.Errorf("got %q, %v, want the backend's reset", data, err)
			}
		})
	}
	w.wantStat("a", "requests", 2)
	w.wantStat("b", "requests", 2)
	w.wantStat("b", "inflight", 0)
	w.wantStat("", "active", 0)
}

func TestAResetOfTheClientReachesTheBackend(t *testing.T) {
	w := newWorld(t, []string{"a"}, "mode", "tcp")
	var got error
	w.raw("a", func(_ sdk.Env, conn sdk.Conn) { _, got = io.ReadAll(conn) })
	w.DoOn("client", func(env sdk.Env) {
		conn := dial(t, env)
		_, _ = io.WriteString(conn, "abc")
		_ = env.Sleep(time.Second)
		_ = conn.Reset()
	})
	w.Run(time.Second)
	if !errors.Is(got, sdk.ErrReset) {
		t.Errorf("the backend got %v, want a reset", got)
	}
}

func TestATCPClientGetsAnotherBackendOrAReset(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, "mode", "tcp")
	w.DoOn("a", func(sdk.Env) {})
	w.greets("b")
	for range 4 {
		w.DoOn("client", func(env sdk.Env) {
			conn := dial(t, env)
			_ = conn.CloseWrite()
			if data, err := io.ReadAll(conn); string(data) != "b " || err != nil {
				t.Errorf("got %q, %v", data, err)
			}
		})
	}
	w.wantStat("", "retries", 2)
	w.wantStat("a", "errors", 2)
	w.configure(w.backends[:1], "mode", "tcp")
	if got, end := w.exchange(""); got != "" || !errors.Is(end, sdk.ErrReset) {
		t.Errorf("without a backend: got %q, %v, want a reset", got, end)
	}
	w.wantStat("", "errors", 1)
}

func TestNoByteThatCameInTheQueueIsLostWhenADialFails(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, "mode", "tcp", "max_active", 1)
	w.DoOn("a", func(env sdk.Env) {
		ln, _ := env.Listen(80)
		env.Go(func() {
			conn, _ := ln.Accept()
			_ = ln.Close()
			_ = env.Sleep(time.Second)
			_ = conn.Reset()
		})
	})
	var got []string
	w.raw("b", func(env sdk.Env, conn sdk.Conn) {
		_ = env.Sleep(2 * time.Second)
		data, _ := io.ReadAll(conn)
		got = append(got, string(data))
		_ = conn.Close()
	})
	w.DoOn("client", func(env sdk.Env) {
		for range 2 {
			conn := dial(t, env)
			_ = env.Sleep(10 * time.Millisecond) // until it is connected: one that ends while it waits has left
			_ = conn.CloseWrite()
		}
		conn := dial(t, env)
		_, _ = io.WriteString(conn, "first ")
		_ = env.Sleep(3 * time.Second)
		_, _ = io.WriteString(conn, "second")
		_ = conn.CloseWrite()
	})
	w.Run(10 * time.Second)
	if fmt.Sprintf("%q", got) != `["" "first second"]` {
		t.Errorf("got %q, want all that the third client sent", got)
	}
	w.wantStat("", "retries", 1)
}

func TestALongStreamPassesWhole(t *testing.T) {
	w := newWorld(t, []string{"a"}, "mode", "tcp")
	w.raw("a", func(_ sdk.Env, conn sdk.Conn) {
		defer conn.Close()
		_, _ = io.Copy(conn, conn)
	})
	text := strings.Repeat("0123456789abcdef", 64<<10)
	w.DoOn("client", func(env sdk.Env) {
		conn := dial(t, env)
		env.Go(func() {
			_, _ = io.WriteString(conn, text)
			_ = conn.CloseWrite()
		})
		if data, err := io.ReadAll(conn); string(data) != text || err != nil {
			t.Errorf("got %d bytes, %v, want %d", len(data), err, len(text))
		}
	})
}

func TestATunnelEndsWhenNothingHasMovedEitherWayForTheIdleTime(t *testing.T) {
	w := newWorld(t, []string{"a"}, "mode", "tcp", "idle", 10*time.Second)
	w.raw("a", func(_ sdk.Env, conn sdk.Conn) { _, _ = io.Copy(io.Discard, conn) })
	w.DoOn("client", func(env sdk.Env) {
		conn := dial(t, env)
		start := env.Now()
		for range 5 { // bytes of one direction keep both open
			_ = env.Sleep(8 * time.Second)
			_, _ = io.WriteString(conn, "x")
		}
		_, err := io.ReadAll(conn)
		if took := env.Now().Sub(start); took < 50*time.Second || took > 51*time.Second {
			t.Errorf("it ended after %v with %v, want 10s after the last byte", took, err)
		}
	})
	w.wantStat("a", "inflight", 0)
}

func TestATunnelThatIsStuckInAWriteEndsToo(t *testing.T) {
	w := newWorld(t, []string{"a"}, "mode", "tcp", "idle", 10*time.Second)
	w.raw("a", func(env sdk.Env, conn sdk.Conn) { _ = conn.CloseWrite() }) // and never reads
	w.DoOn("client", func(env sdk.Env) {
		conn := dial(t, env)
		start := env.Now()
		_, err := conn.Write(make([]byte, 4<<20))
		if took := env.Now().Sub(start); err == nil || took < 10*time.Second || took > 11*time.Second {
			t.Errorf("it ended after %v with %v, want 10s", took, err)
		}
	})
	w.wantStat("a", "inflight", 0)
}

func TestClientsBeyondTheLimitWaitForOthersToLeave(t *testing.T) {
	w := newWorld(t, []string{"a"}, "mode", "tcp", "max_connections", 2)
	w.raw("a", func(env sdk.Env, conn sdk.Conn) {
		_ = env.Sleep(time.Second)
		_ = conn.Close()
	})
	var ends []string
	w.DoOn("client", func(env sdk.Env) {
		start := env.Now()
		for range 5 {
			conn := dial(t, env)
			env.Go(func() {
				defer conn.Close()
				_, _ = io.ReadAll(conn)
				ends = append(ends, env.Now().Sub(start).Round(100*time.Millisecond).String())
			})
		}
	})
	w.Run(10 * time.Second)
	if fmt.Sprint(ends) != "[1s 1s 2s 2s 3s]" {
		t.Errorf("got %v, want two at a time", ends)
	}
}
