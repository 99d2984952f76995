package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// interruptible returns a context that ends at Ctrl-C, when the process is asked to end, and when nobody reads its
// output any more: then everything is torn down in order. At a second Ctrl-C the process ends at once; its plugins
// notice that and end too.
func interruptible(io streams) (ctx context.Context, watched streams, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// Somebody who listens for it makes a write to a closed pipe an error instead of the end of the process.
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		for asked := false; ; asked = true {
			select {
			case <-signals:
				if asked {
					os.Exit(exitInterrupted)
				}
				cancel()
			case <-done:
				return
			}
		}
	}()
	if out, ok := io.out.(*os.File); ok {
		io.out = &readByOthers{file: out, gone: cancel}
	}
	return ctx, io, sync.OnceFunc(func() {
		signal.Stop(signals)
		signal.Stop(broken)
		cancel()
		close(done)
	})
}

// readByOthers is standard output. gone is called when its reader has closed it, as head does.
type readByOthers struct {
	file *os.File
	gone func()
}

func (w *readByOthers) Write(text []byte) (int, error) {
	n, err := w.file.Write(text)
	if errors.Is(err, syscall.EPIPE) {
		w.gone()
	}
	return n, err
}

// Fd tells whether it is a terminal.
func (w *readByOthers) Fd() uintptr { return w.file.Fd() }
