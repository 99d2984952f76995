package balancer

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

const forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"

// afterwards lets a node answer the requests of each connection with their number on it, and do something a second
// after the first of these answers.
func (w *world) afterwards(node string, do func(sdk.Conn)) (asked *[]string) {
	asked = new([]string)
	w.raw(node, func(env sdk.Env, conn sdk.Conn) {
		in := http1.NewReader(conn, http1.Limits{})
		for n := 1; ; n++ {
			var req http1.Request
			if in.ReadRequest(&req) != nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			*asked = append(*asked, fmt.Sprintf("%s %d", req.Method, n))
			if _, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d", n); err != nil {
				return
			}
			if n == 1 {
				env.AfterFunc(time.Second/2, func() { do(conn) })
			}
		}
	})
	return asked
}

// A response that nobody has asked for must not become the answer to the next request: from then on every client would
// get what was meant for another one.
func TestWhatABackendSendsUnaskedIsNobodysAnswer(t *testing.T) {
	for name, late := range map[string]string{
		"a response too many":          forged,
		"a 408 for an idle connection": "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		"a byte":                       "\n",
		"an interim response":          "HTTP/1.1 103 Early Hints\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, []string{"web"})
			w.afterwards("web", func(conn sdk.Conn) { _, _ = io.WriteString(conn, late) })
			for range 3 {
				w.want("GET", w.get(http1.Request{}), `200 "1"`)
				w.Run(900 * time.Millisecond) // within the time for which a connection is trusted with a POST
				w.want("POST", w.get(post("x")), `200 "1"`)
				w.Run(900 * time.Millisecond)
			}
			w.wantStat("web", "errors", 0)
			w.wantStat("", "retries", 0)
		})
	}
}

func TestAConnectionThatHasJustEndedIsNotUsedForWhatCannotBeSentTwice(t *testing.T) {
	for name, end := range map[string]func(sdk.Conn){
		"closed": closes, "reset": resets, "half closed": func(conn sdk.Conn) { _ = conn.CloseWrite() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, []string{"web"}, "retries", 0)
			asked := w.afterwards("web", end)
			for range 3 {
				w.want("POST", w.get(post("x")), `200 "1"`)
				w.Run(900 * time.Millisecond)
			}
			if got := strings.Join(*asked, ", "); got != "POST 1, POST 1, POST 1" {
				t.Errorf("the backend was asked %s, want three times on a fresh connection", got)
			}
			w.wantStat("web", "errors", 0)
		})
	}
}

func TestOverRealSocketsWhatABackendSendsUnaskedIsNobodysAnswer(t *testing.T) {
	l := newLAN(t)
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	sent := make(chan struct{}, 100)
	more := make(chan struct{})
	l.tasks.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			l.tasks.Go(func() { poison(conn, more, sent) })
		}
	})
	l.add("web:80", ln.Addr().String())
	b := plain("web:80")
	env, where := l.run(b)
	c := client(t)
	for range 5 {
		for _, method := range []string{"GET", "POST"} {
			req, _ := http.NewRequest(method, "http://"+where+"/", http.NoBody)
			resp, err := c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if string(body) != "true" || err != nil {
				t.Fatalf("%s got %q, %v, want the true answer", method, body, err)
			}
			more <- struct{}{}
			<-sent
			for waiting(b) > 0 { // until the forged answer has crossed the LAN
				_ = env.Sleep(time.Millisecond)
			}
		}
	}
}

// waiting is how many connections to the first backend wait in good order.
func waiting(b *balancer) (count int) {
	p := &b.core.table.Load().backends[0].pool
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range p.idle {
		if u.Idle() {
			count++
		}
	}
	return count
}

// poison answers a request, and once more when it is told to.
func poison(conn net.Conn, more <-chan struct{}, sent chan<- struct{}) {
	defer conn.Close()
	in := http1.NewReader(conn, http1.Limits{})
	var req http1.Request
	if in.ReadRequest(&req) != nil {
		return
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue")
	<-more
	_, _ = io.WriteString(conn, forged)
	sent <- struct{}{}
	_, _ = io.Copy(io.Discard, conn)
}
