package balancer

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

func TestRequestsAreSpreadAndConnectionsUsedAgain(t *testing.T) {
	w := newWorld(t, []string{"web1", "web2", "web3"})
	accepted := map[string]int{}
	for _, name := range []string{"web1", "web2", "web3"} {
		w.raw(name, func(env sdk.Env, conn sdk.Conn) {
			accepted[name]++
			server := http1.Server{}
			server.Handle = func(_ *http1.Request, reply *http1.Reply) error { return reply.Text(200, nil, name) }
			_ = server.Serve(conn)
		})
	}
	counts := map[string]int{}
	w.DoOn("client", func(env sdk.Env) {
		client := http1.NewClient(dial(t, env), http1.Limits{})
		for range 30 {
			counts[ask(client, http1.Request{}).body]++
		}
	})
	if fmt.Sprint(counts) != "map[web1:10 web2:10 web3:10]" || fmt.Sprint(accepted) != "map[web1:1 web2:1 web3:1]" {
		t.Errorf("got %v requests on %v connections, want 10 each on one", counts, accepted)
	}
	w.wantStat("", "requests", 30)
	w.wantStat("", "errors", 0)
	w.wantStat("web2", "requests", 10)
	w.wantStat("web2", "inflight", 0)
}

func TestTheBackendLearnsWhomTheRequestComesFrom(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.handle("web", func(_ sdk.Env, req *http1.Request, reply *http1.Reply) error {
		var text strings.Builder
		fmt.Fprintf(&text, "%s %s\n", req.Method, req.Target)
		for _, f := range req.Header {
			fmt.Fprintf(&text, "%s: %s\n", f.Name, f.Value)
		}
		return reply.Text(200, http1.Header{
			{Name: "Connection", Value: "X-Hop"}, {Name: "X-Hop", Value: "1"}, {Name: "Keep-Alive", Value: "timeout=5"},
			{Name: "X-End", Value: "2"},
		}, text.String())
	})
	got := w.get(http1.Request{Target: "/a?b=c", Header: http1.Header{
		{Name: "X-Forwarded-For", Value: "1.2.3.4"}, {Name: "x-forwarded-for", Value: "5.6.7.8"},
		{Name: "X-Forwarded-Proto", Value: "https"}, {Name: "X-Forwarded-Host", Value: "bank"},
		{Name: "Connection", Value: "close, X-Secret"}, {Name: "X-Secret", Value: "1"}, {Name: "TE", Value: "trailers"},
		{Name: "Accept", Value: "*/*"},
	}})
	w.want("request", got, `200 "GET /a?b=c\nHost: lb\nAccept: */*\nX-Forwarded-For: 1.2.3.4, 5.6.7.8, client\n`+
		`X-Forwarded-Proto: http\nX-Forwarded-Host: lb\n"`)
	if got.header.Has("X-Hop") || got.header.Has("Keep-Alive") || got.header.Get("X-End") != "2" {
		t.Errorf("response header: %v", got.header)
	}
	if !got.close {
		t.Error("the client asked to close, and was not told that the balancer will")
	}
}

func TestBodiesAndTrailersPassBothWaysHoweverTheyAreFramed(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.handle("web", func(_ sdk.Env, req *http1.Request, reply *http1.Reply) error {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return err
		}
		sum := req.Body.(*http1.Body).Trailer().Get("X-Sum")
		body := &chunked{pieces: []string{strings.ToUpper(string(data)), "!"}, tail: sumOf(sum + "'")}
		return reply.Send(&http1.Response{Status: 200, Framing: http1.Chunked, Body: body})
	})
	big := strings.Repeat("0123456789abcdef", 20_000)
	for _, size := range []int{1, 100, heldBytes, heldBytes + 1, len(big)} {
		got := w.get(post(big[:size]))
		if got.status != 200 || got.err != nil || got.body != strings.ToUpper(big[:size])+"!" {
			t.Errorf("%d bytes: got %d with %d bytes, %v", size, got.status, len(got.body), got.err)
		}
	}
	w.DoOn("client", func(env sdk.Env) {
		body := &chunked{env: env, pieces: []string{"ab", "cd", "ef"}, pause: time.Second, tail: sumOf("7")}
		got := get(t, env, http1.Request{Method: "PUT", Framing: http1.Chunked, Body: body})
		w.want("chunked", got, `200 "ABCDEF!"`)
		if got.trailer.Get("X-Sum") != "7'" {
			t.Errorf("trailer: got %v, want what went there and back", got.trailer)
		}
	})
	w.wantStat("", "errors", 0)
}

func sumOf(value string) http1.Header { return http1.Header{{Name: "X-Sum", Value: value}} }

func TestAnswersWithoutABodyHaveNone(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.handle("web", func(_ sdk.Env, req *http1.Request, reply *http1.Reply) error {
		switch req.Target {
		case "/204":
			return reply.Send(&http1.Response{Status: 204})
		case "/304":
			return reply.Send(&http1.Response{Status: 304, Framing: 7})
		}
		return reply.Text(200, nil, "hello, all")
	})
	w.DoOn("client", func(env sdk.Env) {
		client := http1.NewClient(dial(t, env), http1.Limits{})
		w.want("HEAD", ask(client, http1.Request{Method: "HEAD"}), `200 ""`)
		w.want("204", ask(client, http1.Request{Target: "/204"}), `204 ""`)
		w.want("304", ask(client, http1.Request{Target: "/304"}), `304 ""`)
		w.want("GET", ask(client, http1.Request{}), `200 "hello, all"`)
		w.want("OPTIONS", ask(client, http1.Request{Method: "OPTIONS", Target: "*"}), `200 "hello, all"`)
	})
	got, _ := w.exchange("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if !strings.Contains(got, "Content-Length: 10\r\n") || !strings.HasSuffix(got, "\r\n\r\n") {
		t.Errorf("HEAD: got %q", got)
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	w := newWorld(t, []string{"web1", "web2"})
	w.names("web1", time.Second)
	w.names("web2", time.Millisecond)
	got, end := w.exchange(strings.Repeat("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 3) +
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
	var order []string
	for _, part := range strings.Split(got, "HTTP/1.1 200 OK")[1:] {
		order = append(order, part[len(part)-4:])
	}
	if fmt.Sprint(order) != "[web1 web2 web1 web2]" || end != nil {
		t.Errorf("got %v and %v, want web1 and web2 in turn", order, end)
	}
}

func TestHTTP10ClientsGetWhatTheyUnderstand(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.handle("web", func(_ sdk.Env, _ *http1.Request, reply *http1.Reply) error {
		return reply.Send(&http1.Response{Status: 200, Framing: http1.Chunked, Body: strings.NewReader("hello")})
	})
	got, end := w.exchange("GET / HTTP/1.0\r\n\r\n")
	if !strings.HasSuffix(got, "\r\n\r\nhello") || strings.Contains(got, "chunked") || end != nil {
		t.Errorf("got %q, %v", got, end)
	}
	got, _ = w.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
	if !strings.HasSuffix(got, "\r\n\r\nhello") || strings.Contains(got, "keep-alive") {
		t.Errorf("keep-alive with a body until close: got %q", got)
	}
}

func TestSmuggledRequestsAreRefusedAndTheConnectionClosed(t *testing.T) {
	w := newWorld(t, []string{"web"})
	reached := 0
	w.handle("web", func(_ sdk.Env, _ *http1.Request, reply *http1.Reply) error {
		reached++
		return reply.Text(200, nil, "ok")
	})
	const rest = "\r\n\r\n0\r\n\r\nGET /secret HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, test := range []struct{ name, head, status string }{
		{"both framings", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", "400"},
		{"two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6", "400"},
		{"list of lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5", "400"},
		{"signed length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5", "400"},
		{"hidden coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity, chunked", "501"},
		{"coding between codings", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip", "400"},
		{"address without its end", "GET / HTTP/1.1\r\nHost: [::1", "400"},
		{"port that is none", "GET / HTTP/1.1\r\nHost: a:8x", "400"},
		{"user in the host", "GET / HTTP/1.1\r\nHost: u@a", "400"},
		{"coding with a tab", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding\t: chunked", "400"},
		{"underscore", "POST / HTTP/1.1\r\nHost: x\r\nTransfer_Encoding: chunked", "400"},
		{"bare LF", "POST / HTTP/1.1\nHost: x", "400"},
		{"folded", "POST / HTTP/1.1\r\nHost: x\r\nX: 1\r\n Content-Length: 5", "400"},
		{"unknown coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip", "501"},
		{"no Host", "GET / HTTP/1.1\r\nX: y", "400"},
		{"two Hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y", "400"},
		{"huge", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999", "413"},
		{"oversized head", "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 70_000), "431"},
		{"tunnel", "CONNECT x:80 HTTP/1.1\r\nHost: x", "405"},
		{"HTTP/2", "PRI * HTTP/2.0", "505"},
	} {
		got, end := w.exchange(test.head + rest + strings.Repeat("x", 100_000)) // more than the balancer has read
		if !strings.HasPrefix(got, "HTTP/1.1 "+test.status+" ") || strings.Count(got, "HTTP/1.1 ") != 1 || end != nil {
			t.Errorf("%s: got %q, %v; want one answer, %s, and the end", test.name, got, end, test.status)
		}
	}
	if reached != 0 {
		t.Errorf("%d requests reached the backend, want none", reached)
	}
}

func TestExpectationsGoToTheBackend(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.handle("web", func(_ sdk.Env, req *http1.Request, reply *http1.Reply) error {
		if req.Target == "/no" {
			return reply.Text(403, nil, "no")
		}
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return err
		}
		return reply.Text(200, nil, string(data))
	})
	expecting := func(target string) http1.Request {
		req := post("hello")
		req.Target, req.Header = target, http1.Header{{Name: "Expect", Value: "100-continue"}}
		return req
	}
	w.want("wanted", w.get(expecting("/")), `200 "hello"`)
	refused := w.get(expecting("/no"))
	w.want("unwanted", refused, `403 "no"`)
	if !refused.close {
		t.Error("whether the body still comes cannot be known, yet the connection stays")
	}
	w.DoOn("dead", func(sdk.Env) {})
	w.configure([]any{sdk.Addr("dead:80")})
	if got := w.get(expecting("/")); got.status != 502 || !got.close {
		t.Errorf("a dead backend: got %v, close %v, want 502 and the end", got, got.close)
	}
	start := w.Now()
	w.raw("deaf", func(_ sdk.Env, conn sdk.Conn) {
		defer conn.Close()
		buf := make([]byte, 1000)
		for text := ""; !strings.HasSuffix(text, "hello"); {
			n, err := conn.Read(buf)
			if err != nil {
				t.Errorf("the body never came: %v", err)
				return
			}
			text += string(buf[:n])
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	})
	w.configure([]any{sdk.Addr("deaf:80")})
	w.want("a backend that knows nothing of it", w.get(expecting("/")), `200 "ok"`)
	if took := w.Now() - start; took < expectWait || took > expectWait+10*time.Millisecond {
		t.Errorf("it took %v, want %v", took, expectWait)
	}
}

func TestInterimResponsesPass(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.handle("web", func(_ sdk.Env, _ *http1.Request, reply *http1.Reply) error {
		if err := reply.Send(&http1.Response{Status: 103, Header: http1.Header{{Name: "Link", Value: "</a>"}}}); err != nil {
			return err
		}
		return reply.Text(200, nil, "ok")
	})
	got, _ := w.exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n") {
		t.Errorf("got %q", got)
	}
}

func TestAnUpgradeBecomesATunnel(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.raw("web", func(_ sdk.Env, conn sdk.Conn) {
		defer conn.Close()
		in := http1.NewReader(conn, http1.Limits{})
		var req http1.Request
		if in.ReadRequest(&req) != nil {
			return
		}
		if req.Header.Upgrade() != "chat" {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain")
			return
		}
		_, _ = io.WriteString(conn,
			"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\nwelcome ")
		_, _ = conn.Write(in.Take())
		_, _ = io.Copy(conn, conn)
	})
	w.DoOn("client", func(env sdk.Env) {
		conn := dial(t, env)
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nearly ")
		_ = env.Sleep(time.Second)
		_, _ = io.WriteString(conn, "late")
		_ = conn.CloseWrite()
		data, err := io.ReadAll(conn)
		if got := string(data); !strings.HasPrefix(got, "HTTP/1.1 101 ") ||
			!strings.HasSuffix(got, "\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nwelcome early late") || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
	for _, upgrade := range []string{"Upgrade: chat", "Connection: Upgrade\r\nUpgrade: h2c"} {
		got, _ := w.exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + upgrade + "\r\n\r\n")
		if !strings.HasSuffix(got, "\r\n\r\nplain") {
			t.Errorf("%q: got %q, want no upgrade", upgrade, got)
		}
	}
	w.wantStat("web", "inflight", 0)
}

func TestWhatTheBalancerAddsDoesNotExceedTheBackendsLimits(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.names("web", 0)
	head := func(fields, bytes int) string {
		text := "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + strings.Repeat("X: y\r\n", fields-3)
		return text + "Z: " + strings.Repeat("z", max(0, bytes-len(text)-len("Z: \r\n\r\n"))) + "\r\n\r\n"
	}
	for _, test := range []struct {
		fields, bytes int
		want          string
	}{{97, 0, "200"}, {98, 0, "431"}, {10, 62 << 10, "200"}, {10, 62<<10 + 1, "431"}} {
		if got, _ := w.exchange(head(test.fields, test.bytes)); !strings.HasPrefix(got, "HTTP/1.1 "+test.want+" ") {
			t.Errorf("%d fields, %d bytes: got %.60q, want %s", test.fields, test.bytes, got, test.want)
		}
	}
	w.wantStat("web", "requests", 2)
}
