package live_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/live"
)

func newNode() *live.Node { return live.New(live.Config{Node: "n1", Seed: 7}) }

func explode() { panic(io.ErrNoProgress) }

func TestAPanicInAnyTaskEndsTheNodeWithAReport(t *testing.T) {
	for name, component := range map[string]func(sdk.Env) error{
		"run":   func(sdk.Env) error { explode(); return nil },
		"task":  func(e sdk.Env) error { e.Go(explode); return e.Sleep(time.Hour) },
		"timer": func(e sdk.Env) error { e.AfterFunc(0, explode); return e.Sleep(time.Hour) },
		"task of a task": func(e sdk.Env) error {
			e.Go(func() { e.Go(explode) })
			return e.Sleep(time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode()
			before := live.Monotonic()
			err := n.Run(component)
			var p *live.Panic
			if !errors.As(err, &p) {
				t.Fatalf("got %v, want a *Panic", err)
			}
			if p.Node != "n1" || p.Value != io.ErrNoProgress || p.At < before || p.At > live.Monotonic() {
				t.Errorf("got node %q, value %v, at %v", p.Node, p.Value, p.At)
			}
			wantErr(t, "what was thrown", err, io.ErrNoProgress)
			lines := strings.Split(p.Stack, "\n")
			if !strings.HasPrefix(lines[0], "goroutine ") || !strings.Contains(lines[1], "explode") {
				t.Errorf("the stack does not begin where the panic was:\n%s", p.Stack)
			}
			wantErr(t, "sleep", n.Sleep(time.Hour), sdk.ErrStopped)
			<-n.Ready()
			<-n.Stopped()
			ok(t, n.Stop(grace))
			if n.Panicked() != p {
				t.Errorf("Panicked: got %v", n.Panicked())
			}
		})
	}
}

func TestAPanicIsReportedWhileTheComponentHangs(t *testing.T) {
	n := newNode()
	release := make(chan struct{})
	err := n.Run(func(e sdk.Env) error {
		e.Go(explode)
		<-release
		return nil
	})
	wantErr(t, "run", err, io.ErrNoProgress)
	close(release)
	ok(t, n.Stop(grace))
}

func TestRunReturnsTheComponentsErrorAndTheNodeStaysUp(t *testing.T) {
	n := newNode()
	failed := errors.New("failed")
	wantErr(t, "run", n.Run(func(sdk.Env) error { return failed }), failed)
	ok(t, n.Sleep(0))
	if err := n.Run(func(sdk.Env) error { return nil }); err == nil {
		t.Error("a node ran twice")
	}
	ok(t, n.Stop(grace))
}

func TestANodeIsReadyWhenItsRunFirstWaits(t *testing.T) {
	n := newNode()
	proceed, ended := make(chan struct{}), make(chan error, 1)
	waiting := make(chan struct{})
	go func() {
		ended <- n.Run(func(e sdk.Env) error {
			e.Go(func() {
				e.Sleep(time.Nanosecond)
				close(waiting)
			})
			<-proceed
			return e.Sleep(time.Hour)
		})
	}()
	<-waiting
	select {
	case <-n.Ready():
		t.Error("ready because a task has waited")
	default:
	}
	close(proceed)
	<-n.Ready()
	ok(t, n.Stop(grace))
	ok(t, <-ended)
}

func TestANodeIsReadyWhenItsRunHasEnded(t *testing.T) {
	n := newNode()
	ok(t, n.Run(func(sdk.Env) error { return nil }))
	<-n.Ready()
	ok(t, n.Stop(grace))
}

func TestATimerRunsItsFunctionUnlessStopped(t *testing.T) {
	n := newNode()
	ran := make(chan time.Time, 1)
	start := n.Now()
	timer := n.AfterFunc(2*time.Millisecond, func() { ran <- n.Now() })
	if at := <-ran; at.Sub(start) < 2*time.Millisecond {
		t.Errorf("ran after %v", at.Sub(start))
	}
	if timer.Stop() {
		t.Error("Stop claims to have prevented what has run")
	}
	stopped := n.AfterFunc(time.Millisecond, func() { t.Error("a stopped timer ran") })
	if stopped.Stop() {
		later := make(chan struct{})
		n.AfterFunc(5*time.Millisecond, func() { close(later) })
		<-later
	}
	ok(t, n.Stop(grace))
}

func TestSleepLastsAtLeastItsTime(t *testing.T) {
	n := newNode()
	start := n.Now()
	ok(t, n.Sleep(3*time.Millisecond))
	if took := n.Now().Sub(start); took < 3*time.Millisecond {
		t.Errorf("slept %v", took)
	}
	ok(t, n.Sleep(-time.Second))
}
