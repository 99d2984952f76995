// Command lab runs network experiments: scripts that wire topologies of components, break them on purpose and assert
// what must hold, on real sockets or in virtual time. `lab help` lists its verbs, `lab doc` its documentation.
//
// The same binary serves the built-in kinds: the host starts it again as a plugin process.
package main

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/plugins"
	"github.com/netlab-dev/netlab/sdk/serve"
)

func main() {
	if serve.Serving() {
		serve.Main(plugins.Builtin())
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
	err := execute(ctx, newRoot(io), args)
	missing := io.out.trouble()
	if closed := errors.Is(missing, syscall.EIO) && ctx.Err() != nil; closed {
		missing = nil // the terminal is gone, which has interrupted the command
	}
	if missing != nil {
		err = missing
	}
	return exitCode(io, err)
}

func execute(ctx context.Context, root *cobra.Command, args []string) error {
	completes := len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd)
	if completes && len(args) == 1 {
		args = append(args, "") // the word that is to be completed is empty
	}
	root.SetArgs(args)
	if _, rest, err := root.Find(args); err != nil && !completes {
		return noCommand(root, rest[0])
	}
	return root.ExecuteContext(ctx)
}
