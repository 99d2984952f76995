package balancer

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
	"github.com/netlab-dev/netlab/sdk/link"
)

const slowGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

// hangs lets a node take requests and answer them after an hour. It tells how connections have ended until then.
func (w *world) hangs(node string) (ends *[]error) {
	ends = new([]error)
	w.raw(node, func(_ sdk.Env, conn sdk.Conn) {
		_, err := io.Copy(io.Discard, conn)
		*ends = append(*ends, err)
	})
	return ends
}

func TestAClientThatLeavesEndsTheAttempt(t *testing.T) {
	for name, leave := range map[string]func(sdk.Conn) error{"close": sdk.Conn.Close, "reset": sdk.Conn.Reset} {
		for _, latency := range []time.Duration{0, 20 * time.Millisecond, 200 * time.Millisecond} {
			for _, head := range []string{slowGet, "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab",
				"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"} {
				w := newWorld(t, []string{"web1", "web2"}, "retries", 3)
				w.Network(link.Profile{Latency: link.NewFixed(latency)})
				one, two := w.hangs("web1"), w.hangs("web2")
				w.DoOn("client", func(env sdk.Env) {
					conn := dial(t, env)
					_, _ = io.WriteString(conn, head)
					_ = env.Sleep(time.Second)
					_ = leave(conn)
				})
				w.wantStat("", "active", 1)
				w.Run(300*time.Millisecond + 4*latency)
				w.wantStat("", "active", 0)
				w.wantStat("web1", "inflight", 0)
				w.wantStat("web1", "errors", 0)
				w.wantStat("", "errors", 0)
				w.wantStat("", "retries", 0)
				w.wantStat("", "abandoned", 1)
				w.Run(time.Second)
				if len(*one) != 1 || !errors.Is((*one)[0], sdk.ErrReset) || len(*two) > 0 {
					t.Errorf("%s, %v, %.8q: the backends saw %v and %v, want one reset", name, latency, head, *one, *two)
				}
			}
		}
	}
}

func TestAClientThatOnlyEndsItsDirectionGetsItsAnswer(t *testing.T) {
	for _, took := range []time.Duration{0, 30 * time.Millisecond, time.Second, 20 * time.Second} {
		w := newWorld(t, []string{"web", "liar"})
		w.names("web", took)
		w.raw("liar", func(env sdk.Env, conn sdk.Conn) {
			_ = env.Sleep(took)
			_ = conn.Close()
		})
		for _, test := range []struct{ target, want string }{
			{slowGet, "HTTP/1.1 200 OK\r\n"},
			{strings.Replace(slowGet, "GET", "POST", 1), "HTTP/1.1 502 Bad Gateway\r\n"},
			{"GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\n"},
		} {
			w.DoOn("client", func(env sdk.Env) {
				conn := dial(t, env)
				_, _ = io.WriteString(conn, test.target)
				_ = conn.CloseWrite()
				data, err := io.ReadAll(conn)
				whole := strings.HasSuffix(string(data), "\r\n\r\nweb") || strings.HasPrefix(test.target, "POST")
				if !strings.HasPrefix(string(data), test.want) || !whole || strings.Count(string(data), "HTTP/") != 1 || err != nil {
					t.Errorf("after %v: got %q, %v, want %q", took, data, err, test.want)
				}
			})
			if strings.HasPrefix(test.target, "POST") {
				continue
			}
			w.get(post("")) // so that the turn of the good backend comes
		}
		w.wantStat("", "abandoned", 0)
	}
}

func TestAClientThatEndsItsDirectionGetsInterimAnswersToo(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.raw("web", func(env sdk.Env, conn sdk.Conn) {
		var req http1.Request
		_ = http1.NewReader(conn, http1.Limits{}).ReadRequest(&req)
		for _, part := range []string{"103 Early Hints\r\nX: 1\r\n\r\n", "103 Early Hints\r\nX: 2\r\n\r\n", "204 No Content\r\n\r\n"} {
			_ = env.Sleep(time.Second)
			_, _ = io.WriteString(conn, "HTTP/1.1 "+part)
		}
	})
	w.DoOn("client", func(env sdk.Env) {
		conn := dial(t, env)
		_, _ = io.WriteString(conn, slowGet)
		_ = conn.CloseWrite()
		const want = "HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: 2\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
		if data, err := io.ReadAll(conn); string(data) != want || err != nil {
			t.Errorf("got %q, %v, want %q", data, err, want)
		}
	})
}

func TestRequestsThatComeWhileOneWaitsAreAnsweredAfterIt(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.names("web", 3*time.Second)
	w.DoOn("client", func(env sdk.Env) {
		conn := dial(t, env)
		_, _ = io.WriteString(conn, slowGet)
		for range 3 {
			_ = env.Sleep(500 * time.Millisecond)
			_, _ = io.WriteString(conn, slowGet)
		}
		_ = conn.CloseWrite()
		if data, err := io.ReadAll(conn); strings.Count(string(data), "HTTP/1.1 200 OK\r\n") != 4 || err != nil {
			t.Errorf("got %q, %v, want four answers", data, err)
		}
	})
}

func TestAnAnswerInTimeIsNotHeldUpByLooks(t *testing.T) {
	w := newWorld(t, []string{"web"}, "answer_timeout", 2*time.Second, "retries", 0)
	w.names("web", 1999*time.Millisecond)
	w.want("in time", w.get(http1.Request{}), `200 "web"`)
	began := w.Now()
	w.script("mute", "", waits)
	w.configure([]any{sdk.Addr("mute:80")}, "retries", 0)
	w.want("too late", w.get(http1.Request{}), `504 "backend: no answer in time\n"`)
	if took := w.Now() - began; took.Round(time.Millisecond) != 2*time.Second {
		t.Errorf("it was given up after %v, want 2s", took)
	}
}
