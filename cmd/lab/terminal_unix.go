//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// keepFromStopping lets a command in the background read an error from its terminal, which ends the prompt: otherwise
// the shell would stop the whole process.
func keepFromStopping() { signal.Ignore(syscall.SIGTTIN) }
