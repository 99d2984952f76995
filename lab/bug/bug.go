// Package bug ends the process when lab itself is wrong. A panic that nobody expects, in whichever goroutine, is told
// as what it is, a bug in lab, with an exit code of its own; folders that no other process would remove are removed.
//
// Every goroutine of the host runs in Guarded, because a panic can only be caught in the goroutine where it happens.
// What Go calls fatal (concurrent writes of a map, the end of a stack or of memory) cannot be caught at all.
package bug

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"unicode"
)

// ExitCode is that of a process that has crashed.
const ExitCode = 70 // EX_SOFTWARE of sysexits.h

// Guarded is f for a goroutine of its own: a panic in it ends the process.
func Guarded(f func()) func() {
	return func() {
		defer Catch()
		f()
	}
}

// Catch is deferred. It ends the process when the goroutine panics, and does nothing otherwise.
func Catch() {
	reason := recover()
	if reason == nil {
		return
	}
	stack := debug.Stack()
	exit(ExitCode, func() { tell(os.Stderr, reason, stack) })
}

// Exit ends the process at once, as a crash does, but for the words: it is for whoever cannot wait for anything.
func Exit(code int) { exit(code, func() {}) }

func exit(code int, last func()) {
	ending.Lock() // for good: one crash is told, and the exit of another goroutine does not cut it short
	for clean := range cleanups {
		(*clean)()
	}
	last()
	os.Exit(code)
}

var (
	ending   sync.Mutex // guards cleanups
	cleanups = map[*func()]bool{}
)

// Cleanup has f called when the process crashes or Exit ends it, until forget is called. f must not wait for anything:
// whatever it would wait for may be what has crashed.
func Cleanup(f func()) (forget func()) {
	ending.Lock()
	defer ending.Unlock()
	cleanups[&f] = true
	return func() {
		ending.Lock()
		defer ending.Unlock()
		delete(cleanups, &f)
	}
}

// tell says what has happened, and what its authors need to know.
func tell(out io.Writer, reason any, stack []byte) {
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, fmt.Sprint(reason))
	fmt.Fprintf(out, "error: lab has crashed: %s\n", text)
	fmt.Fprintf(out, "hint: this is a bug in lab: please report it with the lines below and the script\n\n")
	fmt.Fprintf(out, "command: %q\n", os.Args)
	info, _ := debug.ReadBuildInfo()
	if info != nil {
		fmt.Fprintf(out, "lab: %s\n", info.Main.Version)
	}
	fmt.Fprintf(out, "%s %s/%s\n%s", runtime.Version(), runtime.GOOS, runtime.GOARCH, stack)
}
