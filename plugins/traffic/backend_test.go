package traffic

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sdktest"
	"github.com/netlab-dev/netlab/sdk/value"
)

// with makes fields of names and values in turn.
func with(pairs ...any) (fields sdk.Fields) {
	for i := 0; i < len(pairs); i += 2 {
		fields = append(fields, sdk.Field{Name: pairs[i].(string), Value: pairs[i+1]})
	}
	return fields
}

// world has a client and a backend "web", with a round trip of 20ms.
func world(t testing.TB, config sdk.Fields) *sdktest.Bench {
	b := sdktest.NewBench(t, Plugin(), 1)
	b.Add("client", "client", nil)
	b.Add("web", "http-backend", config)
	b.Network(link.Profile{Latency: link.NewFixed(10 * time.Millisecond)})
	return b
}

// fieldsOf are the fields of the object that a call has answered.
func fieldsOf(t testing.TB, a sdktest.Answer) sdk.Fields {
	t.Helper()
	o, ok := a.Value.(value.Object)
	if !a.OK || !ok {
		t.Fatalf("got %+v, want an object", a)
	}
	return o.Fields
}

func get(t testing.TB, b *sdktest.Bench, url string, more ...any) sdk.Fields {
	t.Helper()
	return fieldsOf(t, b.Call("client", "get", append(with("url", url), with(more...)...)))
}

// stats of a node, by name.
func stats(t testing.TB, b *sdktest.Bench, node string) map[string]any {
	t.Helper()
	a := b.Call(node, "stats", nil)
	found := map[string]any{}
	for _, f := range a.Value.(sdk.Fields) {
		found[f.Name] = f.Value
	}
	return found
}

func TestABackendNamesItselfInEveryAnswer(t *testing.T) {
	b := world(t, with("failure_rate", 1.0))
	for _, path := range []string{"/", "/health", "/any?x=1"} {
		if r := get(t, b, "http://web:8000"+path); r.Get("backend") != "web" {
			t.Errorf("%s: got backend %v, want web", path, r.Get("backend"))
		}
	}
}

func TestABackendAnswersWithAsManyBytesAsItIsTold(t *testing.T) {
	for size, want := range map[int64]string{
		0: "hello from web\n", 3: "hel", 20: "hello from web\nhello",
	} {
		b := world(t, with("size", size))
		r := get(t, b, "http://web:8000/", "method", "PUT", "body", strings.Repeat("x", 100_000))
		if r.Get("body") != want || r.Get("status") != int64(200) {
			t.Errorf("size %d: got %v %q, want 200 %q", size, r.Get("status"), r.Get("body"), want)
		}
	}
}

func TestServiceTimeIsWorkedOff(t *testing.T) {
	tests := []struct {
		what    string
		service any
		header  sdk.Fields
		status  int64
		took    time.Duration
	}{
		{"none", nil, nil, 200, 40 * time.Millisecond}, // a handshake, a request and its answer
		{"fixed", 30 * time.Millisecond, nil, 200, 70 * time.Millisecond},
		{"a draw", sdk.Draw{A: time.Second}, nil, 200, 1040 * time.Millisecond},
		{"never negative", link.NewNormal(-time.Hour, 0), nil, 200, 40 * time.Millisecond},
		{"as asked", "request", with("x-work", "12ms"), 200, 52 * time.Millisecond},
		{"not asked", "request", nil, 200, 40 * time.Millisecond},
		{"asked but not obeyed", nil, with("x-work", "12ms"), 200, 40 * time.Millisecond},
		{"asked for nonsense", "request", with("x-work", "12"), 400, 40 * time.Millisecond},
		{"asked for too much", "request", with("x-work", "2h"), 400, 40 * time.Millisecond},
	}
	for _, test := range tests {
		b := world(t, with("service_time", test.service))
		r := get(t, b, "http://web:8000/", "headers", test.header)
		if r.Get("status") != test.status || b.Now() != test.took {
			t.Errorf("%s: got %v after %v, want %d after %v", test.what, r.Get("status"), b.Now(), test.status, test.took)
		}
	}
}

func TestAWrongConfigurationIsSaid(t *testing.T) {
	uneven := link.NewUniform(2*time.Second, time.Second)
	for want, config := range map[string]sdk.Fields{
		`service_time is "reqest", want a duration such as 5ms, a draw or "request"`: with("service_time", "reqest"),
		"service_time is -1s, want 0s or more":                                       with("service_time", -time.Second),
		"low is 2s, want at most high, 1s":                                           with("service_time", uneven),
		"service_time is 7, want":                                                    with("service_time", int64(7)),
		`"failure_rate": got 1.5, want 0 to 1`:                                       with("failure_rate", 1.5),
		`"concurrency": got -1, want at least 0`:                                     with("concurrency", int64(-1)),
		`"size": got -1, want 0 to 1073741824`:                                       with("size", int64(-1)),
	} {
		b := world(t, config)
		b.Run(0)
		if failures := b.Failures(); len(failures) != 1 || !strings.Contains(failures[0], want) {
			t.Errorf("got failures %q, want one with %q", failures, want)
		}
	}
}

func TestRequestsAboveTheConcurrencyQueueInTheirOrder(t *testing.T) {
	b := world(t, with("service_time", 100*time.Millisecond, "concurrency", int64(2)))
	var calls []int64
	for range 5 {
		calls = append(calls, b.Begin("client", "get", with("url", "http://web:8000/")))
		b.Run(time.Millisecond)
	}
	b.Run(50 * time.Millisecond)
	want := map[string]any{"requests": int64(5), "active": int64(2), "waiting": int64(3), "failures": int64(0), "abandoned": int64(0)}
	if diff := cmp.Diff(want, stats(t, b, "web")); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
	health := b.Now()
	get(t, b, "http://web:8000/health")
	if took := b.Now() - health; took != 40*time.Millisecond {
		t.Errorf("/health took %v, want 40ms: it does not queue", took)
	}
	var ended []time.Duration
	for _, call := range calls {
		ended = append(ended, b.Await(call).At)
	}
	ms := time.Millisecond
	if diff := cmp.Diff([]time.Duration{140 * ms, 141 * ms, 240 * ms, 241 * ms, 340 * ms}, ended); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if s := stats(t, b, "web"); s["active"] != int64(0) || s["waiting"] != int64(0) {
		t.Errorf("at the end: got %v, want nothing active or waiting", s)
	}
}

func TestAFailureRateFailsThatShareOfRequests(t *testing.T) {
	b := world(t, with("failure_rate", 0.25))
	d := makeLoad(t, b, "url", "http://web:8000/", "clients", int64(4), "requests", int64(4000))
	failed := d.Get("by_status").(sdk.Fields).Get("500").(int64)
	if failed < 900 || failed > 1100 {
		t.Errorf("%d of 4000 failed, want about 1000", failed)
	}
	if got := stats(t, b, "web")["failures"]; got != failed {
		t.Errorf("stats: %v failures, want %d", got, failed)
	}
}

func TestLiveParametersAreTakenOverOrRefusedWhole(t *testing.T) {
	b := world(t, nil)
	configure := func(failureRate float64, healthy bool) sdktest.Answer {
		return b.Call("web", "configure", with("port", int64(8000), "service_time", time.Second, "concurrency", int64(0),
			"failure_rate", failureRate, "size", int64(0), "healthy", healthy))
	}
	status := func(path string) any { return get(t, b, "http://web:8000"+path).Get("status") }
	want(t, "a wrong one", configure(2, false), failed(`configure: argument "failure_rate": got 2, want 0 to 1`))
	if got, health := status("/"), status("/health"); got != int64(200) || health != int64(200) {
		t.Errorf("a configuration that was refused: got %v and %v, want 200 of both", got, health)
	}
	want(t, "a right one", configure(1, false), ok(nil))
	start := b.Now()
	if got := status("/"); got != int64(500) || b.Now()-start != 1040*ms {
		t.Errorf("got %v after %v, want 500 after 1.04s", got, b.Now()-start)
	}
	if got := status("/health"); got != int64(503) {
		t.Errorf("/health: got %v, want 503", got)
	}
}

func TestGetAnswersWhatTheServerSaid(t *testing.T) {
	b := newBench(t)
	serve(t, b, func(_ sdk.Env, conn sdk.Conn) {
		server := http1.Server{Handle: func(req *http1.Request, reply *http1.Reply) error {
			body, err := io.ReadAll(req.Body)
			if err != nil {
				return err
			}
			return reply.Text(404, http1.Header{{Name: "X-One", Value: "1"}, {Name: "x-one", Value: "2"}},
				strings.Join([]string{req.Method, req.Target, req.Host(), req.Header.Get("x-mine"), string(body)}, " "))
		}}
		_ = server.Serve(conn)
	})
	a := b.Call("client", "get", with("url", "http://server:80/a?b=c", "method", "POST", "body", "data",
		"headers", with("X-Mine", "yes")))
	r := fieldsOf(t, a)
	if diff := cmp.Diff(sdk.Fields(with("status", int64(404), "body", "POST /a?b=c server:80 yes data", "backend", "",
		"headers", sdk.Fields(with("x-one", "1")))), r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, value := range map[string]any{"X-ONE": "1", "x-two": nil} {
		want(t, name, b.CallObject(a.Value, "header", with("name", name)), ok(value))
	}
}

func TestAFailedGetSaysWhetherTheServerMayHaveActed(t *testing.T) {
	b := newBench(t)
	serve(t, b, func(env sdk.Env, conn sdk.Conn) {
		request := make([]byte, 1000)
		_, _ = conn.Read(request)
		switch {
		case strings.Contains(string(request), "/close"):
			_ = conn.Close()
		case strings.Contains(string(request), "/garbage"):
			_, _ = io.WriteString(conn, "HTTP/1.1 twohundred OK\r\n\r\n")
		case strings.Contains(string(request), "/large"):
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n")
		}
	})
	for _, test := range []struct {
		url  string
		more sdk.Fields
		want sdktest.Answer
	}{
		{"http://server:81/", nil, failed("connection refused")},
		{"http://sever:80/", nil, failed("no such node")},
		{"http://server:80/close", nil, unknown("connection ended before an answer")},
		{"http://server:80/garbage", nil, unknown("bad answer: status is not between 100 and 599")},
		{"http://server:80/large", nil, unknown("bad answer: body too large")},
		{"https://server:80/", nil, misuse(`url "https://server:80/": scheme "https", want one of http://`)},
		{"server:80", nil, misuse(`url "server:80": want http://node:port`)},
		{"http://server:x/", nil, misuse(`url "http://server:x/": want http://node:port`)},
		{"http://a@server:80/", nil, misuse(
			`url "http://a@server:80/": a user is not supported; pass headers = {"Authorization": ...}`)},
		{"http://server:80/", with("method", "G T"), misuse(`http1: malformed method: got "G T"`)},
		{"http://server:80/", with("headers", with("a", 1.5)), misuse("headers: a: want text, got 1.5")},
		{"http://server:80/", with("headers", with("a", "b\r\nc: d")), misuse(
			`http1: control character in the value of a: got "b\r\nc: d"`)},
		{"http://server:80/", with("body", make([]byte, maxBody+1)), misuse(
			"body has 16777217 bytes, want at most 16777216")},
	} {
		want(t, test.url, b.Call("client", "get", append(with("url", test.url), test.more...)), test.want)
	}
	b.Cut("client", "server")
	want(t, "a cut", b.Call("client", "get", with("url", "http://server:80/")), failed("timed out"))
}

func TestASinkCountsWhatItSwallows(t *testing.T) {
	b := newBench(t)
	b.Add("sink", "sink", nil)
	b.Do(func(env sdk.Env) {
		conn, err := env.Dial("sink:9000")
		if err != nil {
			t.Error(err)
			return
		}
		socket, err := env.ListenPacket(0)
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "12345")
		_, _ = socket.WriteTo([]byte("678"), sdk.Addr("sink:9000"))
		_ = env.Sleep(time.Second)
	})
	want := map[string]any{"connections": int64(1), "datagrams": int64(1), "bytes": int64(8)}
	if diff := cmp.Diff(want, stats(t, b, "sink")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
