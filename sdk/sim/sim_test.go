package sim_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ms   = time.Millisecond
	long = time.Hour // longer than anything a test waits for
)

// lab is a world under test, with helpers that end the test when something is not as it should be.
type lab struct {
	*sim.World
	t *testing.T
}

func newLab(t *testing.T, cfg sim.Config, names ...string) lab {
	t.Helper()
	l := lab{sim.New(cfg), t}
	t.Cleanup(l.Close)
	for _, name := range names {
		if _, err := l.Add(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// start runs the component on the node. What it returns is a failure that noFailures finds.
func (l lab) start(node string, run func(sdk.Env) error) {
	l.t.Helper()
	if err := l.Node(node).Start(run); err != nil {
		l.t.Fatal(err)
	}
}

// idle is a component that does nothing; calls may be made on its node.
func idle(sdk.Env) error { return nil }

// call runs f on the node, lets time pass until it has returned, and returns how long it took.
func (l lab) call(node string, f func(sdk.Env)) time.Duration {
	l.t.Helper()
	begin := l.Now()
	var ended, stopped bool
	l.Node(node).Call(f, func(s bool) { ended, stopped = true, s })
	if stop := l.Run(begin+long, func() bool { return ended }); !ended {
		l.t.Fatalf("the call on %s did not end: %+v, waiting: %v", node, stop, parked(l))
	}
	l.noFailures()
	if stopped {
		l.t.Fatalf("the call on %s was stopped", node)
	}
	return l.Now() - begin
}

// run lets d pass.
func (l lab) run(d time.Duration) { l.Run(l.Now()+d, nil) }

func (l lab) noFailures() {
	l.t.Helper()
	for _, f := range l.Failures() {
		l.t.Errorf("%s failed at %v: %v\n%s", f.Node, f.At, f.Err, f.Stack)
	}
	if l.t.Failed() {
		l.t.FailNow()
	}
}

func (l lab) latency(d time.Duration) { l.SetDefault(link.Profile{Latency: link.NewFixed(d)}) }

// cut cuts both directions and returns what heals them.
func (l lab) cut(a, b string) (heal func()) {
	l.t.Helper()
	m := new(link.Meter)
	l.ok(l.AddEffect(link.Cut, a, b, m))
	l.ok(l.AddEffect(link.Cut, b, a, m))
	return func() {
		l.t.Helper()
		l.ok(l.RemoveEffect(link.Cut, a, b, m))
		l.ok(l.RemoveEffect(link.Cut, b, a, m))
	}
}

func (l lab) ok(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l lab) wantErr(what string, got, want error) {
	l.t.Helper()
	if !errors.Is(got, want) {
		l.t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

func (l lab) wantTime(what string, got, want time.Duration) {
	l.t.Helper()
	if got != want {
		l.t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// must is for components: it fails their node.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func get[T any](v T, err error) T {
	must(err)
	return v
}

// echo answers every connection and datagram on port 7 with what it was sent.
func echo(e sdk.Env) error {
	e.Go(func() {
		s := get(e.ListenPacket(7))
		b := make([]byte, sdk.MaxDatagram)
		for {
			n, from, err := s.ReadFrom(b)
			must(err)
			get(s.WriteTo(b[:n], from))
		}
	})
	ln := get(e.Listen(7))
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		e.Go(func() {
			io.Copy(c, c)
			c.Close()
		})
	}
}

func readN(c io.Reader, n int) string {
	b := make([]byte, n)
	get(io.ReadFull(c, b))
	return string(b)
}

func (l lab) wantText(what, got, want string) {
	l.t.Helper()
	if got != want {
		l.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func (l lab) wantEqual(what string, got, want any) {
	l.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		l.t.Errorf("%s: (-want +got)\n%s", what, diff)
	}
}

func parked(l lab) []sim.Parked {
	list, _ := l.Parked(1000)
	return list
}
