package live_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

func TestADialReachesTheListenerThroughTheHost(t *testing.T) {
	h := newHost(t, "n1", "n2")
	n1, n2 := h.node("n1"), h.node("n2")
	l, err := n2.Listen(0)
	ok(t, err)
	dialled, err := n1.Dial(l.Addr().String())
	ok(t, err)
	accepted, err := l.Accept()
	ok(t, err)
	write(t, dialled, "ping")
	wantText(t, "request", read(t, accepted, 4), "ping")
	write(t, accepted, "pong")
	wantText(t, "answer", read(t, dialled, 4), "pong")

	wantText(t, "remote of the dialled", dialled.RemoteAddr().String(), l.Addr().String())
	wantText(t, "local of the accepted", accepted.LocalAddr().String(), l.Addr().String())
	wantText(t, "remote of the accepted", accepted.RemoteAddr().String(), dialled.LocalAddr().String())
	if local := dialled.LocalAddr().String(); !strings.HasPrefix(local, "n1:") {
		t.Errorf("local of the dialled: got %q, want n1:PORT", local)
	}
}

func TestANodeMayDialItself(t *testing.T) {
	h := newHost(t, "n1")
	n := h.node("n1")
	dialled, accepted := connect(t, n, n)
	write(t, dialled, "me")
	wantText(t, "received", read(t, accepted, 2), "me")
}

func TestWhatTheHostAnswersIsTheErrorOfADial(t *testing.T) {
	for _, each := range []struct {
		name, addr string
		silent     bool
		rude       bool
		timeout    time.Duration
		want       error
	}{
		{name: "nobody listens", addr: "n1:1", timeout: grace, want: sdk.ErrRefused},
		{name: "no node of that name", addr: "n9:1", timeout: grace, want: sdk.ErrNoNode},
		{name: "a name too long for SOCKS", addr: strings.Repeat("n", 300) + ":1", timeout: grace, want: sdk.ErrNoNode},
		{name: "silence", addr: "n1:1", silent: true, timeout: 20 * time.Millisecond, want: sdk.ErrTimeout},
		{name: "no time at all", addr: "n1:1", silent: true, timeout: 0, want: sdk.ErrTimeout},
		{name: "hung up", addr: "n1:1", rude: true, timeout: grace, want: sdk.ErrReset},
	} {
		t.Run(each.name, func(t *testing.T) {
			h := newHost(t, "n1")
			h.silent.Store(each.silent)
			h.rude.Store(each.rude)
			start := time.Now()
			_, err := h.node("n1").DialTimeout(each.addr, each.timeout)
			wantErr(t, "dial", err, each.want)
			if took := time.Since(start); each.silent && took < each.timeout {
				t.Errorf("gave up after %v, want %v", took, each.timeout)
			}
		})
	}
}

func TestABadAddressIsNotDialled(t *testing.T) {
	h := newHost(t, "n1")
	for _, addr := range []string{"", "n1", "n1:http", "n1:70000", ":80"} {
		if _, err := h.node("n1").Dial(addr); err == nil {
			t.Errorf("dialled %q", addr)
		}
	}
}

func TestAHostThatIsGoneDoesNotPassForARefusal(t *testing.T) {
	h := newHost(t, "n1")
	n := h.node("n1")
	h.socks.Close()
	_, err := n.Dial("n1:1")
	if err == nil || errors.Is(err, sdk.ErrRefused) || !strings.Contains(err.Error(), "SOCKS endpoint") {
		t.Errorf("got %v, want an error about the host's SOCKS endpoint that is no ErrRefused", err)
	}
}

// answering is a host that says always the same, whatever it is asked.
func answering(t *testing.T, answer string) (endpoint string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	ok(t, err)
	served := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			served <- err
			return
		}
		defer c.Close()
		_, _, err = readRequest(c)
		io.WriteString(c, answer)
		served <- err
	}()
	t.Cleanup(func() {
		l.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func TestTheHandshakeLeavesTheFirstBytesOfTheConnection(t *testing.T) {
	for _, address := range []string{
		"\x01\x7f\x00\x00\x01", "\x04" + strings.Repeat("\x00", 15) + "\x01", "\x03\x02n1", "\x03\x00",
	} {
		h := newHost(t, "n1")
		config := h.config("n1")
		config.Socks = answering(t, "\x05\x00\x00"+address+"\x12\x34"+"greeting")
		c, err := h.start(config).Dial("n2:1")
		ok(t, err)
		wantText(t, "local", c.LocalAddr().String(), "n1:4660")
		wantText(t, "first bytes", read(t, c, 8), "greeting")
	}
}

func TestAnAnswerThatIsNotSOCKSIsSaidToBeSo(t *testing.T) {
	for answer, want := range map[string]string{
		"\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x00": "the host answered with SOCKS reply 1",
		"\x04\x00\x00\x01\x7f\x00\x00\x01\x00\x00": "the host answered with SOCKS version 4, want 5",
		"\x05\x00\x00\x09\x7f\x00\x00\x01\x00\x00": "the host answered with an address of unknown type 9",
	} {
		h := newHost(t, "n1")
		config := h.config("n1")
		config.Socks = answering(t, answer)
		_, err := h.start(config).Dial("n2:1")
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
