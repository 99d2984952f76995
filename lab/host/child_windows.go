package host

import (
	"os"
	"os/exec"
	"syscall"
)

func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// awaitExit waits for the command: there is no waiting here that leaves its id taken.
func awaitExit(cmd *exec.Cmd) error { return cmd.Wait() }

// hasExited: there is no looking without waiting here.
func hasExited(*os.Process) bool { return false }

// There are no groups to signal here: the process alone is meant.
func signalGroup(p *os.Process, sig os.Signal) error { return p.Signal(sig) }

func killGroup(p *os.Process) { _ = p.Kill() }

func isStop(os.Signal) bool     { return false }
func isContinue(os.Signal) bool { return false }

func endedBy(*os.ProcessState) os.Signal { return nil }
