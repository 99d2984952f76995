package relay

import (
	"bufio"
	"bytes"
	"io"
	"testing"
)

// FuzzNegotiate gives the SOCKS endpoint any bytes: nobody gets in without the password, and only to a node that is
// there.
func FuzzNegotiate(f *testing.F) {
	w := newWorld(f)
	hello := w.hello("a")
	for _, seed := range []string{
		"", hello[:4], hello, hello + "\x05\x01\x00\x03\x01b\x00\x50", hello + "\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50",
		hello + "\x05\x01\x00\x04" + string(make([]byte, 18)), hello + "\x05\x02\x00\x03\x00\x00\x50", "\x04\x01", "GET / HTTP/1.1\r\n\r\n",
		"\x05\xff" + string(make([]byte, 300)), "\x05\x01\x02\x01\x01a\x03any\x05\x01\x00\x03\x01b\x00\x50",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		r := bufio.NewReader(bytes.NewReader(sent))
		from, err := w.authenticate(r, io.Discard)
		switch {
		case (from == nil) != (err != nil):
			t.Fatalf("node %v with error %v", from, err)
		case err != nil:
			return
		case !bytes.Contains(sent, []byte(w.Password())):
			t.Fatalf("% x is let in as %s without the password", sent, from.name)
		}
		to, port, err := w.destination(r)
		if (to == nil) != (err != nil) || port < 0 || port > 0xffff {
			t.Fatalf("destination %v, port %d, with error %v", to, port, err)
		}
	})
}
