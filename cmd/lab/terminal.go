package main

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// keepFromStopping lets a command in the background read an error from its terminal, which ends the prompt: otherwise
// the shell would stop the whole process.
func keepFromStopping() { signal.Ignore(syscall.SIGTTIN) }

// screen is the size of a terminal in letters, 0 when it does not say. The variable COLUMNS sets another width.
func screen(terminal uintptr) (columns, rows int) {
	if size, err := unix.IoctlGetWinsize(int(terminal), unix.TIOCGWINSZ); err == nil {
		columns, rows = int(size.Col), int(size.Row)
	}
	if set, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && set > 0 {
		columns = set
	}
	return columns, rows
}
