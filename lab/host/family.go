package host

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"github.com/netlab-dev/netlab/lab/bug"
)

// familyVariable is the environment variable that tells the members of a family apart.
const familyVariable = "LAB_FAMILY"

// family is a process that the host has started, its head, with all that descends from it, also in sessions of their
// own. The head leads a session, so that nothing that descends from it can be in ours.
type family struct {
	cmd  *exec.Cmd
	mark string // NAME=VALUE in the environment of its members, unless they have cleared that

	mu    sync.Mutex
	kin   map[int]bool // what descended from the head when it was killed; wait's alone once the head has ended
	ended bool         // the head has
}

// startFamily starts a command, on the spawning thread. The caller must call wait.
func (h *Host) startFamily(cmd *exec.Cmd) (*family, error) {
	f := &family{
		cmd: cmd, kin: map[int]bool{},
		mark: fmt.Sprintf("%s=%s.%d", familyVariable, h.dir, h.families.Add(1)),
	}
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, f.mark)
	cmd.SysProcAttr = processAttributes()
	return f, h.spawn(func() error { return orphans.start(cmd) })
}

// run runs a command to its end, or to the context's, whose cause it then returns. Nothing that the command has started
// is left.
func (h *Host) run(ctx context.Context, cmd *exec.Cmd) error {
	f, err := h.startFamily(cmd)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, bug.Guarded(func() { f.kill() }))
	defer stop()
	err = f.wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// kill ends the family at once; wait returns when it is gone. It reports whether the head was still running.
func (f *family) kill() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || hasExited(f.cmd.Process) {
		return false
	}
	f.freeze()
	killGroup(f.cmd.Process)
	return true
}

// signal sends a signal to the head and its group.
func (f *family) signal(sig os.Signal) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return os.ErrProcessDone
	}
	return signalGroup(f.cmd.Process, sig)
}

// wait returns when the head has ended by itself or was killed, and nothing of the family is left; the error is that of
// cmd.Wait. The head's process id is freed last: as long as it is taken, the group of this name is the head's own.
func (f *family) wait() error {
	err := awaitExit(f.cmd)
	f.mu.Lock()
	f.ended = true
	f.mu.Unlock()
	killGroup(f.cmd.Process)
	orphans.end(f) // which may take its time
	if f.cmd.ProcessState == nil {
		err = f.cmd.Wait()
	}
	orphans.forget(f.cmd)
	return err
}
