package relay

import (
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/live"
)

// live makes a node as a plugin's process would, which is stopped at the end of the test.
func (w *world) live(name string) *live.Node {
	n := live.New(live.Config{
		Node: name, Seed: 1, Address: w.addresses[name], Socks: w.Socks(), Password: w.Password(), Log: io.Discard,
		Names: func(a netip.Addr) (string, bool) {
			for name, address := range w.addresses {
				if address == a {
					return name, true
				}
			}
			return "", false
		},
		Addresses: func(name string) (netip.Addr, bool) { a, known := w.addresses[name]; return a, known },
		Listening: func(proto string, port int, real netip.AddrPort) error { return w.Listening(name, proto, port, real) },
		Closed:    func(proto string, port int) { w.Closed(name, proto, port) },
	})
	w.t.Cleanup(func() {
		if err := n.Stop(patient); err != nil {
			w.t.Error(err)
		}
	})
	return n
}

func TestLiveNodesMeetByName(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Latency: link.NewFixed(5 * ms)})
	a, b := w.live("a"), w.live("b")
	l, err := b.Listen(80) // where that asks for privileges, the listener lies elsewhere
	if err != nil {
		t.Fatal(err)
	}
	client, err := a.Dial("b:80")
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	say(t, client, "hello")
	hear(t, server, "hello")
	if got, want := server.RemoteAddr(), client.LocalAddr(); got.String() != want.String() {
		t.Errorf("b sees %v, a is %v", got, want)
	}
	if err := client.Reset(); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, sdk.ErrReset) {
		t.Errorf("read: %v, want a reset", err)
	}
	if _, err := a.Dial("b:81"); !errors.Is(err, sdk.ErrRefused) {
		t.Errorf("dial to a closed port: %v", err)
	}
	if _, err := a.Dial("c:80"); !errors.Is(err, sdk.ErrNoNode) {
		t.Errorf("dial to nobody: %v", err)
	}
	if err := w.AddEffect(link.Cut, "a", "b", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := a.DialTimeout("b:80", silence); !errors.Is(err, sdk.ErrTimeout) {
		t.Errorf("dial into a cut: %v", err)
	}
}

func TestLiveNodesExchangeDatagramsByName(t *testing.T) {
	w := newWorld(t)
	a, b := w.live("a"), w.live("b")
	from, err := a.ListenPacket(0)
	if err != nil {
		t.Fatal(err)
	}
	to, err := b.ListenPacket(0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(from.SetDeadline(time.Now().Add(patient)), to.SetDeadline(time.Now().Add(patient))); err != nil {
		t.Fatal(err)
	}
	large := []byte(strings.Repeat("x", sdk.MaxDatagram))
	if _, err := from.WriteTo(large, to.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, largest)
	n, sender, err := to.ReadFrom(buffer)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(buffer[:n], large) || sender.String() != from.LocalAddr().String() {
		t.Errorf("%d bytes from %v, want %d from %v", n, sender, len(large), from.LocalAddr())
	}
	if _, err := to.WriteTo([]byte("answer"), sender); err != nil {
		t.Fatal(err)
	}
	n, sender, err = from.ReadFrom(buffer)
	if err != nil {
		t.Fatal(err)
	}
	want, got := []string{"answer", to.LocalAddr().String()}, []string{string(buffer[:n]), sender.String()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
