package live_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/sdk"
)

// withoutPrivileges runs f on a thread that may not bind ports below the system's limit. The thread ends with it.
func withoutPrivileges(t *testing.T, f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&header, &none[0]); err != nil {
			t.Error(err)
			return
		}
		f()
	}()
	<-done
}

func TestAPortThatNeedsPrivilegesIsMapped(t *testing.T) {
	limit, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	ok(t, err)
	open := strings.TrimSpace(string(limit)) == "0" // then no port needs privileges
	h := newHost(t, "n1", "n2")
	n1, n2 := h.node("n1"), h.node("n2")
	withoutPrivileges(t, func() {
		l, err := n2.Listen(7)
		if err != nil {
			t.Error(err)
			return
		}
		if real, _ := h.where("tcp n2:7"); (real.Port() == 7) != open {
			t.Errorf("it really lies at %v", real)
		}
		dialled, err := n1.Dial("n2:7")
		if err != nil {
			t.Error(err)
			return
		}
		wantText(t, "remote", dialled.RemoteAddr().String(), "n2:7")
		if _, err := l.Accept(); err != nil {
			t.Error(err)
		}
		if _, err := n2.ListenPacket(7); (err == nil) != open {
			t.Errorf("UDP port 7: got error %v", err)
		} else if !open {
			wantErr(t, "UDP port 7", err, sdk.ErrInUse)
		}
	})
}

// pipes counts the pipes this process has open: the kernel's splice needs one for each copy.
func pipes(t *testing.T) int {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	ok(t, err)
	count := 0
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, "pipe:") {
			count++
		}
	}
	return count
}

func TestACopyBetweenConnectionsStaysInTheKernel(t *testing.T) {
	h := newHost(t, "n1")
	l, err := h.node("n1").Listen(0)
	ok(t, err)
	real, _ := h.where("tcp " + l.Addr().String())
	visit := func() (net.Conn, sdk.Conn) { // from outside, so that the test's host copies nothing
		outside, err := net.Dial("tcp4", real.String())
		ok(t, err)
		t.Cleanup(func() { outside.Close() })
		accepted, err := l.Accept()
		ok(t, err)
		return outside, accepted
	}
	// The runtime keeps pipes of earlier copies for later ones: so many copies need more than it has.
	copies := pipes(t)/2 + 1
	ended := make(chan error, copies)
	var ins []net.Conn
	for range copies {
		in, from := visit()
		out, to := visit()
		go func() {
			_, err := io.Copy(to, from)
			ended <- err
		}()
		write(t, in, "through")
		wantText(t, "received", read(t, out, 7), "through")
		ins = append(ins, in)
	}
	if ends := pipes(t); ends < 2*copies {
		t.Errorf("%d ends of pipes during %d copies, want two for each", ends, copies)
	}
	for _, in := range ins {
		ok(t, in.Close())
		ok(t, <-ended)
	}
}

// A writer whose peer does not read is held back soon, and not by the megabytes of its kernel's send buffer.
func TestAWritersKernelHoldsLittle(t *testing.T) {
	h := newHost(t, "n1")
	l, err := h.node("n1").Listen(0)
	ok(t, err)
	real, _ := h.where("tcp " + l.Addr().String())
	outside, err := net.Dial("tcp4", real.String())
	ok(t, err)
	defer outside.Close()
	c, err := l.Accept()
	ok(t, err)
	ok(t, c.SetWriteDeadline(time.Now().Add(200*time.Millisecond)))
	n, err := c.Write(make([]byte, 64<<20))
	wantErr(t, "write", err, sdk.ErrTimeout)
	if n > 1<<20 {
		t.Errorf("%d bytes are written and not read, want less than a megabyte", n)
	}
}
