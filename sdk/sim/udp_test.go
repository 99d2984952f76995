package sim_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sim"
	"github.com/netlab-dev/netlab/sdk/value"
)

// sockets are one UDP socket on each of two nodes, with 20 ms between them.
func sockets(t *testing.T) (l lab, s1, s2 net.PacketConn) {
	t.Helper()
	l = newLab(t, sim.Config{Seed: 1}, "n1", "n2")
	l.latency(20 * ms)
	l.start("n1", func(e sdk.Env) error { s1 = get(e.ListenPacket(1)); return nil })
	l.start("n2", func(e sdk.Env) error { s2 = get(e.ListenPacket(2)); return nil })
	l.Run(0, nil)
	return l, s1, s2
}

// received reads what has come, without waiting for more.
func received(l lab, node string, s net.PacketConn) (all []string) {
	l.t.Helper()
	l.call(node, func(e sdk.Env) {
		must(s.SetReadDeadline(e.Now()))
		for b := make([]byte, sdk.MaxDatagram); ; {
			n, from, err := s.ReadFrom(b)
			if err != nil {
				l.wantErr("end", err, sdk.ErrTimeout)
				break
			}
			all = append(all, from.String()+" "+string(b[:n]))
		}
		must(s.SetReadDeadline(e.Now().Add(long)))
	})
	return all
}

func send(l lab, node string, s net.PacketConn, to value.Addr, text string) {
	l.t.Helper()
	l.call(node, func(sdk.Env) { get(s.WriteTo([]byte(text), to)) })
}

func TestALentDatagramKeepsItsBytesUntilTheNextIsRead(t *testing.T) {
	l, s1, s2 := sockets(t)
	for _, text := range []string{"one", "two"} {
		send(l, "n1", s1, "n2:2", text)
	}
	l.run(30 * ms)
	lender := s2.(interface {
		ReadPacket() ([]byte, net.Addr, error)
	})
	l.call("n2", func(e sdk.Env) {
		first, from, err := lender.ReadPacket()
		must(err)
		for range 10 { // more datagrams, which would take its place if it were free
			get(s2.WriteTo([]byte("xxx"), from))
		}
		must(e.Sleep(50 * ms))
		l.wantText("the first", string(first), "one")
		l.wantEqual("its sender", from.String(), "n1:1")
		second, _, err := lender.ReadPacket()
		must(err)
		l.wantText("the second", string(second), "two")
		must(s2.SetReadDeadline(e.Now()))
		_, _, err = lender.ReadPacket()
		l.wantErr("no third", err, sdk.ErrTimeout)
	})
}

func TestADatagramTakesTheLatencyAndNamesItsSender(t *testing.T) {
	l, s1, s2 := sockets(t)
	send(l, "n1", s1, "n2:2", "ping")
	took := l.call("n2", func(sdk.Env) {
		b := make([]byte, 2)
		n, from, err := s2.ReadFrom(b)
		must(err)
		l.wantText("what fits", string(b[:n]), "pi")
		get(s2.WriteTo(b[:n], from))
	})
	l.wantTime("one way", took, 20*ms)
	l.run(20*ms + 1)
	l.wantEqual("answer", received(l, "n1", s1), []string{"n2:2 pi"})
}

func TestDatagramsToClosedPortsAndThroughCutsVanish(t *testing.T) {
	l, s1, s2 := sockets(t)
	send(l, "n1", s1, "n2:3", "nobody there")
	heal := l.cut("n1", "n2")
	send(l, "n1", s1, "n2:2", "swallowed")
	heal()
	send(l, "n1", s1, "n2:2", "after the heal")
	l.run(long)
	l.wantEqual("received", received(l, "n2", s2), []string{"n1:1 after the heal"})
}

func TestFatesOfTheLinkAreKept(t *testing.T) {
	for _, test := range []struct {
		name    string
		profile link.Profile
		want    int
	}{
		{"loss", link.Profile{Loss: 1}, 0},
		{"duplicate", link.Profile{Duplicate: 1}, 2},
		{"mtu", link.Profile{MTU: 3}, 0},
		{"ideal", link.Profile{}, 1},
	} {
		l, s1, s2 := sockets(t)
		l.ok(l.SetProfile("n1", "n2", test.profile))
		send(l, "n1", s1, "n2:2", "text")
		l.run(long)
		if got := received(l, "n2", s2); len(got) != test.want {
			t.Errorf("%s: received %q, want %d", test.name, got, test.want)
		}
	}
}

func TestCorruptionFlipsExactlyOneBit(t *testing.T) {
	l, s1, s2 := sockets(t)
	l.ok(l.SetProfile("n1", "n2", link.Profile{Corrupt: 1}))
	send(l, "n1", s1, "n2:2", strings.Repeat("\x00", 100))
	l.run(long)
	got := strings.TrimPrefix(received(l, "n2", s2)[0], "n1:1 ")
	bits := 0
	for _, b := range []byte(got) {
		for ; b > 0; b &= b - 1 {
			bits++
		}
	}
	if bits != 1 || len(got) != 100 {
		t.Errorf("%d bits of %d bytes are flipped, want 1 of 100", bits, len(got))
	}
}

func TestAFullReceiveBufferDropsItsTail(t *testing.T) {
	l, s1, s2 := sockets(t)
	text := strings.Repeat("x", 60_000)
	for range 100 {
		send(l, "n1", s1, "n2:2", text)
	}
	l.run(long)
	if got := len(received(l, "n2", s2)); got != 69 {
		t.Errorf("%d datagrams of 60 kB waited, want 69 in 4 MiB", got)
	}
	send(l, "n1", s1, "n2:2", "room again")
	l.run(long)
	l.wantEqual("received", received(l, "n2", s2), []string{"n1:1 room again"})
}

func TestWhatCannotBeSentIsAnError(t *testing.T) {
	l, s1, _ := sockets(t)
	l.call("n1", func(e sdk.Env) {
		_, err := s1.WriteTo(make([]byte, sdk.MaxDatagram+1), value.Addr("n2:2"))
		l.wantErr("too large", err, sdk.ErrTooLarge)
		_, err = s1.WriteTo(nil, value.Addr("n9:1"))
		l.wantErr("unknown node", err, sdk.ErrNoNode)
		for _, addr := range []net.Addr{nil, value.Addr("n1"), value.Addr("n1:x")} {
			if _, err := s1.WriteTo(nil, addr); err == nil {
				t.Errorf("sent to %v", addr)
			}
		}
		must(s1.SetWriteDeadline(e.Now().Add(-1)))
		_, err = s1.WriteTo(nil, value.Addr("n2:2"))
		l.wantErr("late", err, sdk.ErrTimeout)
		_, err = e.ListenPacket(1)
		l.wantErr("taken port", err, sdk.ErrInUse)
		must(s1.Close())
		_, err = s1.WriteTo(nil, value.Addr("n2:2"))
		l.wantErr("closed", err, sdk.ErrClosed)
		get(e.ListenPacket(1))
	})
}

func TestClosingASocketWakesItsReader(t *testing.T) {
	l, s1, _ := sockets(t)
	var err error
	l.Node("n1").Call(func(sdk.Env) { _, _, err = s1.ReadFrom(nil) }, func(bool) {})
	l.call("n1", func(e sdk.Env) {
		l.wantText("address", s1.LocalAddr().String(), "n1:1")
		must(s1.SetDeadline(e.Now().Add(time.Second)))
		must(s1.Close())
		l.wantErr("deadline of a closed socket", s1.SetDeadline(e.Now()), sdk.ErrClosed)
	})
	l.Run(l.Now(), nil)
	l.wantErr("read", err, sdk.ErrClosed)
}
