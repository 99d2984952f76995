package traffic

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sdktest"
)

// askAndLeave sends a request to the backend "web" from a node of its own, and does then what leave does.
func askAndLeave(b *sdktest.Bench, after string, leave func(sdk.Conn)) {
	b.Do(func(env sdk.Env) {
		conn, err := env.Dial("web:8000")
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: web\r\n\r\n"+after)
		_ = env.Sleep(100 * ms)
		leave(conn)
	})
}

func wantStats(t *testing.T, what string, b *sdktest.Bench, pairs ...any) {
	t.Helper()
	got := stats(t, b, "web")
	for i := 0; i < len(pairs); i += 2 {
		if want := int64(pairs[i+1].(int)); got[pairs[i].(string)] != want {
			t.Errorf("%s: %s is %v, want %d (of %v)", what, pairs[i], got[pairs[i].(string)], want, got)
		}
	}
}

func TestWorkForAClientThatHasGoneEnds(t *testing.T) {
	ahead := "GET / HTTP/1.1\r\nHost: web\r\n\r\n"
	for _, how := range []struct {
		name  string
		leave func(sdk.Conn)
		after time.Duration
	}{
		{"reset", func(c sdk.Conn) { _ = c.Reset() }, 11 * ms},  // the news takes 10ms
		{"closed", func(c sdk.Conn) { _ = c.Close() }, 41 * ms}, // a probe, its answer, and the next probe
	} {
		for what, after := range map[string]string{"": "", " with a request ahead": ahead} {
			b := world(t, with("service_time", 10*time.Second, "concurrency", int64(1)))
			askAndLeave(b, after, how.leave)
			b.Run(how.after)
			wantStats(t, how.name+what, b, "requests", 1, "active", 0, "waiting", 0, "abandoned", 1)
		}
	}
}

func TestAClientThatHasEndedItsDirectionOnlyGetsItsAnswer(t *testing.T) {
	for _, work := range []time.Duration{15 * ms, 200 * ms, 10 * time.Second} {
		b := world(t, with("service_time", work, "concurrency", int64(1)))
		first := b.Begin("client", "get", with("url", "http://web:8000/")) // so that the other one queues
		b.Run(time.Millisecond)
		askAndLeave(b, "", func(c sdk.Conn) {
			_ = c.CloseWrite()
			answer, err := io.ReadAll(c)
			if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 OK\r\n") || !strings.HasSuffix(string(answer), "hello from web\n") {
				t.Errorf("work of %v: got %q, %v", work, answer, err)
			}
		})
		b.Await(first)
		wantStats(t, "at the end", b, "active", 0, "abandoned", 0)
	}
}

func TestAClientThatHasSentTooMuchAheadIsNoLongerWatched(t *testing.T) {
	b := world(t, with("service_time", time.Second))
	askAndLeave(b, strings.Repeat("x", 100_000), func(c sdk.Conn) { _ = c.Close() })
	b.Run(500 * ms)
	wantStats(t, "meanwhile", b, "active", 1, "abandoned", 0)
	b.Run(time.Second)
	wantStats(t, "at the end", b, "active", 0, "abandoned", 0)
}

func TestWhoLeavesTheQueueFreesItsPlaceThere(t *testing.T) {
	b := world(t, with("service_time", 10*time.Second, "concurrency", int64(1)))
	first := b.Begin("client", "get", with("url", "http://web:8000/"))
	b.Run(50 * ms)
	askAndLeave(b, "", func(c sdk.Conn) { _ = c.Close() })
	b.Run(50 * ms)
	second := b.Begin("client", "get", with("url", "http://web:8000/"))
	b.Run(50 * ms)
	wantStats(t, "later", b, "active", 1, "waiting", 1, "abandoned", 1)
	if one, two := b.Await(first).At, b.Await(second).At; one != 10*time.Second+40*ms || two-one != 10*time.Second {
		t.Errorf("answers came at %v and %v, want 10.04s and 10s later", one, two)
	}
	wantStats(t, "at the end", b, "requests", 3, "active", 0, "waiting", 0, "abandoned", 1)
}

func TestABackendThatDoesNotAbandonWorksOn(t *testing.T) {
	b := world(t, with("service_time", time.Second, "concurrency", int64(1), "abandon", false))
	for range 2 {
		askAndLeave(b, "", func(c sdk.Conn) { _ = c.Reset() })
	}
	b.Run(100 * ms)
	wantStats(t, "meanwhile", b, "active", 1, "waiting", 1, "abandoned", 0)
	b.Run(2 * time.Second)
	wantStats(t, "at the end", b, "active", 0, "waiting", 0, "abandoned", 0)
}

// A server that was slow for a while works on for clients that have long gone, unless it abandons that.
func TestAServerThatAbandonsRecoversAtOnce(t *testing.T) {
	for abandon, received := range map[bool]int{true: 90, false: 0} {
		b := world(t, with("service_time", 2*time.Second, "concurrency", int64(1), "abandon", abandon))
		call := b.Begin("client", "drive", with("url", "http://web:8000/", "per_second", 20.0, "duration", 10*time.Second,
			"within", 300*ms))
		b.Run(5 * time.Second)
		b.Call("web", "configure", with("port", int64(8000), "service_time", 10*ms, "concurrency", int64(1),
			"failure_rate", 0.0, "size", int64(0), "healthy", true, "abandon", abandon))
		if n := fieldsOf(t, b.Await(call)).Get("received").(int64); n < int64(received) || received == 0 && n > 0 {
			t.Errorf("abandon %v: %d were answered in time, want %d of the 100 after the slow time", abandon, n, received)
		}
	}
}

func TestAnswersCarryTheDateOfTheNode(t *testing.T) {
	b := world(t, with("failure_rate", 1.0))
	b.Run(90 * time.Second)
	for _, path := range []string{"/", "/health"} {
		want := "Sat, 01 Jan 2000 00:01:30 GMT"
		if got := get(t, b, "http://web:8000"+path).Get("headers").(sdk.Fields).Get("date"); got != want {
			t.Errorf("%s: got date %v, want %s", path, got, want)
		}
	}
}

func TestConnectIsNotAllowed(t *testing.T) {
	b := world(t, nil)
	b.Do(func(env sdk.Env) {
		conn, err := env.Dial("web:8000")
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "CONNECT web:8000 HTTP/1.1\r\nHost: web\r\n\r\n")
		answer, _ := io.ReadAll(conn)
		for _, want := range []string{"HTTP/1.1 405 Method Not Allowed\r\n", "\r\nAllow: GET, ", "\r\nDate: ", "\r\nConnection: close\r\n"} {
			if !strings.Contains(string(answer), want) {
				t.Errorf("got %q, want %q in it", answer, want)
			}
		}
	})
}
