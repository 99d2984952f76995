// Command lab runs network experiments: scripts that wire topologies of components, break them on purpose and assert
// what must hold, on real sockets or in virtual time. `lab help` lists its verbs, `lab doc` its documentation.
//
// The same binary serves the built-in kinds: the host starts it again as a plugin process.
package main

import (
	"errors"
	"os"
	"runtime/debug"
	"syscall"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/plugins"
	"github.com/netlab-dev/netlab/sdk"
)

func main() {
	if sdk.Serving() {
		sdk.Main(plugins.Builtin())
		return
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // runs are short-lived garbage: a sweep spends a tenth less on it
	}
	defer bug.Catch()
	os.Exit(command(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// command runs lab with these arguments and returns its exit code.
func command(args []string, in, out, trouble *os.File) int {
	ctx, io, stop := interruptible(in, out, trouble)
	defer stop()
	root := newRoot(io)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	missing := io.out.trouble()
	if closed := errors.Is(missing, syscall.EIO) && ctx.Err() != nil; closed {
		missing = nil // the terminal is gone, which has interrupted the command
	}
	if missing != nil {
		err = missing
	}
	return exitCode(io, err)
}
