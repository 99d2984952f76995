package relay

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/sdk/link"
)

// A node that closes with bytes unread resets the connection. The kernel tells a socket of a reset once: when the relay's
// writer has heard of it, its reader sees the end of the stream, and must not pass that on.
func TestAResetIsNeverPassedOnAsTheEndOfTheStream(t *testing.T) {
	for name, p := range map[string]link.Profile{"ideal": {}, "latency": {Latency: link.NewFixed(ms)}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.both(p)
			l := w.listen(80)
			for i := range 100 {
				client, server := w.connect(l, 80)
				wrote := make(chan error, 1)
				go func() {
					_, err := io.Copy(client, zeros{})
					wrote <- err
				}()
				w.until("something is unread", func() bool { return waiting(t, server) > 0 })
				server.Close()
				if err := <-wrote; !errors.Is(err, syscall.ECONNRESET) { // EPIPE: after the end
					t.Fatalf("connection %d: %v, want a reset", i, err)
				}
				client.Close()
			}
		})
	}
}

// waiting is how many bytes may be read at once.
func waiting(t *testing.T, conn *net.TCPConn) (count int) {
	raw, err := conn.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { count, _ = unix.IoctlGetInt(int(fd), unix.SIOCINQ) })
	}
	if err != nil {
		t.Fatal(err)
	}
	return count
}
