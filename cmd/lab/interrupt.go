package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
)

// repeated is how soon after the first signal another one is the same: some wrappers pass on what their group gets too.
const repeated = 300 * time.Millisecond

// interruptible returns a context that ends at Ctrl-C, when the process is asked to end, when its terminal is closed, and
// when nobody reads its output any more: then everything is torn down in order. A second Ctrl-C does not wait for scripts any more, and a
// third one for nothing; the plugins notice that and end too.
func interruptible(in, out, trouble *os.File) (ctx context.Context, s streams, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals, broken := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // by nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	// Nobody listens to these: it makes a write an error, not the end, be it to a closed pipe or beyond ulimit -f.
	signal.Notify(broken, syscall.SIGPIPE, syscall.SIGXFSZ)
	hurry, done := make(chan struct{}), make(chan struct{})
	go bug.Guarded(func() { obey(signals, done, cancel, hurry, trouble) })()
	return ctx, streams{in, &output{file: out, gone: cancel}, trouble, hurry}, sync.OnceFunc(func() {
		signal.Stop(signals)
		signal.Stop(broken)
		cancel()
		close(done)
	})
}

// obey ends the context at the first signal, closes hurry at the second one, and ends the process at the third.
func obey(signals <-chan os.Signal, done <-chan struct{}, cancel func(), hurry chan<- struct{}, trouble *os.File) {
	come := func() bool {
		select {
		case <-signals:
			return true
		case <-done:
			return false
		}
	}
	if !come() {
		return
	}
	cancel()
	select {
	case <-time.After(repeated):
	case <-done:
		return
	}
	select {
	case <-signals: // the same once more
	default:
	}
	fmt.Fprintln(trouble, "note: ending what runs; Ctrl-C again ends it at once")
	if come() {
		close(hurry)
	}
	if come() {
		bug.Exit(exitInterrupted)
	}
}
