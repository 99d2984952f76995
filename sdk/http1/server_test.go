package http1

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

func echo(req *Request, reply *Reply) error {
	return reply.Send(&Response{Status: 200, Framing: req.Framing, Body: req.Body})
}

func TestServerAnswersWhatItRefusesAndCloses(t *testing.T) {
	addr := serve(t, &Server{Now: time.Now, Handle: echo, Limits: Limits{Body: 100, Line: 50, Head: 200}})
	for _, c := range []struct{ name, request, status string }{
		{"bare LF", "GET / HTTP/1.1\nHost: web\n\n", "400 Bad Request"},
		{"large body", "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 101\r\n\r\n" + large[:101], "413 Content Too Large"},
		{"long line", "GET /" + large[:60] + " HTTP/1.1\r\nHost: web\r\n\r\n", "414 URI Too Long"},
		{"strange wish", "GET / HTTP/1.1\r\nHost: web\r\nExpect: x\r\n\r\n", "417 Expectation Failed"},
		{"large head", "GET / HTTP/1.1\r\nHost: web\r\nX: " + large[:200] + "\r\n\r\n",
			"431 Request Header Fields Too Large"},
		{"unknown coding", "POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: gzip\r\n\r\n", "501 Not Implemented"},
		{"other version", "GET / HTTP/2.0\r\n\r\n", "505 HTTP Version Not Supported"},
		{"bad chunk, found by the handler", "POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
			"400 Bad Request"},
		{"late half", "GET / HTT", "400 Bad Request"},
	} {
		got, err := ask(t, addr, c.request+"GET /next HTTP/1.1\r\nHost: web\r\n\r\n")
		if c.name == "late half" {
			got, err = ask(t, addr, c.request)
		}
		if !strings.HasPrefix(got, "HTTP/1.1 "+c.status+"\r\n") || err != nil {
			t.Errorf("%s: got %q, %v, want %s", c.name, got, err, c.status)
		}
		if strings.Count(got, "HTTP/1.1 ") != 1 || !strings.Contains(got, "\r\nConnection: close\r\n") {
			t.Errorf("%s: the connection went on: got %q", c.name, got)
		}
	}
}

func TestAnswerToARequestThatIsStillBeingSentArrives(t *testing.T) {
	addr := serve(t, &Server{Now: time.Now, Handle: echo, Limits: Limits{Body: 10}})
	body := large[:100_000]
	for range 20 {
		got, err := ask(t, addr, "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 100000\r\n\r\n"+body)
		if !strings.HasPrefix(got, "HTTP/1.1 413 ") || err != nil {
			t.Fatalf("got %q, %v, want 413: a reset overtook it", got, err)
		}
	}
}

func TestHandlersErrorIsAnsweredByItsStatusOrBy500(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&Error{Status: 502, Rule: "no luck"}, "502 Bad Gateway"},
		{errors.New("no luck"), "500 Internal Server Error"},
		{nil, "500 Internal Server Error"}, // and nothing sent
	} {
		served := make(chan error, 1)
		s := &Server{Handle: func(*Request, *Reply) error { return c.err }}
		addr := listen(t, func(conn net.Conn) { served <- s.Serve(conn) })
		got, err := ask(t, addr, "GET / HTTP/1.1\r\nHost: web\r\n\r\n")
		if !strings.HasPrefix(got, "HTTP/1.1 "+c.want) || err != nil {
			t.Errorf("%v: got %q, %v", c.err, got, err)
		}
		if err := <-served; err == nil || c.err != nil && err != c.err {
			t.Errorf("Serve returned %v, want %v", err, c.err)
		}
	}
}

// A client that sends its head in drops gets 408, one that sends nothing is left without a word.
func TestSlowAndSilentClientsAreCutOff(t *testing.T) {
	read := func(req *Request, reply *Reply) error {
		if _, err := io.ReadAll(req.Body); err != nil {
			return err
		}
		return reply.Text(200, nil, "thanks")
	}
	const short = 20 * time.Millisecond
	for _, c := range []struct{ sent, want string }{
		{"", ""},
		{"GET / HTTP/1.1\r\nHo", "HTTP/1.1 408 Request Timeout\r\n"},
		{"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 408 Request Timeout\r\n"},
	} {
		s := &Server{Now: time.Now, Idle: time.Hour, Receive: short, Handle: read}
		if c.sent == "" {
			s.Idle, s.Receive = short, time.Hour
		}
		client, server := net.Pipe()
		served := make(chan error)
		go func() { served <- s.Serve(server) }()
		io.WriteString(client, c.sent)
		got, _ := io.ReadAll(client)
		err := <-served
		if !strings.HasPrefix(string(got), c.want) || c.want == "" && (len(got) > 0 || err != nil) {
			t.Errorf("sent %q: got %q, Serve returned %v", c.sent, got, err)
		}
		if c.want != "" && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("sent %q: Serve returned %v, want a deadline", c.sent, err)
		}
		client.Close()
	}
}

func TestBodyLeftUnreadIsDrainedOrEndsTheConnection(t *testing.T) {
	addr := serve(t, &Server{Now: time.Now, Handle: func(req *Request, reply *Reply) error {
		return reply.Text(200, nil, req.Target)
	}})
	small := "POST /1 HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\nhelloGET /2 HTTP/1.1\r\nHost: web\r\n\r\n"
	if got, err := ask(t, addr, small); !strings.HasSuffix(got, "\r\n\r\n/2") || err != nil {
		t.Errorf("small body: got %q, %v", got, err)
	}
	huge := "POST /1 HTTP/1.1\r\nHost: web\r\nContent-Length: 300000\r\n\r\n" + large
	if got, err := ask(t, addr, huge+"GET /2 HTTP/1.1\r\nHost: web\r\n\r\n"); strings.Contains(got, "/2") || err != nil {
		t.Errorf("huge body: got %q, %v", got, err)
	}
	waiting := "POST /1 HTTP/1.1\r\nHost: web\r\nContent-Length: 30\r\nExpect: 100-continue\r\n\r\n"
	got, err := ask(t, addr, waiting+"GET /2 HTTP/1.1\r\nHost: web\r\n\r\n")
	if !strings.Contains(got, "Connection: close") || strings.Contains(got, "100") || strings.Contains(got, "/2") {
		t.Errorf("body never asked for: got %q, %v", got, err)
	}
}

func TestHTTP10ClientsGetBodiesTheyUnderstand(t *testing.T) {
	addr := serve(t, &Server{Handle: func(req *Request, reply *Reply) error {
		if err := reply.Send(&Response{Status: 103}); err != nil {
			return err
		}
		framing := UntilClose
		if req.Path() == "/chunked" {
			framing = Chunked
		}
		if req.Path() == "/length" {
			framing = 5
		}
		return reply.Send(&Response{Status: 200, Framing: framing, Body: strings.NewReader("hello")})
	}})
	const keep = " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
	for _, c := range []struct{ request, want string }{
		{"GET /close" + keep, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"},
		{"GET /chunked" + keep, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"},
		{"GET /length HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"},
		{"GET /length" + keep + "GET /close" + keep,
			"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello" +
				"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"},
	} {
		if got, err := ask(t, addr, c.request); got != c.want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", c.request, got, err, c.want)
		}
	}
}

// A response whose source fails half-way must not look whole, whatever its framing.
func TestResponseThatBreaksOffLooksBroken(t *testing.T) {
	for _, c := range []struct {
		name     string
		response Response
	}{
		{"length", Response{Framing: 10}},
		{"chunked", Response{Framing: Chunked}},
		{"until close", Response{Framing: UntilClose, Close: true}},
	} {
		half := errors.New("half-way")
		served := make(chan error, 1)
		s := &Server{Handle: func(req *Request, reply *Reply) error {
			resp := c.response
			resp.Status = 200
			resp.Body = io.MultiReader(&pieces{left: []string{"hello"}}, errorReader{half})
			return reply.Send(&resp)
		}}
		addr := listen(t, func(conn net.Conn) { served <- s.Serve(resettable{conn.(*net.TCPConn)}) })
		client := NewClient(dial(t, addr), Limits{})
		var resp Response
		err := client.Do(&Request{Method: "GET", Target: "/", Header: Header{{"Host", "web"}}}, &resp)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
		}
		if err == nil {
			t.Errorf("%s: the client took half of the body for all of it", c.name)
		}
		var source *BodyError
		if err := <-served; !errors.As(err, &source) || !errors.Is(err, half) {
			t.Errorf("%s: Serve returned %v, want a BodyError", c.name, err)
		}
	}
}

type errorReader struct{ err error }

func (e errorReader) Read([]byte) (int, error) { return 0, e.err }

// resettable is a connection as environments have it.
type resettable struct{ *net.TCPConn }

func (r resettable) Reset() error {
	r.SetLinger(0)
	return r.Close()
}

func TestResponseWhoseSourceFailsAtOnceCanBeReplaced(t *testing.T) {
	addr := serve(t, &Server{Handle: func(req *Request, reply *Reply) error {
		err := reply.Send(&Response{Status: 200, Framing: 10, Body: errorReader{io.ErrUnexpectedEOF}})
		if err == nil {
			t.Error("no error from the body's source")
		}
		return reply.Text(503, nil, "later")
	}})
	got, err := ask(t, addr, "GET / HTTP/1.1\r\nHost: web\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 503 ") || strings.Count(got, "HTTP/1.1") != 1 || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSecondResponseIsRefused(t *testing.T) {
	refused := make(chan error, 1)
	addr := serve(t, &Server{Handle: func(req *Request, reply *Reply) error {
		if err := reply.Text(200, nil, "one"); err != nil {
			return err
		}
		refused <- reply.Text(200, nil, "two")
		return nil
	}})
	got, err := ask(t, addr, "GET / HTTP/1.1\r\nHost: web\r\n\r\n")
	if !strings.HasSuffix(got, "\r\n\r\none") || err != nil || <-refused == nil {
		t.Errorf("got %q, %v", got, err)
	}
}
