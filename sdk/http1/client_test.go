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

// script is a server that reads the head of each request, and what was said with it, and answers with the next text.
func script(t *testing.T, answers ...string) (addr string) {
	return listen(t, func(conn net.Conn) {
		in := NewReader(conn, Limits{})
		for _, answer := range answers {
			var req Request
			if in.ReadRequest(&req) != nil {
				return
			}
			if !req.ExpectsContinue() {
				io.Copy(io.Discard, req.Body)
			}
			io.WriteString(conn, answer)
		}
	})
}

func get(target string) *Request {
	return &Request{Method: "GET", Target: target, Header: Header{{"Host", "web"}}}
}

func TestClientKnowsWhenARequestMayBeSentAgain(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	for _, c := range []struct {
		name     string
		answers  []string
		noAnswer bool
	}{
		{"closed while idle", []string{ok}, true},
		{"closed after a 1xx", []string{ok, "HTTP/1.1 103 Early Hints\r\n\r\n"}, false},
		{"closed within the head", []string{ok, "HTTP/1.1 2"}, false},
	} {
		client := NewClient(dial(t, script(t, c.answers...)), Limits{})
		var resp Response
		if err := client.Do(get("/1"), &resp); err != nil || !client.Reusable() {
			t.Fatalf("%s: first exchange: %v", c.name, err)
		}
		err := client.Do(get("/2"), &resp)
		if errors.Is(err, ErrNoAnswer) != c.noAnswer || err == nil {
			t.Errorf("%s: got %v, want ErrNoAnswer: %v", c.name, err, c.noAnswer)
		}
		var refused *Error
		if !c.noAnswer && (!errors.As(err, &refused) || refused.Status != 502) {
			t.Errorf("%s: got %v, want an Error of status 502", c.name, err)
		}
		if client.Reusable() {
			t.Errorf("%s: still reusable", c.name)
		}
	}
}

func TestBytesNobodyAskedForEndTheConnection(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	client := NewClient(dial(t, script(t, ok+ok)), Limits{})
	var resp Response
	if err := client.Do(get("/"), &resp); err != nil {
		t.Fatal(err)
	}
	if client.in.Buffered() == 0 { // the kernel may deliver them apart
		client.in.fill()
	}
	if client.Reusable() {
		t.Error("reusable with a stray response at hand")
	}
	if err := client.Do(get("/"), &resp); err != ErrUnsolicited {
		t.Errorf("got %v, want %v", err, ErrUnsolicited)
	}
}

func TestConnectionIsReusableOnlyAfterTheWholeBody(t *testing.T) {
	addr := script(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
	client := NewClient(dial(t, addr), Limits{})
	var resp Response
	if err := client.Do(get("/"), &resp); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(resp.Body, make([]byte, 2)); err != nil || client.Reusable() {
		t.Errorf("before the last chunk: %v, reusable %v", err, client.Reusable())
	}
	if err := client.Do(get("/"), &resp); err != ErrBodyUnread {
		t.Errorf("got %v, want %v", err, ErrBodyUnread)
	}
	if _, err := resp.Body.Read(make([]byte, 2)); err != io.EOF || !client.Reusable() {
		t.Errorf("after the last chunk: %v, reusable %v", err, client.Reusable())
	}
}

func TestConnectionEndsWhereEitherSideSaysSo(t *testing.T) {
	for _, c := range []struct {
		answer string
		close  bool
	}{
		{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", false},
		{"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false},
		{"HTTP/1.1 200 OK\r\n\r\nok", false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true},
	} {
		client := NewClient(dial(t, script(t, c.answer)), Limits{})
		req, resp := get("/"), Response{}
		req.Close = c.close
		if err := client.Do(req, &resp); err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(resp.Body); string(text) != "ok" || err != nil {
			t.Errorf("%q: got %q, %v", c.answer, text, err)
		}
		if client.Reusable() {
			t.Errorf("%q: reusable", c.answer)
		}
	}
}

func TestBodyStaysWhereTheServerDoesNotAskForIt(t *testing.T) {
	client := NewClient(dial(t, script(t, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")), Limits{})
	body := &pieces{left: []string{"hello"}, onRead: func(int) { t.Error("body read") }}
	req := &Request{Method: "PUT", Target: "/", Header: Header{{"Expect", "100-continue"}}, Framing: 5, Body: body}
	var resp Response
	if err := client.Do(req, &resp); err != nil || resp.Status != 403 {
		t.Fatalf("got %d, %v, want 403", resp.Status, err)
	}
	if text, err := io.ReadAll(resp.Body); string(text) != "no" || err != nil || client.Reusable() {
		t.Errorf("got %q, %v, reusable %v, want no, false", text, err, client.Reusable())
	}
}

// A server that has seen enough answers and closes while the client is still sending: the answer counts.
func TestAnswerIsReadAlthoughSendingFailed(t *testing.T) {
	client, server := net.Pipe()
	go func() {
		in := NewReader(server, Limits{})
		var req Request
		in.ReadRequest(&req)
		io.CopyN(io.Discard, req.Body, 20_000)
		io.WriteString(server, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
		server.Close()
	}()
	// A pipe has no room: the answer is read beside the writing, as kernels do.
	answers, keep := io.Pipe()
	go io.Copy(keep, client)
	c := NewClient(struct {
		io.Reader
		io.Writer
	}{answers, client}, Limits{})
	var resp Response
	err := c.Do(&Request{Method: "PUT", Target: "/", Framing: 300_000, Body: strings.NewReader(large)}, &resp)
	if err != nil || resp.Status != 413 || c.Reusable() {
		t.Errorf("got %d, %v, reusable %v, want 413, false", resp.Status, err, c.Reusable())
	}
	client.Close()
	keep.Close()
}

func TestFailureOfTheRequestsBodyIsToldFromTheConnections(t *testing.T) {
	out := &wire{Reader: strings.NewReader("")}
	broken := errors.New("disk on fire")
	req := &Request{Method: "PUT", Target: "/", Framing: Chunked, Body: errorReader{broken}}
	err := NewClient(out, Limits{}).Do(req, &Response{})
	var source *BodyError
	if !errors.As(err, &source) || !errors.Is(err, broken) || len(out.writes) > 0 {
		t.Errorf("got %v after %q", err, out.all())
	}
}

func TestServerThatDoesNotAnswerInTimeIsABadGateway(t *testing.T) {
	for _, answer := range []string{"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"} {
		done := make(chan bool)
		addr := listen(t, func(conn net.Conn) {
			io.WriteString(conn, answer)
			<-done
		})
		conn := dial(t, addr)
		conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		client := NewClient(conn, Limits{})
		var resp Response
		err := client.Do(get("/"), &resp)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
		}
		var refused *Error
		if !errors.As(err, &refused) || refused.Status != 504 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("answer %q: got %v, want an Error of status 504", answer, err)
		}
		close(done)
	}
}

func TestUpgradeNobodyAskedForIsRefused(t *testing.T) {
	const answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
	var resp Response
	err := NewClient(&wire{Reader: strings.NewReader(answer)}, Limits{}).Do(get("/"), &resp)
	var refused *Error
	if !errors.As(err, &refused) || refused.Status != 502 {
		t.Errorf("got %v, want an Error of status 502", err)
	}
}
