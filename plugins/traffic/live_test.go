package traffic

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins/tcpecho"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/live"
)

// network connects live nodes, and programs that know nothing of a lab, over ideal links.
type network struct {
	t     *testing.T
	socks net.Listener
	tasks sync.WaitGroup

	mu   sync.Mutex
	real map[string]string // "node:port" -> where it really is
}

func newNetwork(t *testing.T) *network {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &network{t: t, socks: ln, real: map[string]string{}}
	n.tasks.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			n.tasks.Go(func() { n.serve(conn) })
		}
	})
	t.Cleanup(n.tasks.Wait)
	t.Cleanup(func() { ln.Close() })
	return n
}

// serve is as much of SOCKS5 as a node asks for.
func (n *network) serve(conn net.Conn) {
	defer conn.Close()
	var head [5]byte
	skip := func(count int) { _, _ = io.CopyN(io.Discard, conn, int64(count)) }
	_, _ = io.ReadFull(conn, head[:5]) // greeting, version, length of the user's name
	skip(int(head[4]))
	_, _ = io.ReadFull(conn, head[:1])
	skip(int(head[0]))
	_, _ = io.ReadFull(conn, head[:5]) // version, connect, reserved, type, length of the name
	target := make([]byte, int(head[4])+2)
	if _, err := io.ReadFull(conn, target); err != nil {
		return
	}
	name, port := string(target[:head[4]]), binary.BigEndian.Uint16(target[head[4]:])
	n.mu.Lock()
	real := n.real[fmt.Sprintf("%s:%d", name, port)]
	n.mu.Unlock()
	out, err := net.Dial("tcp", real)
	if err != nil {
		_, _ = conn.Write([]byte{5, 2, 1, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	defer out.Close()
	_, _ = conn.Write([]byte{5, 2, 1, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 1})
	var both sync.WaitGroup
	both.Go(func() { forward(out, conn) })
	both.Go(func() { forward(conn, out) })
	both.Wait()
}

func forward(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.(*net.TCPConn).CloseWrite()
}

// add starts a node, which runs the component until the end of the test.
func (n *network) add(name string, component sdk.Component) *live.Node {
	node := live.New(live.Config{
		Node: name, Seed: 1, Address: netip.MustParseAddr("127.0.0.1"), Socks: n.socks.Addr().String(),
		Listening: func(_ string, port int, real netip.AddrPort) error {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.real[fmt.Sprintf("%s:%d", name, port)] = real.String()
			return nil
		},
	})
	ended := make(chan error, 1)
	go func() { ended <- node.Run(component.Run) }()
	<-node.Ready()
	n.t.Cleanup(func() {
		if err := node.Stop(10 * time.Second); err != nil {
			n.t.Error(err)
		}
		if err := <-ended; err != nil {
			n.t.Errorf("%s: %v", name, err)
		}
	})
	return node
}

// foreign adds a program of somebody else at node:80.
func (n *network) foreign(name string, handler http.HandlerFunc) {
	server := httptest.NewServer(handler)
	n.t.Cleanup(server.Close)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.real[name+":80"] = server.Listener.Addr().String()
}

func args(url string) driveArgs {
	return driveArgs{URL: url, Arrivals: "even", Within: 10 * time.Second, Reply: true}
}

func TestLiveLoadOfAForeignServer(t *testing.T) {
	n := newNetwork(t)
	n.foreign("web", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Backend", "go")
		if r.URL.Path == "/teapot" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = w.Write(append([]byte(r.Header.Get("X-Mine")), body...))
	})
	env := n.add("client", new(client))
	for name, change := range map[string]func(*driveArgs){
		"open":    func(a *driveArgs) { a.PerSecond = 2000 },
		"bounded": func(a *driveArgs) { a.PerSecond, a.Clients, a.Arrivals = 2000, 3, "poisson" },
		"closed":  func(a *driveArgs) { a.Clients = 8 },
	} {
		a := args("http://web/")
		a.Requests, a.Size, a.Headers = 500, 1000, sdk.Fields(with("X-Mine", "me"))
		change(&a)
		d, err := new(client).drive(env, a)
		if err != nil {
			t.Fatal(err)
		}
		if d.Received != 500 || d.Errors != 0 || d.ByBackend["go"] != 500 || d.Bytes != 500*1002 || *d.Latency.Max <= 0 {
			t.Errorf("%s: got %+v, want 500 answers", name, d)
		}
	}
	r, err := new(client).get(env, getArgs{URL: "http://web/teapot", Method: "PUT", Body: []byte("tea")})
	if err != nil || r.Status != 418 || r.Body != "tea" || r.Backend != "go" {
		t.Errorf("get: got %+v, %v", r, err)
	}
}

func TestLiveBackendServesForeignClients(t *testing.T) {
	n := newNetwork(t)
	be := &backend{Port: 8000, ServiceTime: time.Millisecond, Concurrency: 4, Size: 100_000, Healthy: true}
	env := n.add("web", be)
	n.mu.Lock()
	url := "http://" + n.real["web:8000"]
	n.mu.Unlock()
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	defer transport.CloseIdleConnections()
	foreign := &http.Client{Transport: transport}
	var tasks sync.WaitGroup
	for i := range 16 {
		tasks.Go(func() {
			for range 20 {
				resp, err := foreign.Post(url+"/x", "text/plain", strings.NewReader("data"))
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || resp.StatusCode != 200 || len(body) != 100_000 || resp.Header.Get("X-Backend") != "web" {
					t.Errorf("got %d with %d bytes, %v", resp.StatusCode, len(body), err)
				}
			}
			if err := be.Configure(env, &backend{ServiceTime: time.Duration(i), Healthy: true}); err != nil {
				t.Error(err)
			}
		})
	}
	tasks.Wait()
	if s, err := be.stats(env); err != nil || s.Requests != 320 || s.Active != 0 || s.Waiting != 0 {
		t.Errorf("stats: got %+v, %v; want 320 requests and none left", s, err)
	}
}

func TestLiveLoadOfAnEchoAndASink(t *testing.T) {
	n := newNetwork(t)
	n.add("echo", &tcpecho.Echo{Port: 8080, Prefix: "Echo: "})
	swallows := &sink{}
	sinkNode := n.add("sink", swallows)
	env := n.add("client", new(client))
	a := args("tcp://echo:8080")
	a.Clients, a.Requests = 4, 400
	d, err := new(client).drive(env, a)
	if err != nil || d.Received != 400 || d.Errors != 0 || d.Corrupted != 0 {
		t.Errorf("echo: got %+v, %v", d, err)
	}
	n.mu.Lock()
	for at := range n.real {
		if strings.HasPrefix(at, "sink:") {
			a = args("tcp://" + at)
		}
	}
	n.mu.Unlock()
	a.Clients, a.Requests, a.Reply = 2, 100, false
	if d, err = new(client).drive(env, a); err != nil || d.Sent != 100 || d.Bytes != 100*bulkSize || d.Errors != 0 {
		t.Errorf("sink: got %+v, %v", d, err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		s, err := swallows.stats(sinkNode)
		if err != nil || s.Bytes == 100*bulkSize {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the sink has %+v, want %d bytes", s, 100*bulkSize)
		}
		_ = sinkNode.Sleep(time.Millisecond)
	}
}

func TestLiveWorkForAClientThatHasGoneEnds(t *testing.T) {
	n := newNetwork(t)
	be := &backend{Port: 8000, ServiceTime: time.Hour, Concurrency: 1, Healthy: true, Abandon: true}
	env := n.add("web", be)
	n.mu.Lock()
	real := n.real["web:8000"]
	n.mu.Unlock()
	until := func(want backendStats) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; {
			got, err := be.stats(env)
			if err != nil || got == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("got %+v, want %+v", got, want)
			}
			_ = env.Sleep(time.Millisecond)
		}
	}
	ask := func() *net.TCPConn {
		conn, err := net.Dial("tcp", real)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: web\r\n\r\n")
		return conn.(*net.TCPConn)
	}
	first := ask()
	until(backendStats{Requests: 1, Active: 1})
	second, third := ask(), ask()
	until(backendStats{Requests: 3, Active: 1, Waiting: 2})
	_ = second.SetLinger(0) // so that Close resets
	_ = second.Close()
	until(backendStats{Requests: 3, Active: 1, Waiting: 1, Abandoned: 1})
	_ = first.Close()
	until(backendStats{Requests: 3, Active: 1, Abandoned: 2})
	_ = third.CloseWrite() // which is no reason
	if head, err := bufio.NewReader(third).Peek(1); err != nil || head[0] != 'H' {
		t.Errorf("a client that has ended its direction got %q, %v, want the beginning of its answer", head, err)
	}
	until(backendStats{Requests: 3, Active: 1, Abandoned: 2})
	_ = third.Close()
	until(backendStats{Requests: 3, Abandoned: 3})
}
