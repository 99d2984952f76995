package host

import (
	"fmt"
	"os"
	"syscall"
)

// signalGroup sends a signal to all processes of p's group.
func signalGroup(p *os.Process, sig os.Signal) error {
	number, ok := sig.(syscall.Signal)
	if !ok {
		return fmt.Errorf("signal %v: not one of this system", sig)
	}
	return syscall.Kill(-p.Pid, number)
}

func killGroup(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
}

// isStop tells whether the signal pauses a process, isContinue whether it ends the pause.
func isStop(sig os.Signal) bool     { return sig == syscall.SIGSTOP }
func isContinue(sig os.Signal) bool { return sig == syscall.SIGCONT }

// endedBy returns the signal that has ended a process, or nil.
func endedBy(state *os.ProcessState) os.Signal {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return status.Signal()
	}
	return nil
}
