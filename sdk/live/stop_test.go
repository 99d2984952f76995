package live_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/live"
)

// calls are all that may block. Each function prepares its call.
var calls = []struct {
	name    string
	prepare func(t *testing.T, h *host, n *live.Node) func() error
}{
	{"sleep", func(t *testing.T, h *host, n *live.Node) func() error {
		return func() error { return n.Sleep(time.Hour) }
	}},
	{"cond wait", func(t *testing.T, h *host, n *live.Node) func() error {
		c := n.NewCond()
		return func() error {
			c.Lock()
			defer c.Unlock()
			return c.Wait(time.Time{})
		}
	}},
	{"cond wait with deadline", func(t *testing.T, h *host, n *live.Node) func() error {
		c := n.NewCond()
		return func() error {
			c.Lock()
			defer c.Unlock()
			return c.Wait(n.Now().Add(time.Hour))
		}
	}},
	{"accept", func(t *testing.T, h *host, n *live.Node) func() error {
		l, err := n.Listen(0)
		ok(t, err)
		return func() error { _, err := l.Accept(); return err }
	}},
	{"dial", func(t *testing.T, h *host, n *live.Node) func() error {
		h.silent.Store(true)
		return func() error { _, err := n.DialTimeout("n2:1", time.Hour); return err }
	}},
	{"read", func(t *testing.T, h *host, n *live.Node) func() error {
		c, _ := connect(t, n, h.node("n2"))
		return func() error { _, err := c.Read(make([]byte, 1)); return err }
	}},
	{"read of an accepted connection", func(t *testing.T, h *host, n *live.Node) func() error {
		_, c := connect(t, h.node("n2"), n)
		return func() error { _, err := c.Read(make([]byte, 1)); return err }
	}},
	{"write", func(t *testing.T, h *host, n *live.Node) func() error {
		c, _ := connect(t, n, h.node("n2"))
		return func() error {
			for p := make([]byte, 1<<20); ; {
				if _, err := c.Write(p); err != nil {
					return err
				}
			}
		}
	}},
	{"copy", func(t *testing.T, h *host, n *live.Node) func() error {
		from, _ := connect(t, n, h.node("n2"))
		to, _ := connect(t, n, h.node("n2"))
		return func() error { _, err := io.Copy(to, from); return err }
	}},
	{"receive", func(t *testing.T, h *host, n *live.Node) func() error {
		p := socket(t, n)
		return func() error { _, _, err := p.ReadFrom(make([]byte, 1)); return err }
	}},
}

func TestStopEndsEveryBlockingCall(t *testing.T) {
	for _, each := range calls {
		t.Run(each.name, func(t *testing.T) {
			h := newHost(t, "n1", "n2")
			n := h.node("n1")
			call := each.prepare(t, h, n)
			var first, second error
			ended := make(chan error, 1)
			go func() {
				ended <- n.Run(func(sdk.Env) error {
					first = call()
					second = call()
					return errors.Join(first, second)
				})
			}()
			<-n.Ready()
			ok(t, n.Stop(grace))
			wantErr(t, "the call that was blocked", first, sdk.ErrStopped)
			wantErr(t, "the next call", second, sdk.ErrStopped)
			if err := <-ended; err != nil {
				t.Errorf("Run: got %v; what a component returns after the stop is a normal end", err)
			}
		})
	}
}

func TestAStoppedNodeOpensAndStartsNothing(t *testing.T) {
	h := newHost(t, "n1")
	config := h.config("n1")
	config.Directory = t.TempDir()
	n := h.start(config)
	file, err := n.Disk().Open("f")
	ok(t, err)
	l, err := n.Listen(0)
	ok(t, err)
	p := socket(t, n)
	ok(t, n.Stop(grace))
	ok(t, n.Stop(grace))

	_, listenErr := n.Listen(0)
	_, packetErr := n.ListenPacket(0)
	_, openErr := n.Disk().Open("f")
	_, sendErr := p.WriteTo(nil, p.LocalAddr())
	for what, err := range map[string]error{
		"listen": listenErr, "listen packet": packetErr, "open": openErr, "sync": file.Sync(), "send": sendErr,
	} {
		wantErr(t, what, err, sdk.ErrStopped)
	}
	n.Go(func() { t.Error("a task started") })
	n.AfterFunc(0, func() { t.Error("a timer's task started") })
	if err := n.Run(func(sdk.Env) error { t.Error("the component started"); return nil }); err != nil {
		t.Error(err)
	}
	slices.Sort(h.closed)
	if want := []string{"tcp " + l.Addr().String(), "udp " + p.LocalAddr().String()}; !slices.Equal(h.closed, want) {
		t.Errorf("the host was told that %q closed, want %q", h.closed, want)
	}
}

func waitFor(release chan struct{}) func() { return func() { <-release } }

func TestStopNamesTheTasksThatRemain(t *testing.T) {
	n := live.New(live.Config{Node: "n1"})
	release := make(chan struct{})
	wait := waitFor(release)
	n.Go(wait)
	n.Go(wait)
	n.Go(func() { n.Sleep(time.Hour) })
	err := n.Stop(10 * time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "2 tasks still run") ||
		!strings.Contains(err.Error(), "waitFor") || !strings.HasSuffix(err.Error(), " (2 times)") {
		t.Errorf("got %v, want the two tasks by name", err)
	}
	close(release)
	ok(t, n.Stop(grace))
}

func TestADiskForgetsAtTheStopWhatWasNotSynced(t *testing.T) {
	directory := t.TempDir()
	for incarnation := range 3 {
		n := live.New(live.Config{Node: "n1", Directory: directory, Incarnation: incarnation})
		f, err := n.Disk().Open("log")
		ok(t, err)
		size, err := f.Size()
		ok(t, err)
		if want := int64(incarnation); size != want {
			t.Errorf("incarnation %d: got %d bytes, want %d", incarnation, size, want)
		}
		_, err = f.WriteAt([]byte("x"), size)
		ok(t, err)
		ok(t, f.Sync())
		_, err = f.WriteAt([]byte("yz"), size)
		ok(t, err)
		ok(t, n.Stop(grace))
	}
}

func TestADiskThatCannotBeOpenedSaysWhy(t *testing.T) {
	for what, directory := range map[string]string{"no directory": "", "not a directory": "/dev/null/x"} {
		d := live.New(live.Config{Node: "n1", Directory: directory}).Disk()
		_, openErr := d.Open("f")
		_, listErr := d.List()
		for _, err := range []error{openErr, listErr, d.Remove("f"), d.Rename("f", "g")} {
			if err == nil || errors.Is(err, sdk.ErrStopped) || errors.Is(err, sdk.ErrNotExist) && directory == "" {
				t.Errorf("%s: got %v, want the reason", what, err)
			}
		}
	}
}
