package host_test

import (
	"errors"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/lab/host"
)

// daemon has the plugin start a process in a session of its own and returns its id.
func daemon(t *testing.T, p *host.Process, method string) int {
	t.Helper()
	pid, err := strconv.Atoi(ask(t, p, method))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "its own session", func() bool {
		session, err := unix.Getsid(pid)
		if err != nil {
			t.Fatal(err)
		}
		return session == pid
	})
	return pid
}

func TestWhatAPluginStartsInASessionOfItsOwnEndsWithIt(t *testing.T) {
	for name, end := range map[string]func(*host.Process){
		"crash": (*host.Process).Kill,
		"stop":  (*host.Process).Stop,
		"exit":  func(p *host.Process) { tell(t, p, 1, "exit") },
		"panic": func(p *host.Process) { tell(t, p, 1, "panic") },
		"killed by somebody else": func(p *host.Process) {
			if err := syscall.Kill(p.Pid(), syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, host.Options{})
			ended, other := start(t, h, host.StartOptions{Name: "n1"}), start(t, h, host.StartOptions{Name: "n2"})
			its, others := daemon(t, ended, "daemon"), daemon(t, other, "daemon")
			end(ended)
			exit(t, ended)
			if err := reaped(its); err != nil {
				t.Error(err)
			}
			if dead(others) == nil {
				t.Error("the other plugin's is gone, too")
			}
			if err := h.Close(); err != nil {
				t.Error(err)
			}
			if err := reaped(others); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCloseEndsWhatHidesWhoseItIs(t *testing.T) {
	h := newHost(t, host.Options{})
	p := start(t, h, host.StartOptions{Name: "n1"})
	hidden := daemon(t, p, "daemon without environment")
	p.Stop()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := reaped(hidden); err != nil {
		t.Error(err)
	}
}

func TestOrphansThatEndByThemselvesAreReaped(t *testing.T) {
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
	pid := daemon(t, p, "daemon")
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "reaped", func() bool { return reaped(pid) == nil })
}

func TestAHostLeavesTheProcessesOfOthersAlone(t *testing.T) {
	before := exec.Command("sleep", "1000")
	before.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := before.Start(); err != nil {
		t.Fatal(err)
	}
	h := newHost(t, host.Options{})
	during := exec.Command("sleep", "1000")
	if err := during.Start(); err != nil {
		t.Fatal(err)
	}
	start(t, h, host.StartOptions{Name: "n1"}).Kill()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	for _, cmd := range []*exec.Cmd{before, during} {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) {
			t.Errorf("waiting for a process of somebody else: %v, want that it was killed", err)
		}
	}
}
