package relay

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/net/proxy"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
)

const ms = time.Millisecond

// patient is longer than anything takes that happens at all; silence is how long we listen for what must not happen.
const (
	patient = 10 * time.Second
	silence = 50 * ms
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a network for a test, with the nodes a and b and what it has told.
type world struct {
	*Network
	t         testing.TB
	addresses map[string]netip.Addr
	trouble   chan error   // the first
	passed    atomic.Int64 // what pass has added to the clock

	mu   sync.Mutex
	told []string
}

func newWorld(t testing.TB, names ...string) *world {
	t.Helper()
	w := &world{t: t, addresses: map[string]netip.Addr{}, trouble: make(chan error, 1)}
	born := time.Now()
	n, err := newNetwork(Config{Seed: 1, OnConn: func(_ time.Duration, from, to string, port int, what string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.told = append(w.told, from+" "+to+":"+strconv.Itoa(port)+" "+what)
	}, OnTrouble: func(err error) {
		select {
		case w.trouble <- err:
		default:
		}
	}}, func() time.Duration { return time.Since(born) + time.Duration(w.passed.Load()) })
	if err != nil {
		t.Fatal(err)
	}
	w.Network = n
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, name := range append(names, "a", "b") {
		if w.addresses[name], err = n.AddNode(name); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// both gives a profile to both directions between a and b.
func (w *world) both(p link.Profile) {
	w.t.Helper()
	for _, pair := range [][2]string{{"a", "b"}, {"b", "a"}} {
		if err := w.SetProfile(pair[0], pair[1], p); err != nil {
			w.t.Fatal(err)
		}
	}
}

// until waits for a condition that must come true.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	limit := time.NewTimer(patient)
	defer limit.Stop()
	tick := time.NewTicker(ms)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-limit.C:
			w.t.Fatalf("not within %v: %s; told so far: %q", patient, what, w.events())
		}
	}
}

func (w *world) events() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.told)
}

// expect waits until exactly these events have been told.
func (w *world) expect(events ...string) {
	w.t.Helper()
	w.until("events "+cmp.Diff(events, w.events()), func() bool { return slices.Equal(events, w.events()) })
}

// listen opens a listener of node b and announces it as the port.
func (w *world) listen(port int) *net.TCPListener {
	w.t.Helper()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: w.addresses["b"].AsSlice()})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { l.Close() })
	if err := w.Listening("b", TCP, port, l.Addr().(*net.TCPAddr).AddrPort()); err != nil {
		w.t.Fatal(err)
	}
	return l
}

// hello is how a dialler begins that says all at once: it is this node, and knows the password.
func (w *world) hello(node string) string {
	password := w.Password()
	return "\x05\x01\x02\x01" + string(rune(len(node))) + node + string(rune(len(password))) + password
}

// dialer dials as a foreign program would, giving up after the limit.
func (w *world) dialer(from string, limit time.Duration) proxy.Dialer {
	w.t.Helper()
	forward := &net.Dialer{Deadline: time.Now().Add(limit), KeepAlive: -1}
	d, err := proxy.SOCKS5("tcp", w.Socks(), &proxy.Auth{User: from, Password: w.Password()}, impatient{forward})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// impatient is a dialer whose deadline also holds for what is read from the connection until the dial is done.
type impatient struct{ dialer *net.Dialer }

func (d impatient) Dial(network, addr string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, addr)
}

func (d impatient) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := d.dialer.DialContext(ctx, network, addr)
	if err == nil {
		err = c.SetDeadline(d.dialer.Deadline)
	}
	return c, err
}

// connect dials from a to b and returns both ends.
func (w *world) connect(l *net.TCPListener, port int) (client, server *net.TCPConn) {
	w.t.Helper()
	c, err := w.dialer("a", patient).Dial("tcp", "b:"+strconv.Itoa(port))
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := l.AcceptTCP()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, end := range []net.Conn{c, s} {
		w.t.Cleanup(func() { end.Close() })
		if err := end.SetDeadline(time.Now().Add(patient)); err != nil {
			w.t.Fatal(err)
		}
	}
	return c.(*net.TCPConn), s
}

// pair is connect with a listener of its own.
func (w *world) pair() (client, server *net.TCPConn) {
	w.t.Helper()
	return w.connect(w.listen(80), 80)
}

// pass lets time go by at once, as if the process had been held up.
func (w *world) pass(d time.Duration) {
	w.passed.Add(int64(d))
	w.schedule.enter()
	w.schedule.carryOut()
}

// locked asks with the schedule's lock.
func (w *world) locked(is func() bool) func() bool {
	return func() bool {
		w.schedule.mu.Lock()
		defer w.schedule.mu.Unlock()
		return is()
	}
}

func say(t testing.TB, to io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(to, text); err != nil {
		t.Fatal(err)
	}
}

func hear(t testing.TB, from io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(from, got); err != nil || string(got) != want {
		t.Fatalf("read %q (%v), want %q", got, err, want)
	}
}

func hearEnd(t testing.TB, from io.Reader) {
	t.Helper()
	if n, err := from.Read(make([]byte, 1)); err != io.EOF {
		t.Fatalf("read %d bytes (%v), want the end of the stream", n, err)
	}
}

func hearReset(t testing.TB, from io.Reader) {
	t.Helper()
	if _, err := io.Copy(io.Discard, from); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("read until %v, want a reset", err)
	}
}

// hearNothing listens for a while.
func hearNothing(t testing.TB, from net.Conn) {
	t.Helper()
	if err := from.SetReadDeadline(time.Now().Add(silence)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	if n, err := from.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read %q (%v), want silence", b[:n], err)
	}
	if err := from.SetReadDeadline(time.Now().Add(patient)); err != nil {
		t.Fatal(err)
	}
}

func TestEachNetworkHasABlockOfItsOwn(t *testing.T) {
	first, second := newWorld(t), newWorld(t)
	if first.addresses["a"] == second.addresses["a"] || first.Socks() == second.Socks() {
		t.Errorf("two networks share %v or %v", first.addresses["a"], first.Socks())
	}
	for _, w := range []*world{first, second} {
		client, server := w.pair()
		say(t, client, "hello")
		hear(t, server, "hello")
	}
}

func TestNodesAreNumberedInOrderAndFoundByAddress(t *testing.T) {
	w := newWorld(t)
	for i := range 600 {
		name := "n" + strconv.Itoa(i)
		address, err := w.AddNode(name)
		if err != nil {
			t.Fatal(err)
		}
		octets := address.As4()
		if got := int(octets[2])*256 + int(octets[3]); got != i+3 {
			t.Errorf("node %d lives at %v, want number %d", i, address, i+3)
		}
		if found := w.nodeAt(address); found == nil || found.name != name {
			t.Errorf("%v leads to %v, want %s", address, found, name)
		}
	}
	for _, stranger := range []string{"127.0.0.1", "127.1.0.0", "10.0.0.1", "127.255.126.255"} {
		if found := w.nodeAt(netip.MustParseAddr(stranger)); found != nil {
			t.Errorf("%s leads to %s", stranger, found.name)
		}
	}
}

func TestMisuseIsAnErrorThatNamesIt(t *testing.T) {
	w := newWorld(t)
	real := netip.AddrPortFrom(w.addresses["a"], 80)
	for want, err := range map[string]error{
		`link a -> c: no node "c"`:                               w.AddEffect(link.Cut, "a", "c", nil),
		`link a -> b: loss is 2, want a probability from 0 to 1`: w.SetProfile("a", "b", link.Profile{Loss: 2}),
		`mtu is -1 bytes, want 0 (unlimited) or more`:            w.SetDefault(link.Profile{MTU: -1}),
		`node "a" exists already`:                                second(w.AddNode("a")),
		`node name of 0 bytes, want 1 to 255`:                    second(w.AddNode("")),
		`listening on tcp port 80: no node "c"`:                  w.Listening("c", TCP, 80, real),
		`listening on tcp port 0 of a: want 1 to 65535`:          w.Listening("a", TCP, 0, real),
		`listening on network "sctp" of a, want "tcp" or "udp"`:  w.Listening("a", "sctp", 80, real),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestTheClockStartsAtStart(t *testing.T) {
	w := newWorld(t)
	if now := w.Now(); now != 0 {
		t.Errorf("before the start it is %v, want 0", now)
	}
	started := time.Now()
	w.Start()
	if now := w.Now(); now < 0 || now > time.Since(started) {
		t.Errorf("just after the start it is %v", now)
	}
}

func TestWhatTheDefaultSaysHoldsWhereNothingElseIsSaid(t *testing.T) {
	w := newWorld(t, "c")
	own, base := link.Profile{Loss: 0.5}, link.Profile{Loss: 0.1}
	if err := errors.Join(w.SetProfile("a", "b", own), w.AddEffect(link.Watch, "b", "a", nil), w.SetDefault(base)); err != nil {
		t.Fatal(err)
	}
	for names, want := range map[[2]string]link.Profile{{"a", "b"}: own, {"b", "a"}: base, {"a", "c"}: base, {"a", "a"}: {}} {
		if got := w.path(w.named(names[0]), w.named(names[1])).Profile(); got != want {
			t.Errorf("%v has %+v, want %+v", names, got, want)
		}
	}
}

func TestCloseMayBeCalledAtAnyTimeAndTwice(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Latency: link.NewFixed(time.Hour)})
	l := w.listen(80)
	d := w.dialer("a", patient)
	dialled := make(chan error, 1)
	go func() { dialled <- second(d.Dial("tcp", "b:80")) }()
	w.until("the dial is on its way", func() bool {
		w.schedule.mu.Lock()
		defer w.schedule.mu.Unlock()
		return len(w.conns) == 1
	})
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Error(err)
	}
	if err := <-dialled; err == nil {
		t.Error("connected by a closed network")
	}
	l.Close()
	if err := w.Listening("a", UDP, 80, netip.AddrPortFrom(w.addresses["a"], 80)); !errors.Is(err, errClosed) {
		t.Errorf("listening on a closed network: %v", err)
	}
}

func TestWhatIsToldBeforeTheStartIsAtZero(t *testing.T) {
	var told network.Packet
	n := &Network{config: Config{OnPacket: func(p *network.Packet) { told = *p }}}
	sent := network.Packet{Sent: 300 * ms, Left: 301 * ms, Copies: 1, Arrives: [2]time.Duration{302 * ms}}
	for _, tt := range []struct{ began, sent, arrives time.Duration }{{0, 0, 0}, {300 * ms, 0, 2 * ms}, {301 * ms, 0, ms}} {
		n.began.Store(int64(tt.began))
		p := sent
		if n.told(&p); told.Sent != tt.sent || told.Arrives[0] != tt.arrives {
			t.Errorf("begun at %v: sent at %v, arrives at %v", tt.began, told.Sent, told.Arrives[0])
		}
	}
}
