package host

import (
	"os"
	"syscall"
)

func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func awaitExit(p *os.Process) *os.ProcessState {
	state, _ := p.Wait()
	return state
}

// hasExited: there is no looking without waiting here.
func hasExited(*os.Process) bool { return false }

// There are no groups to signal here: the process alone is meant.
func signalGroup(p *os.Process, sig os.Signal) error { return p.Signal(sig) }

func killGroup(p *os.Process) { _ = p.Kill() }

func isStop(os.Signal) bool     { return false }
func isContinue(os.Signal) bool { return false }

func endedBy(*os.ProcessState) os.Signal { return nil }
