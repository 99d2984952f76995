package balancer

import (
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lan is a network of real sockets with ideal links: it connects a node to the programs of the test.
type lan struct {
	t     testing.TB
	socks net.Listener
	tasks sync.WaitGroup

	mu    sync.Mutex
	names map[sdk.Addr]string // where "web1:80" really is
}

func newLAN(t testing.TB) *lan {
	socks, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &lan{t: t, socks: socks, names: map[sdk.Addr]string{}}
	l.tasks.Go(func() {
		for {
			conn, err := socks.Accept()
			if err != nil {
				return
			}
			l.tasks.Go(func() { l.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = socks.Close()
		l.tasks.Wait()
	})
	return l
}

// serve plays the host's SOCKS5 endpoint, of which the node sends all requests at once.
func (l *lan) serve(conn net.Conn) {
	defer conn.Close()
	var b [256]byte
	text := func(skip int) string { // what follows a length byte
		_, _ = io.ReadFull(conn, b[:skip+1])
		n := int(b[skip])
		_, _ = io.ReadFull(conn, b[:n])
		return string(b[:n])
	}
	_, _ = text(4), text(0) // version, methods, version of the authentication; user; password
	name := text(4)
	_, _ = io.ReadFull(conn, b[:2])
	addr := sdk.MakeAddr(name, int(binary.BigEndian.Uint16(b[:2])))
	l.mu.Lock()
	where, known := l.names[addr]
	l.mu.Unlock()
	reply := []byte{5, 2, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	if !known {
		reply[5] = 4
		_, _ = conn.Write(reply)
		return
	}
	peer, err := net.Dial("tcp4", where)
	if err != nil {
		reply[5] = 5
		_, _ = conn.Write(reply)
		return
	}
	defer peer.Close()
	reply[5] = 0
	_, _ = conn.Write(reply)
	l.carry(conn.(*net.TCPConn), peer.(*net.TCPConn))
}

func (l *lan) carry(a, b *net.TCPConn) {
	var both sync.WaitGroup
	for _, pair := range [][2]*net.TCPConn{{a, b}, {b, a}} {
		both.Go(func() {
			if _, err := io.Copy(pair[1], pair[0]); err != nil {
				_, _ = a.SetLinger(0), b.SetLinger(0)
				_, _ = a.Close(), b.Close()
				return
			}
			_ = pair[1].CloseWrite()
		})
	}
	both.Wait()
}

// add names a place.
func (l *lan) add(addr sdk.Addr, where string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.names[addr] = where
}

// web adds a server of the standard library as node:80.
func (l *lan) web(node string, h http.Handler) *httptest.Server {
	server := httptest.NewServer(h)
	l.t.Cleanup(server.Close)
	l.add(sdk.MakeAddr(node, 80), server.Listener.Addr().String())
	return server
}

// plain is a configuration for tests: the manifest's defaults, without checks.
func plain(backends ...sdk.Addr) *balancer {
	b := Kind("balancer").New().(*balancer)
	b.Listen, b.Mode, b.Hash, b.Strategy, b.Retries, b.Backends = 0, "http", "client", "round_robin", 1, backends
	b.ConnectTimeout, b.AnswerTimeout, b.Idle, b.DrainTimeout = time.Second, 30*time.Second, time.Minute, 30*time.Second
	b.Decay, b.RetryBudget, b.PanicThreshold = 10*time.Second, 0.2, 0.5
	b.EjectEvery, b.EjectTime, b.EjectShare = 10*time.Second, 30*time.Second, 0.1
	b.MaxConnections, b.HealthTimeout, b.HealthPath, b.Rise, b.Fall = 1000, time.Second, "/health", 2, 3
	return b
}

// run runs the balancer on real sockets, until the end of the test, and returns its environment and where it listens.
func (l *lan) run(b *balancer) (env sdk.Env, where string) {
	open := make(chan string, 1)
	node := live.New(live.Config{
		Node: "lb", Seed: 1, Address: netip.MustParseAddr("127.0.0.1"), Socks: l.socks.Addr().String(),
		Listening: func(_ string, _ int, real netip.AddrPort) error {
			open <- real.String()
			return nil
		},
	})
	ended := make(chan error, 1)
	go func() { ended <- node.Run(b.Run) }()
	l.t.Cleanup(func() {
		if err := node.Stop(20 * time.Second); err != nil {
			l.t.Error(err)
		}
		if err := <-ended; err != nil {
			l.t.Error(err)
		}
	})
	select {
	case where = <-open:
	case err := <-ended:
		ended <- err
		l.t.Fatalf("the balancer has ended: %v", err)
	}
	return node, where
}

// client is a client of the standard library that keeps its connections.
func client(t testing.TB) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

// named answers with a name and what it got.
func named(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header().Set("X-Backend", name)
		w.Header().Set("X-Size", strconv.Itoa(len(body)))
		w.Header().Set("Trailer", "X-End")
		_, _ = io.WriteString(w, strings.ToUpper(string(body)))
		w.Header().Set("X-End", name)
	})
}
