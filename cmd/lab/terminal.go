package main

import (
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// keepFromStopping lets a command in the background read an error from its terminal, which ends the prompt: otherwise
// the shell would stop the whole process.
func keepFromStopping() { signal.Ignore(syscall.SIGTTIN) }

// columns is the width of a terminal, 0 when it does not say.
func columns(terminal uintptr) int {
	size, err := unix.IoctlGetWinsize(int(terminal), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}
