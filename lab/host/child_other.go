//go:build !linux

package host

import (
	"os"
	"os/exec"
	"syscall"
)

// processAttributes puts a process into a group of its own. There is no parent-death signal here: the lifeline ends a
// running process, and when the host's death orphans the group of a stopped one, the kernel hangs it up and wakes it.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// awaitExit waits for the command: there is no waiting here that leaves its id taken.
func awaitExit(cmd *exec.Cmd) error { return cmd.Wait() }

// hasExited: there is no looking without waiting here.
func hasExited(*os.Process) bool { return false }
