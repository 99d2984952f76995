package live_test

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
)

// freePort is a TCP port that was free on that address a moment ago.
func freePort(t *testing.T, address netip.Addr) int {
	t.Helper()
	l, err := net.Listen("tcp4", netip.AddrPortFrom(address, 0).String())
	ok(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestAListenerTakesItsTruePortAndTheHostKnowsFirst(t *testing.T) {
	h := newHost(t, "n1")
	port := freePort(t, h.roster["n1"])
	l, err := h.node("n1").Listen(port)
	ok(t, err)
	addr := value.MakeAddr("n1", port).String()
	wantText(t, "address", l.Addr().String(), addr)
	if real, open := h.where("tcp " + addr); !open || real != netip.AddrPortFrom(h.roster["n1"], uint16(port)) {
		t.Errorf("the host knows %v (%v), want the node's address and port %d", real, open, port)
	}
	c, err := net.Dial("tcp4", netip.AddrPortFrom(h.roster["n1"], uint16(port)).String())
	ok(t, err)
	defer c.Close()
	accepted, err := l.Accept()
	ok(t, err)
	wantText(t, "somebody from outside", accepted.RemoteAddr().String(), c.LocalAddr().String())
}

func TestAPortThatAnotherProgramHasIsMapped(t *testing.T) {
	h := newHost(t, "n1", "n2")
	other, err := net.Listen("tcp4", netip.AddrPortFrom(h.roster["n2"], 0).String())
	ok(t, err)
	defer other.Close()
	port := other.Addr().(*net.TCPAddr).Port
	l, err := h.node("n2").Listen(port)
	ok(t, err)
	wantText(t, "address", l.Addr().String(), value.MakeAddr("n2", port).String())
	if real, _ := h.where("tcp " + l.Addr().String()); int(real.Port()) == port || real.Port() == 0 {
		t.Errorf("it really lies at %v, want another port", real)
	}
	dialled, err := h.node("n1").Dial(l.Addr().String())
	ok(t, err)
	accepted, err := l.Accept()
	ok(t, err)
	write(t, dialled, "hello")
	wantText(t, "received", read(t, accepted, 5), "hello")
}

func TestAPortBelongsToOneListenerOfTheNode(t *testing.T) {
	h := newHost(t, "n1")
	n := h.node("n1")
	l, err := n.Listen(freePort(t, h.roster["n1"]))
	ok(t, err)
	_, port, err := value.Addr(l.Addr().String()).Split()
	ok(t, err)
	_, err = n.Listen(port)
	wantErr(t, "second listen", err, sdk.ErrInUse)
	ok(t, l.Close())
	_, err = l.Accept()
	wantErr(t, "accept after close", err, sdk.ErrClosed)
	wantErr(t, "second close", l.Close(), sdk.ErrClosed)
	if len(h.closed) != 1 || h.closed[0] != "tcp "+l.Addr().String() {
		t.Errorf("the host was told %q, want the port once", h.closed)
	}
	_, err = n.Listen(port)
	ok(t, err)
}

func TestAPortTheHostRefusesIsClosedAgain(t *testing.T) {
	h := newHost(t, "n1")
	refused := errors.New("the run is over")
	config := h.config("n1")
	var real netip.AddrPort
	config.Listening = func(_ string, _ int, a netip.AddrPort) error { real = a; return refused }
	n := h.start(config)
	port := freePort(t, h.roster["n1"])
	for range 2 { // the second time too: the port was given back
		_, err := n.Listen(port)
		wantErr(t, "listen", err, refused)
	}
	if c, err := net.Dial("tcp4", real.String()); err == nil {
		c.Close()
		t.Errorf("%v still accepts", real)
	}
}

func TestANumberThatIsNoPortIsRefused(t *testing.T) {
	h := newHost(t, "n1")
	n := h.node("n1")
	for _, port := range []int{-1, 65536} {
		if _, err := n.Listen(port); err == nil {
			t.Errorf("listens on %d", port)
		}
		if _, err := n.ListenPacket(port); err == nil {
			t.Errorf("has a socket on %d", port)
		}
	}
}
