package relay

import (
	"net"
	"strings"
	"testing"
)

func TestHostileDiallersLeaveNothingAndHoldUpNobody(t *testing.T) {
	w := newWorld(t)
	l := w.listen(80)
	hello := w.hello("a")
	sent := []string{
		"", "\x05", "\x05\xff", hello[:4], hello[:5], hello, hello + "\x05\x01\x00", hello + "\x05\x01\x00\x03\xff",
		hello + "\x05\x01\x00\x09\x00\x50", hello + "\x05\x09\x00\x03\x01b\x00\x50", hello + "\x05\x01\x00\x03\x00\x00\x50",
		hello + "\x05\x01\x00\x03\x01b\x00\x51",
		"\x05\x01\x02\x01\x01a\x00\x05\x01\x00\x03\x01b\x00\x50", "\x05\xff" + strings.Repeat("\x02", 255) + "\x01\xff" + strings.Repeat("x", 255),
		strings.Repeat("\x00", 100_000), "GET / HTTP/1.1\r\n\r\n",
	}
	var silent []net.Conn
	for i := range 2000 {
		c, err := net.Dial("tcp4", w.Socks())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte(sent[i%len(sent)])) // who is refused meanwhile cannot be written to
		if i%2 == 0 {
			_ = c.(*net.TCPConn).SetLinger(0)
		}
		if i < 200 {
			silent = append(silent, c)
			continue
		}
		_ = c.Close()
	}
	client, server := w.connect(l, 80)
	say(t, client, "hello")
	hear(t, server, "hello")
	for _, c := range silent {
		_ = c.Close()
	}
	w.until("all dials are forgotten", func() bool {
		w.Network.mu.Lock()
		defer w.Network.mu.Unlock()
		return len(w.dialing) == 0
	})
}
