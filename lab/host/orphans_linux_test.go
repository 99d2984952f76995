package host

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// newOrphan starts a process whose parent ends at once.
func newOrphan(t *testing.T) (pid int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pid")
	cmd := exec.Command("setsid", "sh", "-c", fmt.Sprintf("sleep 1000 & echo $! > %s", file))
	if err := orphans.start(cmd); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	orphans.forget(cmd)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err == nil {
		pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
	}
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestProcessesStartWhileOrphansAreEnded(t *testing.T) {
	if err := orphans.open(); err != nil {
		t.Fatal(err)
	}
	pid := newOrphan(t)
	asked := false
	err := orphans.endAll(func(candidate int) bool {
		if candidate != pid || asked {
			return false
		}
		asked = true
		for _, lock := range []*sync.Mutex{&orphans.mu, &orphans.gate} { // as starting a process and opening a host do
			if !lock.TryLock() {
				t.Fatal("a lock is held while somebody looks whose an orphan is")
			}
			lock.Unlock()
		}
		return true
	})
	if err != nil || !asked {
		t.Errorf("asked for process %d: %v; %v", pid, asked, err)
	}
	if err := orphans.close(); err != nil {
		t.Error(err)
	}
	if _, session := look(pid); session != 0 {
		t.Errorf("process %d is still there", pid)
	}
}

func TestTheEndOfAnOutputBeginsWithAWholeLetter(t *testing.T) {
	o := &output{}
	whole := strings.Repeat("x", tailSize-1)
	o.keep([]byte("ä" + whole))
	if tail, _ := o.said(); tail != whole {
		t.Errorf("kept %d bytes, beginning with %q", len(tail), tail[:2])
	}
}

func TestHostsOpenWhileTheLastOneCloses(t *testing.T) {
	var hosts sync.WaitGroup
	for range 8 {
		hosts.Go(func() {
			for range 100 {
				if err := orphans.open(); err != nil {
					t.Error(err)
				}
				if err := orphans.close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	hosts.Wait()
	var reaper int32
	err := unix.Prctl(unix.PR_GET_CHILD_SUBREAPER, uintptr(unsafe.Pointer(&reaper)), 0, 0, 0)
	if err != nil || reaper != 0 {
		t.Errorf("takes in orphans: %d, %v; want 0", reaper, err)
	}
	if !orphans.unused() || orphans.events != nil {
		t.Error("something is left open")
	}
}
