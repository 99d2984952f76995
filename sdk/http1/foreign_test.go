package http1

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// exchange is one request and what must come back, whoever the peers are. Bodies are sent back as they are.
type exchange struct {
	method, path string
	body         string
	chunked      bool
	trailer      string // of the request, echoed
	expect       bool   // 100-continue
	want         answer
}

type answer struct {
	Status  int
	Body    string
	Length  int64 // Content-Length as the client sees it, -1 for none
	Trailer string
	Header  string // X-Seen
}

var large = string(pattern(300_000))

var exchanges = []exchange{
	{method: "GET", path: "/hello", want: answer{Status: 200, Body: "hello", Length: 5}},
	{method: "HEAD", path: "/hello", want: answer{Status: 200, Length: 5}},
	{method: "GET", path: "/chunks", want: answer{Status: 200, Body: "one two three", Length: -1, Trailer: "3"}},
	{method: "GET", path: "/status/204", want: answer{Status: 204}},
	{method: "GET", path: "/status/304", want: answer{Status: 304, Length: -1}},
	{method: "GET", path: "/status/404", want: answer{Status: 404}},
	{method: "GET", path: "/early", want: answer{Status: 200, Length: 0}},
	{method: "POST", path: "/echo", want: answer{Status: 200}},
	{method: "POST", path: "/echo", body: "small", want: answer{Status: 200, Body: "small", Length: 5}},
	{method: "PUT", path: "/echo", body: large, want: answer{Status: 200, Body: large, Length: 300_000}},
	{method: "POST", path: "/echo", body: "pieces", chunked: true, trailer: "sum",
		want: answer{Status: 200, Body: "pieces", Length: -1, Trailer: "sum"}},
	{method: "POST", path: "/echo", body: large, chunked: true, want: answer{Status: 200, Body: large, Length: -1}},
	{method: "POST", path: "/echo", body: "asked for", expect: true,
		want: answer{Status: 200, Body: "asked for", Length: 9}},
	{method: "POST", path: "/echo", body: large, expect: true, want: answer{Status: 200, Body: large, Length: 300_000}},
	{method: "POST", path: "/unread", body: "ignored", want: answer{Status: 403, Body: "no", Length: 2}},
	{method: "GET", path: "/fields", want: answer{Status: 200, Header: "a,b|c"}},
}

// ours is the server side of the exchanges on this package.
func ours(req *Request, reply *Reply) error {
	switch path := req.Path(); {
	case path == "/hello":
		return reply.Text(200, nil, "hello")
	case path == "/chunks":
		body := content{bytes.NewReader([]byte("one two three")), Header{{"X-Sum", "3"}}}
		return reply.Send(&Response{Status: 200, Header: Header{{"Trailer", "X-Sum"}}, Framing: Chunked, Body: body})
	case strings.HasPrefix(path, "/status/"):
		status, err := strconv.Atoi(path[len("/status/"):])
		if err != nil {
			return err
		}
		return reply.Send(&Response{Status: status})
	case path == "/early":
		if err := reply.Send(&Response{Status: 103, Header: Header{{"Link", "</a>"}}}); err != nil {
			return err
		}
		return reply.Send(&Response{Status: 200})
	case path == "/echo":
		return reply.Send(&Response{Status: 200, Framing: req.Framing, Body: req.Body})
	case path == "/fields":
		seen := strings.Join(req.Header.Values("x-many"), "|")
		return reply.Send(&Response{Status: 200, Header: Header{{"X-Seen", seen}}})
	}
	return reply.Text(403, nil, "no")
}

// theirs is the server side of the exchanges on net/http.
func theirs(w http.ResponseWriter, req *http.Request) {
	switch path := req.URL.Path; {
	case path == "/hello":
		w.Header().Set("Content-Length", "5")
		io.WriteString(w, "hello")
	case path == "/chunks":
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, "one ")
		w.(http.Flusher).Flush()
		io.WriteString(w, "two three")
		w.Header().Set("X-Sum", "3")
	case strings.HasPrefix(path, "/status/"):
		status, _ := strconv.Atoi(path[len("/status/"):])
		w.WriteHeader(status)
	case path == "/early":
		w.Header().Set("Link", "</a>")
		w.WriteHeader(103)
		w.WriteHeader(200)
	case path == "/echo":
		if req.ContentLength >= 0 {
			w.Header().Set("Content-Length", strconv.FormatInt(req.ContentLength, 10))
		}
		if req.Header.Get("Expect") != "" { // net/http closes if it answers before it has read what it had to ask for
			text, _ := io.ReadAll(req.Body)
			w.Write(text)
			return
		}
		http.NewResponseController(w).EnableFullDuplex()
		if req.ContentLength < 0 {
			w.(http.Flusher).Flush() // or a short body would get a length
		}
		io.Copy(w, req.Body)
		for name, values := range req.Trailer {
			w.Header()[http.TrailerPrefix+name] = values
		}
	case path == "/fields":
		w.Header().Set("X-Seen", strings.Join(req.Header.Values("X-Many"), "|"))
	default:
		w.WriteHeader(403)
		io.WriteString(w, "no")
	}
}

// askTheirs makes the exchange with net/http's client.
func askTheirs(t *testing.T, client *http.Client, addr string, x exchange) (got answer, reused bool) {
	t.Helper()
	var body io.Reader = strings.NewReader(x.body)
	if x.chunked {
		body = io.MultiReader(body) // of unknown length
	}
	req, err := http.NewRequest(x.method, "http://"+addr+x.path, body)
	if err != nil {
		t.Fatal(err)
	}
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }}
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), trace))
	req.Header = http.Header{"X-Many": {"a,b", "c"}}
	if x.expect {
		req.Header.Set("Expect", "100-continue")
	}
	if x.trailer != "" {
		req.Trailer = http.Header{"X-Sum": {x.trailer}}
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", x.method, x.path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: body: %v", x.method, x.path, err)
	}
	return answer{resp.StatusCode, string(text), resp.ContentLength, resp.Trailer.Get("X-Sum"),
		resp.Header.Get("X-Seen")}, reused
}

// askOurs makes the exchange with this package's Client.
func askOurs(t *testing.T, client *Client, x exchange) answer {
	t.Helper()
	req := &Request{Method: x.method, Target: x.path, Header: Header{{"Host", "web"}, {"X-Many", "a,b"}, {"x-many", "c"}}}
	req.Framing, req.Body = Framing(len(x.body)), strings.NewReader(x.body)
	if x.chunked {
		req.Framing = Chunked
		req.Body = content{bytes.NewReader([]byte(x.body)), Header{{"X-Sum", x.trailer}}}
		req.Header.Add("Trailer", "X-Sum")
	}
	if x.expect {
		req.Header.Add("Expect", "100-continue")
	}
	var resp Response
	if err := client.Do(req, &resp); err != nil {
		t.Fatalf("%s %s: %v", x.method, x.path, err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: body: %v", x.method, x.path, err)
	}
	got := answer{Status: resp.Status, Body: string(text), Length: max(int64(resp.Framing), -1)}
	got.Header = resp.Header.Get("X-Seen")
	if b := resp.Body.(*Body); b.Trailer() != nil {
		got.Trailer = b.Trailer().Get("X-Sum")
	}
	return got
}

func compare(t *testing.T, x exchange, got answer) {
	t.Helper()
	if x.want.Status == 204 || x.want.Status == 304 {
		got.Length = x.want.Length // 0 and -1 both mean that nothing was announced
	}
	if diff := cmp.Diff(x.want, got); diff != "" {
		t.Errorf("%s %s (-want +got):\n%.600s", x.method, x.path, diff)
	}
}

func newTransport(t *testing.T) *http.Client {
	transport := &http.Transport{ExpectContinueTimeout: 1 << 40, DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestNetHTTPsClientAndOurServerKeepOneConnectionForAllExchanges(t *testing.T) {
	addr := serve(t, &Server{Handle: ours})
	client := newTransport(t)
	for i, x := range exchanges {
		got, reused := askTheirs(t, client, addr, x)
		compare(t, x, got)
		if i > 0 && !reused {
			t.Errorf("%s %s came on a new connection", x.method, x.path)
		}
	}
}

func TestOurClientAndNetHTTPsServerKeepOneConnectionForAllExchanges(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(theirs))
	defer server.Close()
	client := NewClient(dial(t, server.Listener.Addr().String()), Limits{})
	for _, x := range exchanges {
		compare(t, x, askOurs(t, client, x))
		if !client.Reusable() {
			t.Fatalf("%s %s: the connection ended", x.method, x.path)
		}
	}
}

// forward returns a Handler that is a proxy to the address, with one connection for each connection of a client.
func forward(upstream net.Conn) Handler {
	client := NewClient(upstream, Limits{})
	return func(req *Request, reply *Reply) error {
		req.ForNextHop()
		var resp Response
		client.Interim = func(interim *Response) error {
			interim.ForNextHop()
			return reply.Send(interim)
		}
		if err := client.Do(req, &resp); err != nil {
			return err
		}
		resp.ForNextHop()
		if err := reply.Send(&resp); err != nil {
			return err
		}
		if !client.Reusable() {
			return fmt.Errorf("connection to the backend ended after %s", req.Target)
		}
		return nil
	}
}

func TestProxyChangesNothingBetweenNetHTTPsClientAndServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(theirs))
	defer server.Close()
	addr := listen(t, func(conn net.Conn) {
		proxy := &Server{Handle: forward(dial(t, server.Listener.Addr().String()))}
		if err := proxy.Serve(conn); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Errorf("proxy: %v", err)
		}
	})
	client := newTransport(t)
	for i, x := range exchanges {
		got, reused := askTheirs(t, client, addr, x)
		compare(t, x, got)
		if i > 0 && !reused {
			t.Errorf("%s %s came on a new connection", x.method, x.path)
		}
	}
	client.CloseIdleConnections()
}

func TestUpgradePassesThroughTheProxyWithWhatWasSentAhead(t *testing.T) {
	backend := serve(t, &Server{Handle: func(req *Request, reply *Reply) error {
		h := Header{{"Connection", "upgrade"}, {"Upgrade", req.Header.Upgrade()}}
		if err := reply.Send(&Response{Status: 101, Header: h}); err != nil {
			return err
		}
		_, err := io.Copy(reply.Conn(), io.MultiReader(bytes.NewReader(reply.Take()), reply.Conn()))
		return err
	}})
	proxy := serve(t, &Server{Handle: func(req *Request, reply *Reply) error {
		protocol := req.Header.Upgrade()
		req.ForNextHop()
		req.Header = append(req.Header, Field{"Connection", "upgrade"}, Field{"Upgrade", protocol})
		conn := dial(t, backend)
		client := NewClient(conn, Limits{})
		var resp Response
		if err := client.Do(req, &resp); err != nil {
			return err
		}
		if err := reply.Send(&resp); err != nil || !resp.Tunnel {
			return err
		}
		back := make(chan error)
		go func() {
			_, err := io.Copy(reply.Conn(), io.MultiReader(bytes.NewReader(client.Take()), conn))
			back <- err
		}()
		_, err := io.Copy(conn, io.MultiReader(bytes.NewReader(reply.Take()), reply.Conn()))
		conn.CloseWrite()
		<-back
		return err
	}})
	got, err := ask(t, proxy, "GET / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nGET /not http")
	want := "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nGET /not http"
	if got != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	addr := serve(t, &Server{Handle: func(req *Request, reply *Reply) error { return reply.Text(200, nil, req.Target) }})
	conn := dial(t, addr)
	var requests strings.Builder
	const n = 200
	for i := range n {
		fmt.Fprintf(&requests, "GET /%d HTTP/1.1\r\nHost: web\r\n\r\n", i)
	}
	go io.WriteString(conn, requests.String())
	in := bufio.NewReader(conn)
	for i := range n {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		if want := fmt.Sprintf("/%d", i); string(text) != want || err != nil {
			t.Fatalf("pipelined answer %d: got %q, %v", i, text, err)
		}
	}
}
