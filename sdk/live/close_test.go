package live

import (
	"errors"
	"net"
	"testing"
	"time"
)

// TestADeadlineSetWhileASocketIsClosedIsNotKept holds up a Close where it forgets the deadlines: by then the socket must
// refuse others, or one that is set at this moment would stay with the node's clock for good.
func TestADeadlineSetWhileASocketIsClosedIsNotKept(t *testing.T) {
	n := New(Config{Node: "n1"})
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	tcp, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c, err := n.newConn(tcp.(*net.TCPConn), "n1:1", "n2:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := tcp.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	c.deadlines.mu.Lock()
	closed := make(chan error)
	go func() { closed <- c.Close() }()
	if _, err := tcp.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the socket is open while its deadlines are forgotten: %v", err)
	}
	c.deadlines.mu.Unlock()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(time.Hour)); err == nil || len(n.timing.waits) > 0 {
		t.Errorf("setting a deadline answered %v, and %d wait", err, len(n.timing.waits))
	}
}
