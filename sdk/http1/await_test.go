package http1

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func TestAHandlerWaitsUntilItIsTimeOrItsClientHasGone(t *testing.T) {
	ended := make(chan error, 1)
	handle := func(req *Request, reply *Reply) error {
		if req.Path() == "/body" {
			ended <- reply.Await(time.Now())
			return reply.Text(200, nil, "")
		}
		until := time.Time{}
		if req.Path() == "/short" {
			until = time.Now().Add(time.Millisecond)
		}
		err := reply.Await(until)
		ended <- err
		if errors.Is(err, ErrLeft) {
			return err
		}
		return reply.Text(200, nil, "")
	}
	addr := serve(t, &Server{Handle: handle})
	for _, test := range []struct {
		request string
		leave   bool
		want    error
		answers int
	}{
		{"GET /short HTTP/1.1\r\nHost: web\r\n\r\nGET /short HTTP/1.1\r\nHost: web\r\n\r\n", false, nil, 2},
		{"GET /long HTTP/1.1\r\nHost: web\r\n\r\nGET /short HTTP/1.1\r\n", true, ErrEnded, 1},
		{"GET /long HTTP/1.1\r\nHost: web\r\n\r\n" + strings.Repeat("x", bufferBytes), true, ErrAhead, 1},
	} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, test.request)
		if test.leave {
			_ = conn.(*net.TCPConn).CloseWrite()
		}
		for range max(1, test.answers) {
			if got := <-ended; !errors.Is(got, test.want) {
				t.Errorf("%.20q: got %v, want %v", test.request, got, test.want)
			}
		}
		_ = conn.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(conn)
		if got := strings.Count(string(answer), "HTTP/1.1 200"); got != test.answers {
			t.Errorf("%.20q: got %d answers, want %d: %q", test.request, got, test.answers, answer)
		}
		_ = conn.Close()
	}
	got, _ := ask(t, addr, "POST /body HTTP/1.1\r\nHost: web\r\nContent-Length: 2\r\n\r\nab")
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "before the body") {
		t.Errorf("a body that was not read: got %v and %q, want an error", err, got)
	}
}

func TestAWakeEndsAnAwaitThatIsUnderWayOrTheNextOne(t *testing.T) {
	waiting := make(chan *Reply)
	addr := serve(t, &Server{Handle: func(_ *Request, reply *Reply) error {
		waiting <- reply
		if err := reply.Await(time.Time{}); err != nil {
			return err
		}
		return reply.Text(200, nil, "awake")
	}})
	for range 100 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
		(<-waiting).Wake()
		if answer, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(answer), "awake") {
			t.Fatalf("got %q, %v", answer, err)
		}
		_ = conn.Close()
	}
}
