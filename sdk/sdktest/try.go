package sdktest

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
)

// Try carries out a check outside of `go test` and returns what it has found: nothing when the rule holds. A panic of
// the check is among the failures.
func (c Check) Try() (failures []string) {
	t := &trial{}
	t.protect(func() { c.Run(t) })
	for { // a cleanup may register another one
		t.mu.Lock()
		last := len(t.cleanups) - 1
		if last < 0 {
			t.mu.Unlock()
			break
		}
		clean := t.cleanups[last]
		t.cleanups = t.cleanups[:last]
		t.mu.Unlock()
		t.protect(clean)
	}
	return t.failures
}

// trial is a T outside of `go test`.
type trial struct {
	mu       sync.Mutex
	failures []string
	cleanups []func()
}

// protect runs f on a goroutine of its own, which Fatalf may end.
func (t *trial) protect(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if reason := recover(); reason != nil {
				t.Errorf("panic: %v\n%s", reason, debug.Stack())
			}
		}()
		f()
	}()
	<-done
}

// Helper implements T; a trial's failures name no lines.
func (t *trial) Helper() {}

// Errorf implements T. What has been found already is not told again.
func (t *trial) Errorf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Contains(t.failures, text) {
		t.failures = append(t.failures, text)
	}
}

// Fatalf implements T.
func (t *trial) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	runtime.Goexit()
}

// Cleanup implements T.
func (t *trial) Cleanup(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cleanups = append(t.cleanups, f)
}

// TempDir implements T.
func (t *trial) TempDir() string {
	dir, err := os.MkdirTemp("", "lab-test-")
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("%v", err)
		}
	})
	return dir
}
