package relay

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

func TestADialCostsItsRoundTripAndTheOtherSeesWhoDials(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Latency: link.NewFixed(20 * ms)})
	start := time.Now()
	client, server := w.pair()
	if took := time.Since(start); took < 40*ms {
		t.Errorf("dialled within %v, want at least a round trip, 40ms", took)
	}
	if got := server.RemoteAddr().(*net.TCPAddr).AddrPort().Addr(); got != w.addresses["a"] {
		t.Errorf("b sees %v, want a's address, %v", got, w.addresses["a"])
	}
	client.Close()
	server.Close()
	w.expect("a b:80 opened", "a b:80 closed")
}

func TestADialToAClosedPortIsRefusedAfterTheRoundTrip(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Latency: link.NewFixed(20 * ms)})
	start := time.Now()
	_, err := w.dialer("a", patient).Dial("tcp", "b:80")
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v, want: connection refused", err)
	}
	if took := time.Since(start); took < 40*ms {
		t.Errorf("refused within %v, want at least a round trip, 40ms", took)
	}
	w.expect("a b:80 refused")
}

func TestADialToAListenerThatIsGoneIsRefused(t *testing.T) {
	w := newWorld(t)
	l := w.listen(80)
	l.Close()
	if _, err := w.dialer("a", patient).Dial("tcp", "b:80"); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("closed in silence: got %v, want: connection refused", err)
	}
	w.listen(81)
	w.Closed("b", TCP, 81)
	if _, err := w.dialer("a", patient).Dial("tcp", "b:81"); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("closed: got %v, want: connection refused", err)
	}
}

func TestADialToNoNodeIsToldSo(t *testing.T) {
	w := newWorld(t)
	_, err := w.dialer("a", patient).Dial("tcp", "c:80")
	if err == nil || !strings.Contains(err.Error(), "host unreachable") {
		t.Errorf("got %v, want: host unreachable", err)
	}
}

func TestADialByNobodyIsRefused(t *testing.T) {
	w := newWorld(t)
	w.listen(80)
	if _, err := w.dialer("c", patient).Dial("tcp", "b:80"); err == nil {
		t.Error("connected for a node that does not exist")
	}
	for name, sent := range map[string]string{
		"no user name offered": "\x05\x01\x00", "SOCKS4": "\x04\x01\x00\x50\x7f\x00\x00\x01\x00",
		"HTTP": "GET / HTTP/1.1\r\n\r\n",
	} {
		c, err := net.Dial("tcp4", w.Socks())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		say(t, c, sent)
		if err := c.SetReadDeadline(time.Now().Add(patient)); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(c)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the endpoint waits for ever after % x", name, answer)
		}
		if sent[0] == socksVersion && string(answer) != "\x05\xff" {
			t.Errorf("%s: answered % x, want: none is acceptable", name, answer)
		}
	}
}

// Whoever does not know the password gets no further, whatever the name: not even whether there is such a node.
func TestADialWithoutThePasswordIsRefused(t *testing.T) {
	w := newWorld(t)
	w.listen(80)
	for _, password := range []string{"", "any", w.Password()[1:], w.Password() + "x", strings.Repeat("x", 255)} {
		for _, name := range []string{"a", "nobody", ""} {
			client, err := net.Dial("tcp4", w.Socks())
			if err != nil {
				t.Fatal(err)
			}
			say(t, client, "\x05\x01\x02\x01"+string([]byte{byte(len(name))})+name+
				string([]byte{byte(len(password))})+password+"\x05\x01\x00\x03\x01b\x00\x50")
			if err := client.SetReadDeadline(time.Now().Add(patient)); err != nil {
				t.Fatal(err)
			}
			answer := make([]byte, 4)
			if _, err := io.ReadFull(client, answer); err != nil || string(answer) != "\x05\x02\x01\x01" {
				t.Errorf("%q with password %q: answered % x (%v), want a refusal", name, password, answer, err)
			}
			if n, err := client.Read(answer); n > 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%q with password %q: read %d bytes (%v) after the refusal, want the end", name, password, n, err)
			}
			client.Close()
		}
	}
	if other := newWorld(t); other.Password() == w.Password() {
		t.Error("two networks have one password")
	}
}

func TestOnlyConnectIsServed(t *testing.T) {
	for name, c := range map[string]struct {
		request string
		code    byte
	}{
		"bind":              {"\x05\x02\x00\x03\x01b\x00\x50", replyCommand},
		"another version":   {"\x04\x01\x00\x03\x01b\x00\x50", replyFailed},
		"an IPv6 address":   {"\x05\x01\x00\x04" + strings.Repeat("\x00", 16) + "\x00\x50", replyAddressType},
		"a foreign address": {"\x05\x01\x00\x01\x0a\x00\x00\x01\x00\x50", replyNoNode},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			client, err := net.Dial("tcp4", w.Socks())
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			say(t, client, w.hello("a")+c.request)
			hear(t, client, "\x05\x02\x01\x00\x05"+string(c.code))
		})
	}
}

func TestWhatIsSentAlongWithTheRequestArrives(t *testing.T) {
	w := newWorld(t)
	l := w.listen(80)
	client, err := net.Dial("tcp4", w.Socks())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	say(t, client, w.hello("a")+"\x05\x01\x00\x03\x01b\x00\x50early")
	server, err := l.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	hear(t, server, "early")
}

func TestANodesAddressDoesForItsName(t *testing.T) {
	w := newWorld(t)
	l := w.listen(80)
	client, err := w.dialer("a", patient).Dial("tcp", w.addresses["b"].String()+":80")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := l.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
}

func TestACutMakesDialsVanishInSilence(t *testing.T) {
	for _, c := range []struct{ name, from, to string }{{"SYN", "a", "b"}, {"SYN-ACK", "b", "a"}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			l := w.listen(80)
			var cut link.Meter
			if err := w.AddEffect(link.Cut, c.from, c.to, &cut); err != nil {
				t.Fatal(err)
			}
			if _, err := w.dialer("a", silence).Dial("tcp", "b:80"); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("got %v, want a deadline exceeded", err)
			}
			w.until("the dial is forgotten", func() bool {
				w.Network.mu.Lock()
				defer w.Network.mu.Unlock()
				return len(w.dialing) == 0
			})
			if cut.Count() != 1 {
				t.Errorf("the cut met %d segments, want 1", cut.Count())
			}
			if err := w.RemoveEffect(link.Cut, c.from, c.to, &cut); err != nil {
				t.Fatal(err)
			}
			client, server := w.connect(l, 80)
			say(t, client, "first to be accepted")
			hear(t, server, "first to be accepted")
			w.expect("a b:80 opened")
		})
	}
}

func TestADialConnectsAtTheRetransmissionAfterTheHealAlsoToARestartedNode(t *testing.T) {
	w := newWorld(t)
	l := w.listen(80)
	var cut link.Meter
	if err := w.AddEffect(link.Cut, "a", "b", &cut); err != nil {
		t.Fatal(err)
	}
	d := w.dialer("a", patient)
	start := time.Now()
	dialled := make(chan error, 1)
	go func() {
		c, err := d.Dial("tcp", "b:80")
		if err == nil {
			_, err = io.WriteString(c, "hello")
			err = errors.Join(err, c.Close())
		}
		dialled <- err
	}()
	w.until("the cut has met the SYN", func() bool { return cut.Count() == 1 })
	w.Down("b")
	if err := w.Listening("b", TCP, 80, l.Addr().(*net.TCPAddr).AddrPort()); err != nil {
		t.Fatal(err)
	}
	if err := w.RemoveEffect(link.Cut, "a", "b", &cut); err != nil {
		t.Fatal(err)
	}
	if err := <-dialled; err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < time.Second {
		t.Errorf("connected after %v, want after the first retransmission, 1s", took)
	}
	server, err := l.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	hear(t, server, "hello")
	hearEnd(t, server)
}
