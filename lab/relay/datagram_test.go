package relay

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/live"
)

// socket opens a UDP socket of a node, and announces it.
func (w *world) socket(name string) *net.UDPConn {
	w.t.Helper()
	s, err := net.ListenUDP("udp4", &net.UDPAddr{IP: w.addresses[name].AsSlice()})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { s.Close() })
	if err := errors.Join(s.SetReadBuffer(1<<20), s.SetDeadline(time.Now().Add(patient))); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Listening(name, UDP, int(local(s).Port()), local(s)); err != nil {
		w.t.Fatal(err)
	}
	return s
}

func local(s *net.UDPConn) netip.AddrPort { return s.LocalAddr().(*net.UDPAddr).AddrPort() }

// facing is where others send to reach a socket.
func facing(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(live.RelayAddr(a.Addr()), a.Port())
}

func post(t testing.TB, from *net.UDPConn, to netip.AddrPort, payload []byte) {
	t.Helper()
	if _, err := from.WriteToUDPAddrPort(payload, to); err != nil {
		t.Fatal(err)
	}
}

func receive(t testing.TB, s *net.UDPConn) (payload []byte, from netip.AddrPort) {
	t.Helper()
	b := make([]byte, largest)
	n, from, err := s.ReadFromUDPAddrPort(b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n], from
}

func receiveNothing(t testing.TB, s *net.UDPConn) {
	t.Helper()
	hearNothing(t, s)
}

func TestADatagramArrivesFromItsSendersFaceAndCanBeAnswered(t *testing.T) {
	for name, profile := range map[string]link.Profile{"ideal": {}, "slow": {Latency: link.NewFixed(5 * ms)}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.both(profile)
			a, b := w.socket("a"), w.socket("b")
			for _, size := range []int{0, 1, 1472, usualPayload, usualPayload + 1, 65507} {
				sent := bytes.Repeat([]byte{byte(size)}, size)
				post(t, a, facing(local(b)), sent)
				got, from := receive(t, b)
				if !bytes.Equal(got, sent) {
					t.Errorf("%d bytes sent, %d other ones received", len(sent), len(got))
				}
				if live.Owner(from.Addr()) != w.addresses["a"] || from.Port() != local(a).Port() {
					t.Errorf("b sees it from %v, want the port of %v", from, local(a))
				}
				post(t, b, from, []byte("answer"))
				if got, from := receive(t, a); string(got) != "answer" || from != facing(local(b)) {
					t.Errorf("a hears %q from %v, want an answer from the port of %v", got, from, local(b))
				}
			}
		})
	}
}

func TestASocketThatWasNotAnnouncedCanSendAndBeAnswered(t *testing.T) {
	w := newWorld(t)
	b := w.socket("b")
	a, err := net.ListenUDP("udp4", &net.UDPAddr{IP: w.addresses["a"].AsSlice()})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.SetDeadline(time.Now().Add(patient)); err != nil {
		t.Fatal(err)
	}
	post(t, a, facing(local(b)), []byte("hello"))
	_, from := receive(t, b)
	post(t, b, from, []byte("answer"))
	if got, _ := receive(t, a); string(got) != "answer" {
		t.Errorf("a hears %q", got)
	}
}

func TestOutsidersAreNotLetIn(t *testing.T) {
	w := newWorld(t)
	b := w.socket("b")
	outside, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	post(t, outside, facing(local(b)), []byte("let me in"))
	receiveNothing(t, b)
}

func TestEveryDatagramIsToldOfBeforeItMeetsItsLink(t *testing.T) {
	w := newWorld(t)
	told := make(chan string, 10)
	w.config.OnDatagram = func(_ time.Duration, from, to string, payload []byte) {
		told <- fmt.Sprintf("%s -> %s: %s", from, to, payload)
	}
	a, b := w.socket("a"), w.socket("b")
	if err := w.SetProfile("a", "b", link.Profile{Corrupt: 1, Duplicate: 1}); err != nil {
		t.Fatal(err)
	}
	if err := w.AddEffect(link.Cut, "b", "a", nil); err != nil {
		t.Fatal(err)
	}
	post(t, a, facing(local(b)), []byte("one"))
	if got := <-told; got != "a -> b: one" {
		t.Errorf("told of %q, want one from a to b as it was sent", got)
	}
	post(t, b, facing(local(a)), []byte("two"))
	if got := <-told; got != "b -> a: two" {
		t.Errorf("told of %q, want the one that the cut swallows", got)
	}
	if len(told) > 0 {
		t.Errorf("told of %q, too", <-told)
	}
}

func TestDatagramsMeetTheirFate(t *testing.T) {
	for name, c := range map[string]struct {
		profile link.Profile
		want    func(sent []byte) [][]byte
	}{
		"loss":      {link.Profile{Loss: 1}, func([]byte) [][]byte { return nil }},
		"mtu":       {link.Profile{MTU: 4}, func([]byte) [][]byte { return nil }},
		"duplicate": {link.Profile{Duplicate: 1}, func(sent []byte) [][]byte { return [][]byte{sent, sent} }},
		"duplicate, slow": {link.Profile{Duplicate: 1, Latency: link.NewFixed(ms)},
			func(sent []byte) [][]byte { return [][]byte{sent, sent} }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.both(c.profile)
			a, b := w.socket("a"), w.socket("b")
			sent := []byte("hello")
			post(t, a, facing(local(b)), sent)
			for _, want := range c.want(sent) {
				if got, _ := receive(t, b); !bytes.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			receiveNothing(t, b)
		})
	}
}

func TestCorruptionFlipsOneBitOfEachCopy(t *testing.T) {
	for name, profile := range map[string]link.Profile{
		"one copy": {Corrupt: 1}, "two copies": {Corrupt: 1, Duplicate: 1},
		"two copies, later": {Corrupt: 1, Duplicate: 1, Latency: link.NewFixed(ms), Jitter: link.NewFixed(ms)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.both(profile)
			a, b := w.socket("a"), w.socket("b")
			for range 20 {
				post(t, a, facing(local(b)), make([]byte, 100))
				for range 1 + int(profile.Duplicate) {
					got, _ := receive(t, b)
					if ones := ones(got); ones != 1 || len(got) != 100 {
						t.Errorf("%d bits of %d bytes flipped, want 1 of 100", ones, len(got))
					}
				}
			}
		})
	}
}

func ones(b []byte) (count int) {
	for _, octet := range b {
		count += bits.OnesCount8(octet)
	}
	return count
}

func TestReorderedDatagramsOvertake(t *testing.T) {
	w := newWorld(t)
	a, b := w.socket("a"), w.socket("b")
	const late = 300 * ms // for a machine that is busy between the two
	w.both(link.Profile{Latency: link.NewFixed(late)})
	var met link.Meter
	if err := w.AddEffect(link.Watch, "a", "b", &met); err != nil {
		t.Fatal(err)
	}
	post(t, a, facing(local(b)), []byte("first"))
	w.until("the first is under way", func() bool { return met.Count() == 1 })
	w.both(link.Profile{Latency: link.NewFixed(late), Reorder: 1})
	post(t, a, facing(local(b)), []byte("second"))
	for _, want := range []string{"second", "first"} {
		if got, _ := receive(t, b); string(got) != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDatagramsOfOneDelayStayInOrder(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Latency: link.NewFixed(2 * ms)})
	a, b := w.socket("a"), w.socket("b")
	for i := range 300 {
		post(t, a, facing(local(b)), fmt.Appendf(nil, "%d", i))
	}
	for i := range 300 {
		if got, _ := receive(t, b); string(got) != fmt.Sprint(i) {
			t.Fatalf("number %d is %q", i, got)
		}
	}
}

func TestAFullQueueDropsDatagrams(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Rate: 80 * link.Kbit, Queue: 3000}) // 100 ms each
	a, b := w.socket("a"), w.socket("b")
	var met link.Meter
	if err := w.AddEffect(link.Watch, "a", "b", &met); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		post(t, a, facing(local(b)), make([]byte, 1000))
	}
	w.until("all have met the queue", func() bool { return met.Count() == 20 })
	for range 3 {
		receive(t, b)
	}
	if err := b.SetReadDeadline(time.Now().Add(300 * ms)); err != nil {
		t.Fatal(err)
	}
	more := 0
	for ; ; more++ {
		if _, _, err := b.ReadFromUDPAddrPort(make([]byte, 1000)); errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
	}
	if more > 2 {
		t.Errorf("%d more than the three for which there was room have arrived", more)
	}
}

func TestACutSwallowsDatagramsAndCountsThem(t *testing.T) {
	w := newWorld(t)
	a, b := w.socket("a"), w.socket("b")
	var cut link.Meter
	if err := w.AddEffect(link.Cut, "a", "b", &cut); err != nil {
		t.Fatal(err)
	}
	post(t, a, facing(local(b)), []byte("swallowed"))
	w.until("the cut has met it", func() bool { return cut.Count() == 1 })
	post(t, b, facing(local(a)), []byte("the other way is open"))
	receive(t, a)
	if err := w.RemoveEffect(link.Cut, "a", "b", &cut); err != nil {
		t.Fatal(err)
	}
	post(t, a, facing(local(b)), []byte("after"))
	if got, _ := receive(t, b); string(got) != "after" {
		t.Errorf("got %q, want what was sent after the heal", got)
	}
}

func TestAClosedPortReceivesNothingAndItsLastWordsArrive(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Latency: link.NewFixed(20 * ms)})
	a, b := w.socket("a"), w.socket("b")
	var met link.Meter
	if err := w.AddEffect(link.Watch, "a", "b", &met); err != nil {
		t.Fatal(err)
	}
	post(t, a, facing(local(b)), []byte("last words"))
	w.until("they are under way", func() bool { return met.Count() == 1 })
	a.Close()
	w.Closed("a", UDP, int(local(b).Port())) // somebody else's port: nothing happens
	w.Closed("a", UDP, int(facing(netip.AddrPortFrom(w.addresses["a"], portOf(a))).Port()))
	if got, _ := receive(t, b); string(got) != "last words" {
		t.Errorf("got %q", got)
	}
	w.until("the port is closed", func() bool {
		w.Network.mu.Lock()
		defer w.Network.mu.Unlock()
		return len(w.ports) == 1
	})
}

func portOf(s *net.UDPConn) uint16 { return uint16(s.LocalAddr().(*net.UDPAddr).Port) }

func TestDatagramsUnderWayToACrashedNodeAreLost(t *testing.T) {
	w := newWorld(t)
	a, b := w.socket("a"), w.socket("b")
	w.both(link.Profile{Latency: link.NewFixed(30 * ms)})
	var met link.Meter
	if err := w.AddEffect(link.Watch, "a", "b", &met); err != nil {
		t.Fatal(err)
	}
	post(t, a, facing(local(b)), []byte("too late"))
	w.until("it is under way", func() bool { return met.Count() == 1 })
	w.Down("b")
	receiveNothing(t, b)
	if err := w.Listening("b", UDP, int(portOf(b)), local(b)); err != nil {
		t.Fatal(err)
	}
	post(t, a, facing(local(b)), []byte("after the restart"))
	if got, _ := receive(t, b); string(got) != "after the restart" {
		t.Errorf("got %q", got)
	}
}

func TestStreamsAndDatagramsCountOnOneLink(t *testing.T) {
	w := newWorld(t)
	var met link.Meter
	if err := w.AddEffect(link.Watch, "a", "b", &met); err != nil {
		t.Fatal(err)
	}
	client, server := w.pair()
	say(t, client, "hello")
	hear(t, server, "hello")
	a, b := w.socket("a"), w.socket("b")
	post(t, a, facing(local(b)), []byte("hello"))
	receive(t, b)
	if diff := cmp.Diff(int64(4), met.Count()); diff != "" { // SYN, its answer's acknowledgement, a segment, a datagram
		t.Error(diff)
	}
}
