package balancer

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

func TestARequestThatCannotConnectGoesToAnotherBackend(t *testing.T) {
	w := newWorld(t, []string{"dead", "web"})
	w.DoOn("dead", func(sdk.Env) {})
	w.names("web", 0)
	for range 6 {
		w.want("POST", w.get(post("x")), `200 "web"`)
	}
	w.wantStat("", "retries", 3)
	w.wantStat("", "errors", 0)
	w.wantStat("dead", "errors", 3)
	w.wantStat("dead", "inflight", 0)
}

func TestOnlyWhatMayBeDoneTwiceIsSentAgain(t *testing.T) {
	w := newWorld(t, []string{"bad", "web"})
	asked := 0
	w.raw("bad", func(_ sdk.Env, conn sdk.Conn) {
		in := http1.NewReader(conn, http1.Limits{})
		var req http1.Request
		if in.ReadRequest(&req) == nil {
			asked++
		}
		_ = conn.Close()
	})
	w.script("hasty", "HTTP/1.1 103 Early Hints\r\n\r\n", closes)
	w.names("web", 0)
	const lost = `502 "backend: ended the connection before its answer\n"`
	for _, test := range []struct {
		name string
		req  http1.Request
		want string
	}{
		{"GET", http1.Request{}, `200 "web"`},
		{"PUT with a body in memory", func() http1.Request { r := post("x"); r.Method = "PUT"; return r }(), `200 "web"`},
		{"POST", post("x"), lost},
		{"PUT with a streamed body", http1.Request{
			Method: "PUT", Framing: http1.Chunked, Body: strings.NewReader("x"),
		}, lost},
	} {
		before := asked
		first, second := w.get(test.req), answer{}
		if asked == before { // the strategy has begun with the other backend
			if test.req.Method == "POST" {
				test.req = post("x")
			} else if test.req.Body != nil {
				test.req.Body = strings.NewReader("x")
			}
			second, first = first, w.get(test.req)
			w.want(test.name+", the good backend", second, `200 "web"`)
		}
		w.want(test.name, first, test.want)
		if asked != before+1 {
			t.Errorf("%s: the bad backend was asked %d times, want once", test.name, asked-before)
		}
	}
	w.wantStat("bad", "inflight", 0)
	w.wantStat("", "errors", 2)
	retries := w.stat("", "retries")
	w.configure([]any{sdk.Addr("hasty:80")})
	w.want("GET of which something was heard", w.get(http1.Request{}), lost)
	w.wantStat("", "retries", retries)
}

func TestRetriesEndWhenTheNumberIsUsedUp(t *testing.T) {
	w := newWorld(t, []string{"a", "b", "c", "d"}, "retries", 2)
	for _, name := range []string{"a", "b", "c"} {
		w.DoOn(name, func(sdk.Env) {})
	}
	w.names("d", 0)
	w.configure(w.backends[:3], "retries", 2)
	w.want("all are dead", w.get(http1.Request{}), `502 "backend: connection refused\n"`)
	w.wantStat("", "retries", 2)
	for _, name := range []string{"a", "b", "c"} {
		w.wantStat(name, "errors", 1)
	}
	w.configure(w.backends, "retries", 3)
	for range 4 {
		w.want("one is alive", w.get(http1.Request{}), `200 "d"`)
	}
	w.configure(w.backends, "retries", 0)
	refused := 0
	for range 4 {
		if w.get(http1.Request{}).status == 502 {
			refused++
		}
	}
	if refused != 3 {
		t.Errorf("without retries %d of 4 failed, want 3", refused)
	}
}

func TestADeadConnectionOfThePoolIsReplacedByAFreshOne(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.raw("web", func(env sdk.Env, conn sdk.Conn) {
		server := http1.Server{Now: env.Now, Idle: 5 * time.Second}
		server.Handle = func(req *http1.Request, reply *http1.Reply) error { return reply.Text(200, nil, req.Method) }
		_ = server.Serve(conn)
	})
	for range 3 {
		w.want("GET", w.get(http1.Request{}), `200 "GET"`)
		w.Run(10 * time.Second)
		w.want("POST", w.get(post("x")), `200 "POST"`)
		w.Run(10 * time.Second)
	}
	w.Reset("lb", "web")
	w.want("after a reset", w.get(http1.Request{}), `200 "GET"`)
	w.wantStat("", "retries", 0)
	w.wantStat("web", "errors", 0)
}

func TestWithoutABackendTheAnswerIs503(t *testing.T) {
	w := newWorld(t, nil)
	w.want("none configured", w.get(http1.Request{}), `503 "no backend is configured\n"`)
	w.wantStat("", "errors", 1)
}

func TestWhatComesTooLateIs504(t *testing.T) {
	w := newWorld(t, []string{"web"}, "answer_timeout", 3*time.Second, "connect_timeout", 2*time.Second, "retries", 0)
	w.names("web", time.Minute)
	start := w.Now()
	w.want("answer", w.get(http1.Request{}), `504 "backend: no answer in time\n"`)
	if took := w.Now() - start; took < 3*time.Second || took > 3*time.Second+10*time.Millisecond {
		t.Errorf("the answer's limit took %v, want 3s", took)
	}
	w.Cut("lb", "web")
	start = w.Now()
	w.want("connect", w.get(http1.Request{}), `504 "backend: timed out\n"`)
	if took := w.Now() - start; took < 2*time.Second || took > 2*time.Second+10*time.Millisecond {
		t.Errorf("the connection's limit took %v, want 2s", took)
	}
}

func TestTheAnswersLimitBeginsWhenAStreamedRequestIsThere(t *testing.T) {
	w := newWorld(t, []string{"web"}, "answer_timeout", 3*time.Second)
	w.handle("web", func(env sdk.Env, req *http1.Request, reply *http1.Reply) error {
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return err
		}
		if req.Target == "/mute" {
			_ = env.Sleep(time.Minute)
		}
		pieces := strings.SplitAfter("0123456789", "")
		return reply.Send(&http1.Response{Status: 200, Framing: http1.Chunked,
			Body: &chunked{env: env, pieces: pieces[1:], pause: time.Second}})
	})
	for _, test := range []struct {
		target, want string
		took         time.Duration
	}{
		{"/mute", `504 "backend: no answer in time\n"`, 13 * time.Second},
		{"/slow", `200 "123456789"`, 19 * time.Second},
	} {
		w.DoOn("client", func(env sdk.Env) {
			start := env.Now()
			body := &chunked{env: env, pieces: strings.SplitAfter("0123456789", "")[1:], pause: time.Second}
			got := get(t, env, http1.Request{Method: "POST", Target: test.target, Framing: http1.Chunked, Body: body})
			w.want(test.target, got, test.want)
			if took := env.Now().Sub(start).Round(time.Second); took < test.took-time.Second || took > test.took {
				t.Errorf("%s took %v, want %v", test.target, took, test.took)
			}
		})
	}
}

func TestAClientThatDoesNotReadIsGivenUp(t *testing.T) {
	w := newWorld(t, []string{"web"}, "idle", 10*time.Second)
	w.handle("web", func(_ sdk.Env, _ *http1.Request, reply *http1.Reply) error {
		return reply.Text(200, nil, strings.Repeat("x", 4<<20))
	})
	w.DoOn("client", func(env sdk.Env) {
		conn := dial(t, env)
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		_ = env.Sleep(5 * time.Second)
	})
	w.wantStat("web", "inflight", 1)
	w.Run(10 * time.Second)
	w.wantStat("web", "inflight", 0)
	w.wantStat("web", "errors", 0)
}

func TestALateBackendIsReplacedWhereThatDoesNoHarm(t *testing.T) {
	w := newWorld(t, []string{"slow", "web"}, "answer_timeout", 3*time.Second)
	w.names("slow", time.Minute)
	w.names("web", 0)
	w.want("GET", w.get(http1.Request{}), `200 "web"`)
	if w.stat("slow", "errors") != int64(1) {
		w.want("GET", w.get(http1.Request{}), `200 "web"`)
	}
	w.wantStat("slow", "errors", 1)
	w.wantStat("", "retries", 1)
}

// Nothing that a backend sends may look whole to the client unless it is, and no later request may get a part of it.
func TestWhatALyingBackendSendsIsNeverTakenForAWholeAnswer(t *testing.T) {
	for _, test := range []struct {
		name, answer string
		then         func(sdk.Conn)
		want         string // "" when the client must see a reset
	}{
		{"short body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", closes, ""},
		{"short body, reset", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", resets, ""},
		{"short chunked body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", closes, ""},
		{"chunked body without its end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", closes, ""},
		{"malformed chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", nil, ""},
		{"reset where the end was to be", "HTTP/1.1 200 OK\r\n\r\nabc", resets, ""},
		{"garbage", "hello, world\r\n\r\n", nil, `502 "backend: malformed version\n"`},
		{"both framings", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", nil,
			`502 "backend: both Transfer-Encoding and Content-Length\n"`},
		{"oversized head", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 70_000), nil, `502 "backend: head too large\n"`},
		{"half a head", "HTTP/1.1 200 OK\r\nContent-", closes, `502 "backend: message ends early\n"`},
		{"101 unasked", "HTTP/1.1 101 Switching Protocols\r\n\r\n", nil,
			`502 "backend: 101 without a request to upgrade\n"`},
		{"1xx without end", strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 20), nil,
			`502 "backend: too many interim responses\n"`},
		{"until close", "HTTP/1.1 200 OK\r\n\r\nabc", closes, `200 "abc"`},
		{"more than announced", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc" +
			"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged", nil, `200 "abc"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, []string{"liar"})
			w.script("liar", test.answer, test.then)
			for range 2 { // the second request must not get the rest of the first one's answer
				got := w.get(http1.Request{})
				if test.want != "" {
					w.want("answer", got, test.want)
				} else if got.err == nil || !errors.Is(got.err, sdk.ErrReset) {
					t.Errorf("got %v, want a reset", got)
				}
			}
			w.wantStat("liar", "inflight", 0)
		})
	}
}

func TestAClientThatBreaksOffIsNotPassedOnAsWhole(t *testing.T) {
	w := newWorld(t, []string{"web"})
	var got []string
	w.raw("web", func(_ sdk.Env, conn sdk.Conn) {
		defer conn.Close()
		var req http1.Request
		in := http1.NewReader(conn, http1.Limits{})
		if err := in.ReadRequest(&req); err != nil {
			got = append(got, err.Error())
			return
		}
		data, err := io.ReadAll(req.Body)
		if err == nil {
			got = append(got, string(data))
		}
	})
	for _, request := range []string{
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
	} {
		w.DoOn("client", func(env sdk.Env) {
			conn := dial(t, env)
			_, _ = io.WriteString(conn, request)
			_ = conn.CloseWrite()
			answer, _ := io.ReadAll(conn)
			if !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") || !strings.Contains(string(answer), "message ends early") {
				t.Errorf("%q: got %q, want 400", request, answer)
			}
		})
		malformed, _ := w.exchange(strings.Replace(request, "3\r\nabc", "xyz", 1))
		if strings.Contains(request, "chunked") && !strings.HasPrefix(malformed, "HTTP/1.1 400 ") {
			t.Errorf("a malformed chunk: got %q, want 400", malformed)
		}
	}
	if len(got) > 0 {
		t.Errorf("the backend got whole requests: %q", got)
	}
	w.wantStat("", "errors", 0)
	w.wantStat("web", "errors", 0)
	w.wantStat("web", "inflight", 0)
}

func TestASlowClientIsGivenUpWithoutHarmToOthers(t *testing.T) {
	w := newWorld(t, []string{"web"}, "idle", 10*time.Second, "answer_timeout", 5*time.Second)
	w.names("web", 0)
	for _, test := range []struct {
		sent, want string
		after      time.Duration
	}{
		{"", "", 10 * time.Second},
		{"GET / HT", "HTTP/1.1 408 ", 5 * time.Second},
		{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab", "HTTP/1.1 408 ", 10 * time.Second},
		{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\nab", "HTTP/1.1 200 ", 0},
	} {
		start := w.Now()
		got, _ := w.exchange(test.sent)
		if took := w.Now() - start; !strings.HasPrefix(got, test.want) || took < test.after ||
			took > test.after+test.after/8+2*time.Second {
			t.Errorf("%q: got %q after %v, want %q after %v", test.sent, got, took, test.want, test.after)
		}
	}
}

func TestABackendMayAnswerBeforeTheRequestHasEnded(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.raw("web", func(env sdk.Env, conn sdk.Conn) {
		var req http1.Request
		in := http1.NewReader(conn, http1.Limits{})
		if in.ReadRequest(&req) != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig")
		_ = env.Sleep(10 * time.Second)
		_ = conn.Close()
	})
	w.DoOn("client", func(env sdk.Env) {
		body := &chunked{env: env, pieces: strings.SplitAfter(strings.Repeat("x", 50), "x"), pause: 100 * time.Millisecond}
		start := env.Now()
		conn := dial(t, env)
		out, in := http1.NewWriter(conn), http1.NewReader(conn, http1.Limits{})
		req := http1.Request{Method: "POST", Target: "/", Framing: http1.Chunked, Body: body}
		env.Go(func() { _ = out.WriteRequest(&req) })
		var resp http1.Response
		if err := in.ReadResponse(&resp, "POST"); err != nil {
			t.Error(err)
			return
		}
		data, err := io.ReadAll(resp.Body)
		if resp.Status != 413 || string(data) != "big" || err != nil || !resp.Close {
			t.Errorf("got %d %q, %v, close %v", resp.Status, data, err, resp.Close)
		}
		if took := env.Now().Sub(start); took > 200*time.Millisecond {
			t.Errorf("the answer took %v: it has waited for the request", took)
		}
	})
	w.wantStat("web", "inflight", 0)
}

func TestBothDirectionsFlowAtOnce(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.raw("web", func(_ sdk.Env, conn sdk.Conn) { // answers each piece of the request as it comes
		var req http1.Request
		in, out := http1.NewReader(conn, http1.Limits{}), http1.NewWriter(conn)
		if in.ReadRequest(&req) != nil {
			return
		}
		_ = out.WriteResponse(&http1.Response{Status: 200, Framing: http1.Chunked, Body: req.Body}, &req)
		_ = conn.Close()
	})
	w.DoOn("client", func(env sdk.Env) {
		conn := dial(t, env)
		in := http1.NewReader(conn, http1.Limits{})
		_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
		var resp http1.Response
		if err := in.ReadResponse(&resp, "POST"); err != nil {
			t.Error(err)
			return
		}
		buf := make([]byte, 100)
		for _, piece := range []string{"first", "other"} {
			n, err := io.ReadFull(resp.Body, buf[:5])
			if string(buf[:n]) != piece || err != nil {
				t.Errorf("got %q, %v, want %q before the next piece is sent", buf[:n], err, piece)
			}
			_, _ = io.WriteString(conn, "5\r\nother\r\n")
		}
	})
}

func TestAnIdleAnswerBreaksOff(t *testing.T) {
	w := newWorld(t, []string{"web"}, "idle", 10*time.Second)
	w.script("web", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", waits)
	start := w.Now()
	got := w.get(http1.Request{})
	if took := w.Now() - start; !errors.Is(got.err, sdk.ErrReset) || took < 10*time.Second || took > 11*time.Second {
		t.Errorf("got %v after %v, want a reset after 10s to 11s", got, took)
	}
}

func TestBalancersThatLeadToEachOtherDoNotGoOnForEver(t *testing.T) {
	w := newWorld(t, nil)
	w.Run(time.Second)
	w.configure([]any{sdk.Addr("lb:8080")})
	w.want("round in a circle", w.get(http1.Request{}), `508 "the request goes round in a circle\n"`)
	w.wantStat("", "requests", maxHops+1)
}
