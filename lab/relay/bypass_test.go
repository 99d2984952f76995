package relay

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

func TestAStreamOverIdealLinksBypassesTheModelWhichJoinsWithAFreshWindow(t *testing.T) {
	w := newWorld(t)
	client, server := w.pair()
	exchange := func() {
		say(t, client, "hello")
		hear(t, server, "hello")
		say(t, server, "hello")
		hear(t, client, "hello")
	}
	exchange()
	ideal := []network.Connection{{Src: "a", Dst: "b", Port: 80, Dialled: true}, {Src: "b", Dst: "a", Port: 80}}
	if diff := cmp.Diff(ideal, w.Connections("", "")); diff != "" {
		t.Error(diff)
	}
	w.both(link.Profile{Latency: link.NewFixed(5 * ms)})
	for _, c := range w.Connections("b", "a") {
		if !c.Modelled || c.Cwnd != tcp.Default.InitialWindow {
			t.Errorf("joined as %+v, want a fresh window", c)
		}
	}
	exchange()
	w.until("the round trip is known", func() bool { return w.sender().RTT >= ms && w.sender().Waiting == 0 })
	w.both(link.Profile{})
	w.until("the model has left", func() bool { return cmp.Equal(ideal, w.Connections("a", "")) })
	exchange()
}

// What is sent while a link becomes ideal and ceases to be, or is cut for a moment, arrives whole and in order.
func TestNoByteIsLostOrReorderedWhileTheLinkChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client, server := w.pair()
	changes := []link.Profile{
		{}, {Latency: link.NewFixed(ms)}, {}, {Rate: 400 * link.Mbit, Queue: 30_000}, {Loss: 0.01}, {},
		{Latency: link.NewFixed(2 * ms), Jitter: link.NewFixed(2 * ms)}, {Latency: link.NewFixed(100 * time.Microsecond)},
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		random := rand.New(rand.NewPCG(1, 2))
		for i := range 400 {
			w.both(changes[random.IntN(len(changes))])
			if i%50 == 0 {
				var cut link.Meter
				err := errors.Join(w.AddEffect(link.Cut, "a", "b", &cut), w.RemoveEffect(link.Cut, "a", "b", &cut))
				if err != nil {
					t.Error(err)
				}
			}
			<-time.After(time.Duration(random.IntN(2000)) * time.Microsecond)
		}
		w.both(link.Profile{})
	}()
	go func() {
		_, err := io.Copy(server, server)
		if err := errors.Join(err, server.CloseWrite()); err != nil {
			t.Error(err)
		}
	}()
	var sent bytes.Buffer
	wrote := make(chan error, 1)
	go func() {
		random := rand.New(rand.NewPCG(3, 4))
		for {
			b := make([]byte, 1+random.IntN(50_000))
			for i := range b {
				b[i] = byte(random.Uint32())
			}
			sent.Write(b)
			if _, err := client.Write(b); err != nil {
				wrote <- err
				return
			}
			select {
			case <-done:
				wrote <- client.CloseWrite()
				return
			default:
				runtime.Gosched()
			}
		}
	}()
	got, err := io.ReadAll(client)
	if err := errors.Join(err, <-wrote); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, sent.Bytes()) {
		t.Errorf("%d of %d bytes, or not the same", len(got), sent.Len())
	}
	w.expect("a b:80 opened", "a b:80 closed")
}

// A program that does not read shuts the window behind it, and one that goes on reading opens it again.
func TestASlowReaderShutsTheWindow(t *testing.T) {
	w := newWorld(t)
	if w.diag == nil {
		t.Skip("the kernel does not tell what is unread")
	}
	w.both(link.Profile{Latency: link.NewFixed(ms)})
	client, server := w.pair()
	const size = 1 << 20
	go client.Write(make([]byte, size))
	w.until("the window is shut", func() bool { return w.sender().Unread > 60_000 })
	for range 10 {
		w.pass(10 * ms)
		if c := w.sender(); c.Unread > 64<<10 {
			t.Fatalf("%d bytes unread, want at most the window of 64 KiB", c.Unread)
		}
	}
	if n, err := io.CopyN(io.Discard, server, size-1000); err != nil {
		t.Errorf("read %d bytes: %v", n, err)
	}
	w.until("all but a little is read", func() bool { return w.sender().Waiting == 0 && w.sender().Unread == 1000 })
}

// What a program leaves unread for a moment, however little, is noticed when it reads it: the window that was told before
// is told again then.
func TestTheLastByteIsSeenToBeRead(t *testing.T) {
	w := newWorld(t)
	if w.diag == nil {
		t.Skip("the kernel does not tell what is unread")
	}
	w.both(link.Profile{Latency: link.NewFixed(ms)})
	client, server := w.pair()
	const size, rest = 30_000, 1_000
	say(t, client, strings.Repeat("x", size))
	w.until("all is written", w.locked(func() bool { return onlyConn(w).there.written == size }))
	read := uint64(0)
	for _, n := range []uint64{size - rest, rest} {
		if _, err := io.CopyN(io.Discard, server, int64(n)); err != nil {
			t.Fatal(err)
		}
		read += n
		w.until("it is seen to be read", w.locked(func() bool { return onlyConn(w).there.read == read }))
	}
}

func TestANodesTCPIsThatOfItsNextConnections(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Latency: link.NewFixed(ms)})
	l := w.listen(80)
	mine := tcp.Default
	mine.InitialWindow = 3
	all := tcp.Default
	all.InitialWindow = 5
	w.connect(l, 80)
	w.until("both ends are open", func() bool { return len(w.Connections("", "")) == 2 })
	if err := errors.Join(w.SetTCP("a", mine), w.SetTCP("", all)); err != nil {
		t.Fatal(err)
	}
	w.connect(l, 80)
	var got []int
	w.until("all are open", func() bool { return len(w.Connections("", "")) == 4 })
	for _, c := range w.Connections("", "") {
		got = append(got, c.Cwnd)
	}
	if diff := cmp.Diff([]int{10, 3, 10, 5}, got); diff != "" {
		t.Error(diff)
	}
	mine.InitialWindow = 0
	for want, err := range map[string]error{
		`tcp of c: no node "c"`: w.SetTCP("c", all),
		`tcp of a: initial_window is 0 segments, want 1 to 1048576`: w.SetTCP("a", mine),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
