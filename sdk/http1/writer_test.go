package http1

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHeadAndSmallBodyLeaveInOneWrite(t *testing.T) {
	for _, c := range []struct {
		name string
		resp Response
		want string
	}{
		{"length", Response{Framing: 5, Body: strings.NewReader("hello")}, "Content-Length: 5\r\n\r\nhello"},
		{"chunked", Response{Framing: Chunked, Body: strings.NewReader("hello")},
			"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"},
		{"until close", Response{Framing: UntilClose, Close: true, Body: strings.NewReader("hello")},
			"Connection: close\r\n\r\nhello"},
		{"none", Response{}, "Content-Length: 0\r\n\r\n"},
		{"of unknown source", Response{Framing: 5, Body: &pieces{left: []string{"hello"}}}, "Content-Length: 5\r\n\r\nhello"},
	} {
		out := &wire{}
		c.resp.Status = 200
		if err := NewWriter(out).WriteResponse(&c.resp, &Request{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"HTTP/1.1 200 OK\r\n" + c.want}, out.writes); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	out := &wire{}
	req := get("/x")
	req.Method, req.Framing, req.Body = "POST", 5, strings.NewReader("hello")
	if err := NewWriter(out).WriteRequest(req); err != nil {
		t.Fatal(err)
	}
	want := []string{"POST /x HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\nhello"}
	if diff := cmp.Diff(want, out.writes); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

// Each write ends with a small segment of TCP: in small pieces, 14 KB would not fit into the first ten.
func TestABodyInMemoryLeavesInLargePieces(t *testing.T) {
	out := &wire{}
	resp := &Response{Status: 200, Framing: 100_000, Body: bytes.NewReader(pattern(100_000))}
	if err := NewWriter(out).WriteResponse(resp, &Request{}); err != nil || len(out.writes) != 2 {
		t.Errorf("got %d writes, %v, want 2", len(out.writes), err)
	}
}

// RFC 9110 8.6: what has no content says so only where that means something.
func TestEmptyBodiesAreAnnouncedWhereTheyMayBeExpected(t *testing.T) {
	for _, c := range []struct {
		method string
		status int
		want   string
	}{
		{"GET", 200, "GET / HTTP/1.1\r\nHost: \r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{"POST", 304, "POST / HTTP/1.1\r\nHost: \r\nContent-Length: 0\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n"},
		{"DELETE", 204, "DELETE / HTTP/1.1\r\nHost: \r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"},
	} {
		out := &wire{}
		w := NewWriter(out)
		req := &Request{Method: c.method, Target: "/"}
		if err := w.WriteRequest(req); err != nil {
			t.Fatal(err)
		}
		if err := w.WriteResponse(&Response{Status: c.status}, req); err != nil {
			t.Fatal(err)
		}
		if out.all() != c.want {
			t.Errorf("got %q, want %q", out.all(), c.want)
		}
	}
}

// While a source makes the Writer wait, everything it gave before must be on its way.
func TestNothingIsHeldBackWhileTheSourceWaits(t *testing.T) {
	for _, framing := range []Framing{10, Chunked, UntilClose} {
		out := &wire{}
		sent := func(text string) {
			if !strings.Contains(out.all(), text) {
				t.Errorf("framing %d: waiting with %q not sent, only %q", framing, text, out.all())
			}
		}
		source := &pieces{left: []string{"hello", "world"}, onRead: func(left int) {
			if left == 1 {
				sent("hello")
			}
			if left == 0 {
				sent("world")
			}
		}}
		resp := &Response{Status: 200, Framing: framing, Close: framing == UntilClose, Body: source}
		if err := NewWriter(out).WriteResponse(resp, &Request{}); err != nil {
			t.Fatal(err)
		}
	}
}

// The same between connections: what a backend sends in pieces, the head first, arrives in pieces.
func TestProxiedPiecesArriveBeforeTheNextIsRead(t *testing.T) {
	left := []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\none\r\n", "3\r\ntwo", "\r\n0\r\n\r\n"}
	want := []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\none\r\n", "3\r\ntwo\r\n", "0\r\n\r\n"}
	out := &wire{}
	in := NewReader(&pieces{left: left, onRead: func(left int) {
		if strings.Join(want[:len(want)-left], "") != out.all() {
			t.Errorf("with %d pieces to come %q was sent", left, out.all())
		}
	}}, Limits{})
	var resp Response
	if err := in.ReadResponse(&resp, "GET"); err != nil {
		t.Fatal(err)
	}
	if err := NewWriter(out).WriteResponse(&resp, &Request{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, out.writes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWriterRefusesWhatAReaderWouldReadOtherwise(t *testing.T) {
	ok := func() *Request { return &Request{Method: "GET", Target: "/", Header: Header{{"Host", "web"}}} }
	for name, change := range map[string]func(*Request){
		"line end in a value":    func(r *Request) { r.Header.Add("X", "a\r\nContent-Length: 5") },
		"LF in a value":          func(r *Request) { r.Header.Add("X", "a\nb") },
		"NUL in a value":         func(r *Request) { r.Header.Add("X", "a\x00b") },
		"line end in a name":     func(r *Request) { r.Header.Add("X: a\r\nY", "b") },
		"space in a name":        func(r *Request) { r.Header.Add("X ", "b") },
		"empty name":             func(r *Request) { r.Header.Add("", "b") },
		"own Content-Length":     func(r *Request) { r.Header.Add("content-length", "5") },
		"own Transfer-Encoding":  func(r *Request) { r.Header.Add("Transfer-Encoding", "chunked") },
		"look-alike":             func(r *Request) { r.Header.Add("Content_Length", "5") },
		"two hosts":              func(r *Request) { r.Header.Add("host", "web2") },
		"host with a path":       func(r *Request) { r.Header.Set("Host", "web/x") },
		"space in the target":    func(r *Request) { r.Target = "/ HTTP/1.1" },
		"line end in the target": func(r *Request) { r.Target = "/\r\n" },
		"empty target":           func(r *Request) { r.Target = "" },
		"absolute target":        func(r *Request) { r.Target = "http://web/" },
		"no method":              func(r *Request) { r.Method = "" },
		"space in the method":    func(r *Request) { r.Method = "GET /" },
		"body until close":       func(r *Request) { r.Framing, r.Body = UntilClose, strings.NewReader("x") },
		"missing body":           func(r *Request) { r.Framing = 5 },
		"CONNECT to a path":      func(r *Request) { r.Method = "CONNECT" },
		"CONNECT with content":   func(r *Request) { r.Method, r.Target, r.Framing = "CONNECT", "web:80", 5 },
		"trailer that frames": func(r *Request) {
			r.Framing, r.Body = Chunked, content{bytes.NewReader(nil), Header{{"Content-Length", "5"}}}
		},
	} {
		out := &wire{}
		w := NewWriter(out)
		req := ok()
		change(req)
		if err := w.WriteRequest(req); err == nil || len(out.writes) > 0 {
			t.Errorf("%s: got %v after %q", name, err, out.all())
		}
		if err := w.WriteRequest(ok()); err != nil {
			t.Errorf("%s: the Writer was spoilt: %v", name, err)
		}
	}
	for name, resp := range map[string]Response{
		"no status":             {},
		"status 600":            {Status: 600},
		"line end in reason":    {Status: 200, Reason: "OK\r\nX: y"},
		"204 with a body":       {Status: 204, Framing: 5, Body: strings.NewReader("hello")},
		"103 with a body":       {Status: 103, Framing: Chunked},
		"own Transfer-Encoding": {Status: 200, Header: Header{{"transfer-encoding", "chunked"}}},
	} {
		out := &wire{}
		if err := NewWriter(out).WriteResponse(&resp, &Request{}); err == nil || len(out.writes) > 0 {
			t.Errorf("%s: got %v after %q", name, err, out.all())
		}
	}
}

func TestAnnouncedLengthIsKeptOrTheConnectionGivenUp(t *testing.T) {
	out := &wire{}
	w := NewWriter(out)
	long := &Response{Status: 200, Framing: 2, Body: strings.NewReader("hello")}
	if err := w.WriteResponse(long, &Request{}); err != nil || !strings.HasSuffix(out.all(), "\r\n\r\nhe") {
		t.Errorf("longer source: got %q, %v", out.all(), err)
	}
	short := &Response{Status: 200, Framing: 200_000, Body: bytes.NewReader(pattern(100_000))}
	err := w.WriteResponse(short, &Request{})
	var source *BodyError
	if !errors.As(err, &source) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("shorter source: got %v", err)
	}
	if again := w.WriteResponse(&Response{Status: 200}, &Request{}); again != err {
		t.Errorf("after half a message: got %v, want %v", again, err)
	}
}

func TestBodiesOfAllSizesArriveWhole(t *testing.T) {
	for _, size := range []int{0, 1, 15, 16, 255, 256, 4095, 4096, 7000, 8000, 8191, 8192, 8193, 70_000} {
		for _, framing := range []Framing{Framing(size), Chunked, UntilClose} {
			text := pattern(size)
			out := &wire{}
			resp := &Response{Status: 200, Framing: framing, Close: framing == UntilClose, Body: bytes.NewReader(text)}
			if err := NewWriter(out).WriteResponse(resp, &Request{}); err != nil {
				t.Fatal(err)
			}
			in := NewReader(strings.NewReader(out.all()), Limits{})
			var got Response
			if err := in.ReadResponse(&got, "GET"); err != nil {
				t.Fatal(err)
			}
			if back, err := io.ReadAll(got.Body); !bytes.Equal(back, text) || err != nil || got.Framing != framing {
				t.Errorf("size %d, framing %d: %d bytes came back, %v", size, framing, len(back), err)
			}
		}
	}
}

// A large body of known length goes from connection to connection without passing our buffers.
func TestLargeBodyIsLeftToTheConnections(t *testing.T) {
	backend := serve(t, &Server{Handle: func(req *Request, reply *Reply) error {
		return reply.Send(&Response{Status: 200, Framing: Framing(len(large)), Body: strings.NewReader(large)})
	}})
	out := &copier{}
	client := NewClient(dial(t, backend), Limits{})
	var resp Response
	if err := client.Do(get("/"), &resp); err != nil {
		t.Fatal(err)
	}
	if err := NewWriter(out).WriteResponse(&resp, &Request{}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(out.all(), "\r\n\r\n"+large) || out.copied < int64(len(large))/2 || !client.Reusable() {
		t.Errorf("%d bytes, %d of them copied, reusable %v", len(out.all()), out.copied, client.Reusable())
	}
}

// copier is a connection that can copy, as kernel ones can.
type copier struct {
	wire
	copied int64
}

func (c *copier) ReadFrom(r io.Reader) (int64, error) {
	if _, ok := r.(*io.LimitedReader).R.(net.Conn); !ok {
		return 0, errors.New("not between connections")
	}
	text, err := io.ReadAll(r)
	c.writes = append(c.writes, string(text))
	c.copied += int64(len(text))
	return int64(len(text)), err
}
