package host

import (
	"bytes"
	"context"
	"os/exec"
	"time"
)

// goCommand runs a go command in a directory. With everything it starts it ends when ctx does, and when the host does,
// however that ends. Its temporary files are in the run directory, which goes with the host or at the next one's start.
func (h *Host) goCommand(ctx context.Context, dir string, env []string, command string, args ...string) (out, trouble []byte, err error) {
	group, err := h.newGroup()
	if err != nil {
		return nil, nil, err
	}
	defer group.end()
	cmd := exec.CommandContext(ctx, command, args...)
	group.join(cmd)
	cmd.Cancel = group.kill
	cmd.WaitDelay = time.Second // for what has left the group and holds the output
	cmd.Dir = dir
	cmd.Env = append(env, "TMPDIR="+h.dir, "GOTMPDIR="+h.dir) // the C compiler knows the first only
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.Bytes(), bytes.TrimSpace(stderr.Bytes()), err
}
