package main

import (
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// keepFromStopping lets a command in the background read an error from its terminal, which ends the prompt: otherwise
// the shell would stop the whole process.
func keepFromStopping() { signal.Ignore(syscall.SIGTTIN) }

// screen is the size of a terminal in letters, 0 when it does not say.
func screen(terminal uintptr) (columns, rows int) {
	size, err := unix.IoctlGetWinsize(int(terminal), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	return int(size.Col), int(size.Row)
}
