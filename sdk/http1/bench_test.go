package http1

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

const (
	benchRequest = "GET /api/items?page=%08d HTTP/1.1\r\nHost: web1:8080\r\nUser-Agent: bench/1.0\r\nAccept: */*\r\n" +
		"Accept-Encoding: gzip\r\nX-Request-Id: 0123456789abcdef\r\nCookie: session=abcdef0123456789\r\n\r\n"
	benchResponse = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Mon, 01 Jan 2001 00:00:00 GMT\r\n" +
		"X-Backend: %08d\r\nContent-Length: 128\r\n\r\n"
)

var benchBody = strings.Repeat("x", 128)

var raceEnabled bool

// loop is an endless peer that sends its messages one by one, and swallows what is sent to it.
type loop struct {
	messages [][]byte
	next     int
}

// newLoop makes a loop of n messages that differ in a number. Only from two on each costs the allocation of its text.
func newLoop(n int, format string) *loop {
	l := &loop{}
	for i := range n {
		l.messages = append(l.messages, fmt.Appendf(nil, format, i))
	}
	return l
}

func (l *loop) Read(p []byte) (int, error) {
	n := copy(p, l.messages[l.next])
	l.next = (l.next + 1) % len(l.messages)
	return n, nil
}

func (l *loop) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkReadRequest(b *testing.B) {
	for name, n := range map[string]int{"heads differ": 2, "heads equal": 1} {
		b.Run(name, func(b *testing.B) {
			in := NewReader(newLoop(n, benchRequest), Limits{})
			var req Request
			b.ReportAllocs()
			for b.Loop() {
				if err := in.ReadRequest(&req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkReadResponseWithBody(b *testing.B) {
	in := NewReader(newLoop(2, benchResponse+benchBody), Limits{})
	var resp Response
	p := make([]byte, 256)
	b.ReportAllocs()
	for b.Loop() {
		if err := in.ReadResponse(&resp, "GET"); err != nil {
			b.Fatal(err)
		}
		if n, err := resp.Body.Read(p); n != 128 || err != io.EOF {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkWriteResponseWithBody(b *testing.B) {
	out := NewWriter(&loop{})
	body := strings.NewReader(benchBody)
	resp := Response{Status: 200, Header: Header{{"Content-Type", "text/plain"}}, Framing: 128, Body: body}
	var req Request
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(benchBody)
		if err := out.WriteResponse(&resp, &req); err != nil {
			b.Fatal(err)
		}
	}
}

// One request and its response through a proxy: two heads read, two written, a small body copied.
func BenchmarkProxy(b *testing.B) {
	conn, backend := newLoop(2, benchRequest), newLoop(2, benchResponse+benchBody)
	in, out, client := NewReader(conn, Limits{}), NewWriter(conn), NewClient(backend, Limits{})
	var req Request
	var resp Response
	b.ReportAllocs()
	for b.Loop() {
		if err := in.ReadRequest(&req); err != nil {
			b.Fatal(err)
		}
		req.ForNextHop()
		if err := client.Do(&req, &resp); err != nil {
			b.Fatal(err)
		}
		resp.ForNextHop()
		if err := out.WriteResponse(&resp, &req); err != nil {
			b.Fatal(err)
		}
	}
}

// The promise of few allocations: the text of each head that differs from the one before, and nothing else.
func TestMessagesOnAKeptConnectionCostOneAllocationEach(t *testing.T) {
	conn, backend := newLoop(2, benchRequest), newLoop(2, benchResponse+benchBody)
	in, out, client := NewReader(conn, Limits{}), NewWriter(conn), NewClient(backend, Limits{})
	var req Request
	var resp Response
	allocs := testing.AllocsPerRun(200, func() {
		err := in.ReadRequest(&req)
		if err == nil {
			req.ForNextHop()
			err = client.Do(&req, &resp)
		}
		if err == nil {
			resp.ForNextHop()
			err = out.WriteResponse(&resp, &req)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 2 && !raceEnabled {
		t.Errorf("a proxied exchange allocates %v times, want 2: once for each head", allocs)
	}
}

func BenchmarkChunkedBody(b *testing.B) {
	text := pattern(64 << 10)
	body := bytes.NewReader(text)
	wire := &bytes.Buffer{}
	resp := Response{Status: 200, Framing: Chunked, Body: body}
	var got Response
	out, in := NewWriter(wire), NewReader(wire, Limits{})
	p := make([]byte, 32<<10)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		body.Reset(text)
		wire.Reset()
		if err := out.WriteResponse(&resp, &Request{}); err != nil {
			b.Fatal(err)
		}
		if err := in.ReadResponse(&got, "GET"); err != nil {
			b.Fatal(err)
		}
		total := 0
		for {
			n, err := got.Body.Read(p)
			if total += n; err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		if total != len(text) {
			b.Fatalf("%d bytes came back, want %d", total, len(text))
		}
	}
}
