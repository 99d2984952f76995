//go:build unix && !linux

package host

import (
	"os"
	"syscall"
)

// processAttributes puts a process into a group of its own. There is no parent-death signal here: the lifeline ends a
// running process, and when the host's death orphans the group of a stopped one, the kernel hangs it up and wakes it.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// awaitExit waits for the process, and frees its id: there is no waiting without that here.
func awaitExit(p *os.Process) *os.ProcessState {
	state, _ := p.Wait()
	return state
}

// hasExited: there is no looking without waiting here.
func hasExited(*os.Process) bool { return false }
