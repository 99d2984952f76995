package http1

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs the server on a loopback port until the test ends, which fails if a goroutine is left then.
func serve(t testing.TB, s *Server) (addr string) {
	t.Helper()
	return listen(t, func(conn net.Conn) { s.Serve(conn) })
}

// listen calls handle with each connection to a loopback port, which is closed afterwards and when the test ends.
func listen(t testing.TB, handle func(net.Conn)) (addr string) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var open []net.Conn
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			running.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		ln.Close()
		mu.Lock()
		for _, conn := range open {
			conn.Close()
		}
		mu.Unlock()
		running.Wait()
		goleak.VerifyNone(t, before)
	})
	return ln.Addr().String()
}

func dial(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.TCPConn)
}

// ask sends the text on a connection of its own, ends it, and returns all that comes back.
func ask(t testing.TB, addr, text string) (string, error) {
	t.Helper()
	conn := dial(t, addr)
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	conn.CloseWrite()
	answer, err := io.ReadAll(conn)
	return string(answer), err
}

// wire is a connection in memory: what the peer has sent, and what is sent to it, write by write.
type wire struct {
	io.Reader
	writes []string
}

func (w *wire) Write(p []byte) (int, error) {
	w.writes = append(w.writes, string(p))
	return len(p), nil
}

func (w *wire) all() string { return strings.Join(w.writes, "") }

// pieces is a peer that sends text piece by piece: each Read returns at most one. It has no Len, so a Writer must take
// it for one that blocks.
type pieces struct {
	left   []string
	onRead func(left int)
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.onRead != nil {
		p.onRead(len(p.left))
	}
	if len(p.left) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.left[0])
	if p.left[0] = p.left[0][n:]; p.left[0] == "" {
		p.left = p.left[1:]
	}
	return n, nil
}

// pattern is n bytes in which a lost or repeated piece shows.
func pattern(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		b.WriteString(strings.Repeat(string(rune('a'+i%26)), i%97))
	}
	return b.Bytes()[:n]
}
