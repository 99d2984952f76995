package live_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

func TestCloseWriteEndsOneDirectionOnly(t *testing.T) {
	a, b := pair(t, newHost(t, "n1", "n2"))
	write(t, a, "request")
	ok(t, a.CloseWrite())
	got, err := io.ReadAll(b)
	ok(t, err)
	wantText(t, "request", string(got), "request")
	write(t, b, "answer")
	ok(t, b.Close())
	got, err = io.ReadAll(a)
	ok(t, err)
	wantText(t, "answer", string(got), "answer")
	_, err = a.Write([]byte("more"))
	wantErr(t, "write after CloseWrite", err, sdk.ErrClosed)
	_, err = io.Copy(a, strings.NewReader("more"))
	wantErr(t, "copy after CloseWrite", err, sdk.ErrClosed)
}

func TestResetReachesThePeer(t *testing.T) {
	a, b := pair(t, newHost(t, "n1", "n2"))
	ok(t, a.Reset())
	_, err := b.Read(make([]byte, 1))
	wantErr(t, "read of the peer", err, sdk.ErrReset)
	_, err = b.Write([]byte("x"))
	wantErr(t, "write of the peer", err, sdk.ErrReset)
	_, err = a.Read(make([]byte, 1))
	wantErr(t, "own read", err, sdk.ErrClosed)
	wantErr(t, "close after reset", a.Close(), sdk.ErrClosed)
}

func TestAResetIsToldAgainWhoeverMeetsItFirst(t *testing.T) {
	a, b := pair(t, newHost(t, "n1", "n2"))
	ok(t, a.Reset())
	var err error
	for err == nil { // until the reset has arrived
		_, err = b.Write([]byte("x"))
	}
	wantErr(t, "write", err, sdk.ErrReset)
	for range 2 {
		_, err = b.Read(make([]byte, 1))
		wantErr(t, "read after the failed write", err, sdk.ErrReset)
	}
	_, err = io.Copy(io.Discard, b)
	wantErr(t, "copy after the failed write", err, sdk.ErrReset)
}

func TestADeadlineEndsAReadAndMayBeMoved(t *testing.T) {
	h := newHost(t, "n1", "n2")
	n1 := h.node("n1")
	a, b := connect(t, n1, h.node("n2"))
	ok(t, a.SetReadDeadline(n1.Now().Add(5*time.Millisecond)))
	_, err := a.Read(make([]byte, 1))
	wantErr(t, "read", err, sdk.ErrTimeout)
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("%v is no net.Error with Timeout", err)
	}
	ok(t, a.SetReadDeadline(time.Time{}))
	write(t, b, "late")
	wantText(t, "after the deadline was lifted", read(t, a, 4), "late")

	ok(t, a.SetDeadline(n1.Now().Add(-time.Second)))
	_, err = a.Write([]byte("x"))
	wantErr(t, "write", err, sdk.ErrTimeout)
	ok(t, a.SetWriteDeadline(time.Time{}))
	write(t, a, "x")
}

func TestErrorsNameNodesAndNotKernelAddresses(t *testing.T) {
	a, _ := pair(t, newHost(t, "n1", "n2"))
	ok(t, a.Close())
	_, err := a.Read(make([]byte, 1))
	wantText(t, "error", err.Error(), "read tcp "+a.LocalAddr().String()+"->"+a.RemoteAddr().String()+
		": use of closed network connection")
}

func TestCopyMovesAllBytesBothWays(t *testing.T) {
	h := newHost(t, "n1", "n2")
	n1, n2 := h.node("n1"), h.node("n2")
	in, from := connect(t, n1, n2)
	to, out := connect(t, n2, n1)
	data := bytes.Repeat([]byte("0123456789"), 100_000)
	sent := make(chan error, 2)
	go func() {
		_, err := in.Write(data)
		sent <- errors.Join(err, in.CloseWrite())
	}()
	go func() {
		part, err := io.CopyN(to, from, 12_345)
		rest, err2 := io.Copy(to, from)
		if part+rest != int64(len(data)) {
			t.Errorf("copied %d + %d bytes, want %d", part, rest, len(data))
		}
		sent <- errors.Join(err, err2, to.CloseWrite())
	}()
	var got bytes.Buffer
	_, err := io.Copy(&got, out)
	ok(t, err)
	if !bytes.Equal(got.Bytes(), data) {
		t.Errorf("got %d bytes, want %d, the same", got.Len(), len(data))
	}
	ok(t, <-sent)
	ok(t, <-sent)
}

func TestAConnectionIsIdleUntilSomethingArrives(t *testing.T) {
	h := newHost(t, "n1", "n2")
	n1, n2 := h.node("n1"), h.node("n2")
	for _, test := range []struct {
		name   string
		arrive func(sdk.Conn) error
	}{
		{"a byte", func(peer sdk.Conn) error { _, err := peer.Write([]byte("x")); return err }},
		{"the end", sdk.Conn.CloseWrite},
		{"a close", sdk.Conn.Close},
		{"a reset", sdk.Conn.Reset},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := connect(t, n1, n2)
			ok(t, a.SetReadDeadline(n1.Now().Add(-time.Second))) // has nothing to do with it
			if !a.Idle() || !a.Idle() {
				t.Fatal("a fresh connection is not idle")
			}
			ok(t, test.arrive(b))
			for end := time.Now().Add(5 * time.Second); a.Idle(); {
				if time.Now().After(end) {
					t.Fatal("still idle after 5s")
				}
				runtime.Gosched()
			}
			if test.name == "a byte" {
				ok(t, a.SetReadDeadline(time.Time{}))
				wantText(t, "what was peeked at", read(t, a, 1), "x")
				if !a.Idle() {
					t.Error("not idle after the byte was read")
				}
			}
			ok(t, a.Close())
			if a.Idle() {
				t.Error("idle although closed")
			}
		})
	}
}

func TestAskingForIdleAllocatesNothing(t *testing.T) {
	a, _ := pair(t, newHost(t, "n1", "n2"))
	if n := testing.AllocsPerRun(100, func() { a.Idle() }); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}
