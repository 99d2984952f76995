package balancer

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// hidden hides the length of a body, so that it is sent in chunks.
type hidden struct{ io.Reader }

// send posts a body and checks the answer; it returns the backend's name.
func send(c *http.Client, url, body string, chunked bool) (string, error) {
	var source io.Reader = strings.NewReader(body)
	if chunked {
		source = hidden{source}
	}
	resp, err := c.Post(url, "text/plain", source)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return "", err
	case resp.StatusCode != 200 || string(data) != strings.ToUpper(body):
		return "", fmt.Errorf("%s with %d bytes, want 200 with %d: %.80q", resp.Status, len(data), len(body), data)
	}
	return resp.Header.Get("X-Backend"), nil
}

// settled is the statistics once nothing is being served: a client has its answer before the balancer has counted it.
func settled(t *testing.T, env sdk.Env, b *balancer) stats {
	t.Helper()
	for deadline := env.Now().Add(10 * time.Second); ; {
		s, _ := b.stats(env)
		if s.Active == 0 {
			return s
		}
		if env.Now().After(deadline) {
			t.Fatalf("requests are still being served: %+v", s)
		}
		runtime.Gosched()
	}
}

func TestForeignClientsAndServersUnderLoadInParallel(t *testing.T) {
	l := newLAN(t)
	var addrs []sdk.Addr
	for _, name := range []string{"web1", "web2", "web3"} {
		l.web(name, named(name))
		addrs = append(addrs, sdk.MakeAddr(name, 80))
	}
	b := plain(addrs...)
	env, where := l.run(b)
	c := client(t)
	var mu sync.Mutex
	counts := map[string]int{}
	var tasks sync.WaitGroup
	for task := range 16 {
		tasks.Go(func() {
			for i := range 30 {
				size := []int{0, 10, 5_000, 20_000, 300_000}[(task+i)%5]
				name, err := send(c, "http://"+where, strings.Repeat("x", size), i%2 == 0)
				if err != nil {
					t.Errorf("%d bytes: %v", size, err)
				}
				mu.Lock()
				counts[name]++
				mu.Unlock()
			}
		})
	}
	tasks.Wait()
	if counts["web1"] != 160 || counts["web2"] != 160 || counts["web3"] != 160 {
		t.Errorf("got %v, want 160 each", counts)
	}
	s := settled(t, env, b)
	if s.Requests != 480 || s.Errors != 0 || s.Active != 0 {
		t.Errorf("got %+v", s)
	}
	for _, one := range s.Backends {
		if one.Inflight != 0 || one.Errors != 0 || one.EWMA <= 0 {
			t.Errorf("got %+v", one)
		}
	}
}

func TestReconfiguringUnderLoadLosesNoRequest(t *testing.T) {
	l := newLAN(t)
	var addrs []sdk.Addr
	for i := range 4 {
		name := fmt.Sprintf("web%d", i)
		l.web(name, named(name))
		addrs = append(addrs, sdk.MakeAddr(name, 80))
	}
	b := plain(addrs...)
	b.Retries = 0
	env, where := l.run(b)
	c := client(t)
	var tasks sync.WaitGroup
	var over atomic.Bool
	var done atomic.Int64
	for range 8 {
		tasks.Go(func() {
			for !over.Load() {
				if _, err := send(c, "http://"+where, "hello", false); err != nil {
					t.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	for i := range 60 {
		next := plain(addrs[i%2 : 2+i%3]...)
		next.Strategy = []string{"round_robin", "least_connections", "p2c"}[i%3]
		next.Weights = sdk.Fields{{Name: string(addrs[1]), Value: int64(1 + i)}}
		if err := b.Configure(env, next); err != nil {
			t.Error(err)
		}
		for wanted := done.Load() + 10; done.Load() < wanted && !t.Failed(); {
			_, _ = b.stats(env)
		}
	}
	if err := b.drain(env, drainArgs{Backend: "web1"}); err != nil {
		t.Error(err)
	}
	over.Store(true)
	tasks.Wait()
	if s := settled(t, env, b); s.Errors != 0 {
		t.Errorf("got %+v", s)
	}
}

func TestBackendsThatComeAndGoUnderLoadCostIdempotentRequestsNothing(t *testing.T) {
	l := newLAN(t)
	l.web("web1", named("web1"))
	b := plain("web1:80", "web2:80")
	b.HealthEvery, b.Fall, b.Rise = 5*time.Millisecond, 1, 1
	_, where := l.run(b)
	c := client(t)
	var tasks sync.WaitGroup
	var over atomic.Bool
	for range 6 {
		tasks.Go(func() {
			for !over.Load() {
				resp, err := c.Get("http://" + where)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode != 200 {
					t.Errorf("got %s", resp.Status)
				}
			}
		})
	}
	for range 5 {
		var served atomic.Int64
		server := l.web("web2", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			served.Add(1)
			named("web2").ServeHTTP(w, r)
		}))
		for served.Load() < 50 && !t.Failed() {
			if resp, err := c.Get("http://" + where); err == nil {
				_ = resp.Body.Close()
			}
		}
		server.CloseClientConnections()
		server.Close()
	}
	over.Store(true)
	tasks.Wait()
}

func TestAnAnswerThatBreaksOffBreaksOffForTheClient(t *testing.T) {
	l := newLAN(t)
	l.web("web", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/length" {
			w.Header().Set("Content-Length", "1000000")
		}
		_, _ = w.Write(make([]byte, 300_000))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	_, where := l.run(plain("web:80"))
	c := client(t)
	for _, path := range []string{"/length", "/chunked"} {
		resp, err := c.Get("http://" + where + path)
		if err != nil {
			continue // the reset may overtake the head
		}
		n, err := io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if err == nil {
			t.Errorf("%s: got %d bytes and a good end", path, n)
		}
	}
}

func TestAServerThatSwitchesProtocolsIsLeftAlone(t *testing.T) {
	l := newLAN(t)
	l.web("web", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, both, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = both.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_ = both.Flush()
		_, _ = io.Copy(conn, both)
	}))
	_, where := l.run(plain("web:80"))
	conn, err := net.Dial("tcp4", where)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != 101 || resp.Header.Get("Upgrade") != "echo" {
		t.Fatalf("got %v, %v", resp, err)
	}
	data := bytes.Repeat([]byte("0123456789abcdef"), 64<<10)
	go func() {
		_, _ = conn.Write(data)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	if got, err := io.ReadAll(in); !bytes.Equal(got, data) || err != nil {
		t.Errorf("got %d bytes, %v, want %d", len(got), err, len(data))
	}
}

func TestTCPOverRealSocketsKeepsHalfCloseAndReset(t *testing.T) {
	l := newLAN(t)
	server, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	l.add("web:80", server.Addr().String())
	b := plain("web:80")
	b.Mode = "tcp"
	env, where := l.run(b)
	for _, reset := range []bool{false, true} {
		conn, err := net.Dial("tcp4", where)
		if err != nil {
			t.Fatal(err)
		}
		data := bytes.Repeat([]byte("0123456789abcdef"), 256<<10)
		go func() {
			peer, err := server.Accept()
			if err != nil {
				return
			}
			defer peer.Close()
			got, _ := io.ReadAll(peer)
			if reset {
				_ = peer.(*net.TCPConn).SetLinger(0)
				return
			}
			_, _ = peer.Write(got)
		}()
		go func() {
			_, _ = conn.Write(data)
			_ = conn.(*net.TCPConn).CloseWrite()
		}()
		got, err := io.ReadAll(conn)
		if !reset && (err != nil || !bytes.Equal(got, data)) {
			t.Errorf("got %d bytes, %v, want %d", len(got), err, len(data))
		}
		if reset && err == nil {
			t.Errorf("got %d bytes and a good end, want a reset", len(got))
		}
		_ = conn.Close()
	}
	settled(t, env, b)
}

func TestOverRealSocketsAClientThatLeavesEndsTheAttemptAndOneThatWaitsDoesNot(t *testing.T) {
	l := newLAN(t)
	asked, ended, answer := make(chan bool, 1), make(chan bool, 1), make(chan bool)
	l.web("web", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- true
		select {
		case <-r.Context().Done():
			ended <- true
		case <-answer:
			_, _ = io.WriteString(w, "here")
		}
	}))
	b := plain("web:80")
	env, where := l.run(b)
	begin := func() *net.TCPConn {
		conn, err := net.Dial("tcp4", where)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, slowGet)
		<-asked
		return conn.(*net.TCPConn)
	}
	for _, linger := range []int{-1, 0} { // a good end, and a reset
		conn := begin()
		_ = conn.SetLinger(linger)
		_ = conn.Close()
		<-ended
		settled(t, env, b)
	}
	conn := begin()
	defer conn.Close()
	_ = conn.CloseWrite()
	var early [1]byte
	if _, err := io.ReadFull(conn, early[:]); err != nil || early[0] != 'H' {
		t.Errorf("got %q, %v, want the first byte of the answer ahead of it", early, err)
	}
	answer <- true
	if data, err := io.ReadAll(conn); !strings.HasPrefix(string(data), "TTP/1.1 200 OK") || !strings.HasSuffix(string(data), "here") {
		t.Errorf("got %q, %v, want the rest of the answer", data, err)
	}
	if s := settled(t, env, b); s.Abandoned != 2 || s.Errors != 0 || s.Backends[0].Errors != 0 {
		t.Errorf("got %+v, want two abandoned requests and no error", s)
	}
}
