package live_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// grace is long enough for any task that ends at all.
const grace = 10 * time.Second

// host is the smallest network there is: links are ideal, it only connects.
type host struct {
	t     *testing.T
	socks *net.TCPListener
	tasks sync.WaitGroup
	// silent lets dials vanish, rude drops them in the middle of the handshake.
	silent, rude atomic.Bool

	mu     sync.Mutex
	roster map[string]netip.Addr
	open   map[string]netip.AddrPort // "tcp n1:80" -> where it really is
	faces  map[string]*net.UDPConn   // "n1:53" -> the socket that is seen as it
	conns  map[net.Conn]struct{}
	closed []string
}

func newHost(t *testing.T, names ...string) *host {
	h := &host{
		t: t, roster: map[string]netip.Addr{}, open: map[string]netip.AddrPort{},
		faces: map[string]*net.UDPConn{}, conns: map[net.Conn]struct{}{},
	}
	for i, name := range names {
		h.roster[name] = netip.AddrFrom4([4]byte{127, byte(64 + os.Getpid()%128), 0, byte(i + 1)})
	}
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	h.socks = l
	h.tasks.Go(func() {
		for {
			c, err := l.AcceptTCP()
			if err != nil {
				return
			}
			h.tasks.Go(func() { h.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		h.mu.Lock()
		for c := range h.conns {
			c.Close()
		}
		h.mu.Unlock()
		h.tasks.Wait()
	})
	return h
}

func (h *host) config(name string) live.Config {
	return live.Config{
		Node: name, Seed: 7, Address: h.roster[name], Socks: h.socks.Addr().String(),
		Password: testPassword,
		Names: func(a netip.Addr) (string, bool) {
			for name, address := range h.roster {
				if address == a {
					return name, true
				}
			}
			return "", false
		},
		Addresses: func(name string) (netip.Addr, bool) { a, known := h.roster[name]; return a, known },
		Listening: func(proto string, port int, real netip.AddrPort) error { return h.listening(name, proto, port, real) },
		Closed:    func(proto string, port int) { h.unlistening(name, proto, port) },
	}
}

// node makes a node that is stopped at the end of the test.
func (h *host) node(name string) *live.Node { return h.start(h.config(name)) }

func (h *host) start(c live.Config) *live.Node {
	n := live.New(c)
	h.t.Cleanup(func() {
		if err := n.Stop(grace); err != nil {
			h.t.Error(err)
		}
	})
	return n
}

func (h *host) listening(name, proto string, port int, real netip.AddrPort) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	addr := fmt.Sprintf("%s:%d", name, port)
	h.open[proto+" "+addr] = real
	if proto == "tcp" {
		return nil
	}
	face := netip.AddrPortFrom(live.RelayAddr(real.Addr()), real.Port())
	udp, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(face))
	if err != nil {
		return err
	}
	h.faces[addr] = udp
	h.conns[udp] = struct{}{}
	h.tasks.Go(func() { h.carry(udp, real) })
	return nil
}

// carry delivers the datagrams sent to a face, from the face of their sender.
func (h *host) carry(face *net.UDPConn, real netip.AddrPort) {
	p := make([]byte, sdk.MaxDatagram)
	for {
		count, from, err := face.ReadFromUDPAddrPort(p)
		if err != nil {
			return
		}
		h.mu.Lock()
		for name, address := range h.roster {
			if sender := h.faces[fmt.Sprintf("%s:%d", name, from.Port())]; address == from.Addr() && sender != nil {
				sender.WriteToUDPAddrPort(p[:count], real)
			}
		}
		h.mu.Unlock()
	}
}

func (h *host) unlistening(name, proto string, port int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := fmt.Sprintf("%s %s:%d", proto, name, port)
	h.closed = append(h.closed, key)
	delete(h.open, key)
	if udp := h.faces[fmt.Sprintf("%s:%d", name, port)]; proto == "udp" && udp != nil {
		udp.Close()
	}
}

func (h *host) where(key string) (netip.AddrPort, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a, open := h.open[key]
	return a, open
}

// track closes c at the end of the test, if it is still open then.
func (h *host) track(c net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns[c] = struct{}{}
}

// pair connects n1 to n2.
func pair(t *testing.T, h *host) (dialled, accepted sdk.Conn) {
	t.Helper()
	return connect(t, h.node("n1"), h.node("n2"))
}

func connect(t *testing.T, from, to *live.Node) (dialled, accepted sdk.Conn) {
	t.Helper()
	l, err := to.Listen(0)
	ok(t, err)
	dialled, err = from.Dial(l.Addr().String())
	ok(t, err)
	accepted, err = l.Accept()
	ok(t, err)
	ok(t, l.Close())
	return dialled, accepted
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

func wantText(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func read(t testing.TB, r io.Reader, count int) string {
	t.Helper()
	p := make([]byte, count)
	_, err := io.ReadFull(r, p)
	ok(t, err)
	return string(p)
}

func write(t testing.TB, w io.Writer, text string) {
	t.Helper()
	_, err := io.WriteString(w, text)
	ok(t, err)
}
