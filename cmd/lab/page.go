package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/netlab-dev/netlab/lab/markdown"
	"github.com/netlab-dev/netlab/lab/result"
)

// showPage prints Markdown: as it is where programs read it, laid out on a terminal, in a pager when it is longer than
// the screen.
func showPage(ctx context.Context, io streams, text string) error {
	if !isTerminal(io.out) {
		fmt.Fprint(io.out, result.Visible(text))
		return nil
	}
	columns, rows := screen(io.out.Fd())
	text = markdown.Terminal{Width: cmp.Or(columns, 80), Styles: os.Getenv("NO_COLOR") == ""}.Render(text)
	if program := pager(); program != "" && rows > 0 && strings.Count(text, "\n") >= rows {
		err := runPager(ctx, io, program, text)
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() < 126 {
			return err
		} // the shell has said that there is no such program
	}
	fmt.Fprint(io.out, text)
	return nil
}

// pager is a command for the shell, empty for none.
func pager() string {
	for _, name := range []string{"LAB_PAGER", "PAGER"} {
		if program, set := os.LookupEnv(name); set {
			if program == "cat" {
				return ""
			}
			return program
		}
	}
	if _, err := exec.LookPath("less"); err != nil {
		return ""
	}
	return "less -R"
}

// runPager shows the text until the user leaves the pager. Ctrl-C is then the pager's own.
func runPager(ctx context.Context, io streams, program, text string) error {
	cmd := exec.CommandContext(ctx, "sh", "-c", program)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // so that it restores the terminal
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), io.out.file, io.err
	if _, set := os.LookupEnv("LESS"); !set {
		cmd.Env = append(os.Environ(), "LESS=R") // a bare less in PAGER shows styles, too
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	signal.Ignore(os.Interrupt)
	return cmd.Wait()
}
