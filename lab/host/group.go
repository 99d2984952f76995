package host

import (
	"fmt"
	"os/exec"
	"syscall"
)

// group is a process group that does not outlive the host. Its first member waits for the host's end, on the lifeline,
// and then kills the group: a parent-death signal would end a command, but not what the command has started.
type group struct{ guard *exec.Cmd }

func (h *Host) newGroup() (*group, error) {
	guard := exec.Command("/bin/sh", "-c", "read _ <&3; kill -9 0") // reads end of file; 0 is its own group
	guard.ExtraFiles = h.lifeline.files()
	guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := guard.Start(); err != nil {
		return nil, fmt.Errorf("a guard for the go command: %w", err)
	}
	return &group{guard}, nil
}

// join puts a command into the group when it starts.
func (g *group) join(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: g.guard.Process.Pid}
}

// kill ends all members. It may be called until end is.
func (g *group) kill() error { return syscall.Kill(-g.guard.Process.Pid, syscall.SIGKILL) }

// end ends all members and frees the group's number.
func (g *group) end() {
	_ = g.kill()
	_ = g.guard.Wait()
}
