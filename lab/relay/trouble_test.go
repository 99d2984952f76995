package relay

import (
	"errors"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/proxy"

	"github.com/netlab-dev/netlab/sdk/link"
)

// starved lets this process open no more files from the moment at which the client's own socket is there, until fed.
func starved(t *testing.T) (dialer *net.Dialer, fed func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	fed = sync.OnceFunc(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(fed)
	none := syscall.Rlimit{Max: before.Max}
	return &net.Dialer{Deadline: time.Now().Add(patient), KeepAlive: -1, Control: func(string, string, syscall.RawConn) error {
		return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none)
	}}, fed
}

func TestWhatTheMachineRefusesIsToldAndIsNoSilence(t *testing.T) {
	w := newWorld(t)
	w.listen(80)
	dialer, fed := starved(t)
	through, err := proxy.SOCKS5("tcp", w.Socks(), &proxy.Auth{User: "a", Password: w.Password()}, impatient{dialer})
	if err != nil {
		t.Fatal(err)
	}
	dialled := make(chan error, 1)
	go func() {
		c, err := through.Dial("tcp", "b:80")
		if err == nil {
			c.Close()
		}
		dialled <- err
	}()
	select {
	case err := <-w.trouble:
		if !errors.Is(err, syscall.EMFILE) || !strings.Contains(err.Error(), "the socks endpoint cannot accept") {
			t.Errorf("told %v, want what could not be done for want of descriptors", err)
		}
	case <-time.After(patient):
		t.Fatal("nothing was told")
	}
	fed()
	if err := <-dialled; err != nil {
		t.Errorf("the dial, once there are descriptors again: %v", err)
	}
}

func TestDialsOfANodeThatStartsWaitForItsRelease(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Latency: link.NewFixed(ms)})
	w.Hold("a")
	w.Hold("a")
	dialled := make(chan error, 1)
	go func() {
		c, err := w.dialer("a", patient).Dial("tcp", "b:80")
		if err == nil {
			c.Close()
		}
		dialled <- err
	}()
	if _, err := w.dialer("a", silence).Dial("tcp", "b:80"); err == nil {
		t.Error("a node that is held has dialled")
	}
	w.listen(80) // too late for whoever does not wait
	select {
	case err := <-dialled:
		t.Fatalf("a dial of a node that is held ended with %v", err)
	default:
	}
	w.Release("a")
	w.Release("a")
	if err := <-dialled; err != nil {
		t.Errorf("the dial that has waited: %v", err)
	}
	if c, err := w.dialer("a", patient).Dial("tcp", "b:80"); err != nil {
		t.Errorf("a later dial: %v", err)
	} else {
		c.Close()
	}
}

func TestCloseEndsADialThatIsHeld(t *testing.T) {
	w := newWorld(t)
	w.listen(80)
	w.Hold("a")
	dialled := make(chan error, 1)
	go func() {
		_, err := w.dialer("a", patient).Dial("tcp", "b:80")
		dialled <- err
	}()
	w.until("the dial is under way", func() bool {
		w.Network.mu.Lock()
		defer w.Network.mu.Unlock()
		return len(w.dialing) > 0
	})
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := <-dialled; err == nil {
		t.Error("the dial was answered")
	}
}
