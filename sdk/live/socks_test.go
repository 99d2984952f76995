package live_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"

	"github.com/netlab-dev/netlab/sdk/value"
)

// testPassword is what the host of these tests wants.
const testPassword = "open sesame"

// serve is the SOCKS5 server.
func (h *host) serve(c *net.TCPConn) {
	h.track(c)
	defer c.Close()
	user, target, err := readRequest(c)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, net.ErrClosed):
		return // the dialler has given up, or the test has ended
	case err != nil:
		h.t.Errorf("SOCKS: %v", err)
		return
	}
	if h.rude.Load() {
		return
	}
	if h.silent.Load() {
		io.Copy(io.Discard, c)
		return
	}
	name, _, _ := value.Addr(target).Split()
	reply := []byte{5, 0, 0, 1, 127, 0, 0, 1, 0, 0}
	real, open := h.where("tcp " + target)
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: h.roster[user].AsSlice()}}
	switch _, known := h.roster[name]; {
	case !known:
		reply[1] = 4
	case !open:
		reply[1] = 5
	}
	if reply[1] != 0 {
		c.Write(reply)
		return
	}
	out, err := dialer.Dial("tcp4", real.String())
	if err != nil {
		h.t.Errorf("SOCKS: %v", err)
		return
	}
	h.track(out)
	defer out.Close()
	binary.BigEndian.PutUint16(reply[8:], uint16(out.LocalAddr().(*net.TCPAddr).Port))
	c.Write(reply)
	var both sync.WaitGroup
	both.Go(func() { forward(c, out.(*net.TCPConn)) })
	both.Go(func() { forward(out.(*net.TCPConn), c) })
	both.Wait()
}

func forward(from, to *net.TCPConn) {
	_, err := io.Copy(to, from)
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		for _, c := range []*net.TCPConn{from, to} {
			c.SetLinger(0)
			c.Close()
		}
	}
	to.CloseWrite()
}

// readRequest checks the greeting and the password, and returns who asks for what.
func readRequest(c io.ReadWriter) (user, target string, err error) {
	var failed error
	take := func(count int) []byte {
		p := make([]byte, count)
		if _, err := io.ReadFull(c, p); err != nil && failed == nil {
			failed = err
		}
		return p
	}
	if hello := take(3); failed == nil && [3]byte(hello) != [3]byte{5, 1, 2} {
		return "", "", fmt.Errorf("greeting % x", hello)
	}
	c.Write([]byte{5, 2})
	user = string(take(int(take(2)[1])))
	if password := string(take(int(take(1)[0]))); failed == nil && password != testPassword {
		return "", "", fmt.Errorf("password %q", password)
	}
	c.Write([]byte{1, 0})
	if head := take(4); failed == nil && [4]byte(head) != [4]byte{5, 1, 0, 3} {
		return "", "", fmt.Errorf("request % x", head)
	}
	name := string(take(int(take(1)[0])))
	return user, fmt.Sprintf("%s:%d", name, binary.BigEndian.Uint16(take(2))), failed
}
