package live_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/live"
	"github.com/netlab-dev/netlab/sdk/value"
)

func socket(t *testing.T, n *live.Node) net.PacketConn {
	t.Helper()
	p, err := n.ListenPacket(0)
	ok(t, err)
	return p
}

func receive(t *testing.T, p net.PacketConn) (string, net.Addr) {
	t.Helper()
	b := make([]byte, sdk.MaxDatagram)
	count, from, err := p.ReadFrom(b)
	ok(t, err)
	return string(b[:count]), from
}

func TestDatagramsGoThroughFacesAndNameTheirSender(t *testing.T) {
	h := newHost(t, "n1", "n2")
	a, b := socket(t, h.node("n1")), socket(t, h.node("n2"))
	for _, text := range []string{"ping", "", strings.Repeat("x", sdk.MaxDatagram)} {
		_, err := a.WriteTo([]byte(text), b.LocalAddr())
		ok(t, err)
		got, from := receive(t, b)
		wantText(t, "datagram", got, text)
		wantText(t, "sender", from.String(), a.LocalAddr().String())
		_, err = b.WriteTo([]byte("pong"), from)
		ok(t, err)
		got, from = receive(t, a)
		wantText(t, "answer", got, "pong")
		wantText(t, "sender of the answer", from.String(), b.LocalAddr().String())
	}
}

func TestSomebodyFromOutsideIsAnsweredDirectly(t *testing.T) {
	h := newHost(t, "n1")
	p := socket(t, h.node("n1"))
	real, _ := h.where("udp " + p.LocalAddr().String())
	outside, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(real))
	ok(t, err)
	defer outside.Close()
	write(t, outside, "ping")
	_, from := receive(t, p)
	wantText(t, "sender", from.String(), outside.LocalAddr().String())
	_, err = p.WriteTo([]byte("pong"), from)
	ok(t, err)
	wantText(t, "answer", read(t, outside, 4), "pong")
}

func TestWhatCannotBeSentIsAnError(t *testing.T) {
	h := newHost(t, "n1")
	p := socket(t, h.node("n1"))
	_, err := p.WriteTo(make([]byte, sdk.MaxDatagram+1), p.LocalAddr())
	wantErr(t, "large datagram", err, sdk.ErrTooLarge)
	_, err = p.WriteTo(nil, value.Addr("n9:1"))
	wantErr(t, "unknown node", err, sdk.ErrNoNode)
	for _, addr := range []net.Addr{nil, value.Addr("n1"), value.Addr("n1:x")} {
		if _, err := p.WriteTo(nil, addr); err == nil {
			t.Errorf("sent to %v", addr)
		}
	}
}

func TestADeadlineEndsAReceive(t *testing.T) {
	h := newHost(t, "n1")
	n := h.node("n1")
	p := socket(t, n)
	for what, set := range map[string]func(time.Time) error{"deadline": p.SetDeadline, "read": p.SetReadDeadline} {
		ok(t, set(n.Now().Add(2*time.Millisecond)))
		_, _, err := p.ReadFrom(make([]byte, 1))
		wantErr(t, what, err, sdk.ErrTimeout)
	}
	ok(t, p.SetWriteDeadline(n.Now().Add(-time.Second)))
	_, err := p.WriteTo(nil, p.LocalAddr())
	wantErr(t, "send", err, sdk.ErrTimeout)
}

func TestAUDPPortIsNeverMapped(t *testing.T) {
	h := newHost(t, "n1")
	n := h.node("n1")
	other, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(h.roster["n1"], 0)))
	ok(t, err)
	port := other.LocalAddr().(*net.UDPAddr).Port
	_, err = n.ListenPacket(port)
	wantErr(t, "port of another program", err, sdk.ErrInUse)
	if !strings.Contains(err.Error(), "another program has UDP port") {
		t.Errorf("%q does not say who has it", err)
	}
	other.Close()
	p, err := n.ListenPacket(port)
	ok(t, err)
	_, err = n.ListenPacket(port)
	wantErr(t, "own port", err, sdk.ErrInUse)
	ok(t, p.Close())
	_, _, err = p.ReadFrom(nil)
	wantErr(t, "receive after close", err, sdk.ErrClosed)
	wantErr(t, "second close", p.Close(), sdk.ErrClosed)
	if len(h.closed) != 1 {
		t.Errorf("the host was told %q, want the port once", h.closed)
	}
}
