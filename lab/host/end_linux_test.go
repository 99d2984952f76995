package host_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// dead returns an error while the process runs or is paused.
func dead(pid int) error {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	if _, state, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(state, "Z") {
		return nil // dead, and its parent's to reap
	}
	return fmt.Errorf("process %d is alive: %s", pid, stat)
}

// reaped returns an error while the process id is taken, be it by a zombie.
func reaped(pid int) error {
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil {
		return fmt.Errorf("process %d is still there", pid)
	}
	return nil
}

// awaitDeath waits for the end of a process that need not be a child of ours.
func awaitDeath(t testing.TB, pid int) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for until := time.Now().Add(patience); time.Now().Before(until); {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 1000)
		if n == 1 && err == nil {
			return
		}
	}
	t.Errorf("still there after %v: %v", patience, dead(pid))
}

func TestKillEndsAndReapsAtOnceWithDescendants(t *testing.T) {
	for _, paused := range []bool{false, true} {
		t.Run(fmt.Sprintf("paused=%v", paused), func(t *testing.T) {
			p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
			descendant, err := strconv.Atoi(ask(t, p, "descendant"))
			if err != nil {
				t.Fatal(err)
			}
			if paused {
				if err := p.Signal(syscall.SIGSTOP); err != nil {
					t.Fatal(err)
				}
			}
			p.Kill()
			if err := reaped(p.Pid()); err != nil {
				t.Error(err)
			}
			awaitDeath(t, descendant)
			if e := exit(t, p); e.Signal != syscall.SIGKILL || e.Cause != "killed by the host" {
				t.Errorf("got %+v, want SIGKILL by the host", e)
			}
			p.Kill() // again does no harm
			p.Stop()
			if err := p.Signal(syscall.SIGCONT); !errors.Is(err, os.ErrProcessDone) {
				t.Errorf("signal to the dead: %v, want %v", err, os.ErrProcessDone)
			}
		})
	}
}

func TestStopLetsThePluginEndByItself(t *testing.T) {
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
	ask(t, p, "stdin")
	p.Stop()
	if e := exit(t, p); e.Signal != nil || e.Code != 0 {
		t.Errorf("got %+v, want an exit with code 0", e)
	}
}

func TestStopKillsWhoDoesNotListen(t *testing.T) {
	t.Parallel() // it waits for a second
	for method, signal := range map[string]syscall.Signal{"hang": 0, "paused": syscall.SIGSTOP} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
			if signal == 0 {
				tell(t, p, 1, method)
			} else if err := p.Signal(signal); err != nil {
				t.Fatal(err)
			}
			p.Stop()
			if err := reaped(p.Pid()); err != nil {
				t.Error(err)
			}
			if e := exit(t, p); e.Signal != syscall.SIGKILL {
				t.Errorf("got %+v, want SIGKILL", e)
			}
		})
	}
}

func TestAPluginThatEndsItsSessionIsEnded(t *testing.T) {
	t.Parallel() // it waits for a second
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
	tell(t, p, 1, "quit")
	exit(t, p)
	if err := reaped(p.Pid()); err != nil {
		t.Error(err)
	}
}

func TestAPausedProcessGoesOnWhereItWas(t *testing.T) {
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
	for range 3 {
		if err := p.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		eventually(t, "stopped", func() bool {
			stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid()))
			return strings.Contains(string(stat), ") T ")
		})
		replies := make(chan *wire.Report, 1)
		detach := p.Attach(77, func(r *wire.Report) { replies <- r })
		tell(t, p, 77, "stdin")
		if err := p.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		<-replies
		detach()
	}
	p.Stop()
	if e := exit(t, p); e.Signal != nil {
		t.Errorf("got %+v, want a clean end: the pause is over", e)
	}
}

func TestCloseEndsProcessesThatAreRunningStartingPausedAndHanging(t *testing.T) {
	t.Parallel() // it waits for a second
	h := newHost(t, host.Options{})
	running := start(t, h, host.StartOptions{})
	paused := start(t, h, host.StartOptions{})
	hanging := start(t, h, host.StartOptions{})
	if err := paused.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	tell(t, hanging, 1, "hang")
	log := &lines{}
	failed := make(chan error)
	slow := &host.Plugin{Name: "hangs", Path: program(t, "hangs")}
	go func() {
		_, err := h.Start(slow, host.StartOptions{Log: log})
		failed <- err
	}()
	eventually(t, "the start in progress", func() bool { return strings.Contains(log.String(), "moon") })
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := <-failed; !errors.Is(err, host.ErrClosed) {
		t.Errorf("start during Close: %v, want %v", err, host.ErrClosed)
	}
	for _, p := range []*host.Process{running, paused, hanging} {
		if err := reaped(p.Pid()); err != nil {
			t.Error(err)
		}
	}
	if _, err := h.Start(slow, host.StartOptions{}); !errors.Is(err, host.ErrClosed) {
		t.Errorf("start after Close: %v, want %v", err, host.ErrClosed)
	}
}

// doomedHost starts processes, pauses one, says who they are and waits to be killed.
func doomedHost() {
	h, err := host.New(host.Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	path := os.Getenv("TEST_DOOMED_HOST")
	for i := range 4 {
		p, err := h.Start(&host.Plugin{Name: "honest", Path: path}, host.StartOptions{})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		if i == 0 {
			if err := p.Signal(syscall.SIGSTOP); err != nil {
				fmt.Println(err)
			}
		}
		fmt.Println(p.Pid())
	}
	fmt.Println(h.Dir())
	select {}
}

func TestAKilledHostLeavesNoOrphanNotEvenAPausedOne(t *testing.T) {
	place, err := os.MkdirTemp("/tmp", "lab") // short, and no other lab tidies up in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(place) })
	t.Setenv("TMPDIR", place)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "TEST_DOOMED_HOST="+program(t, "honest"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pids []int
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		pid, err := strconv.Atoi(scanner.Text())
		if err != nil {
			t.Cleanup(func() { os.RemoveAll(scanner.Text()) })
			break
		}
		if err := dead(pid); err == nil {
			t.Errorf("process %d did not even start", pid)
		}
		pids = append(pids, pid)
	}
	if len(pids) != 4 {
		t.Fatalf("got %d processes, want 4: %s", len(pids), scanner.Text())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for _, pid := range pids {
		awaitDeath(t, pid)
	}
	left := scanner.Text()
	sweeper := newHost(t, host.Options{})
	newHost(t, host.Options{})
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("what the killed host has left is still there: %v", err)
	}
	if _, err := os.Stat(sweeper.Dir()); err != nil {
		t.Errorf("the run directory of a living host was removed: %v", err)
	}
}

func TestAProcessOutlivesTheThreadThatAskedForIt(t *testing.T) {
	h := newHost(t, host.Options{})
	plugin := &host.Plugin{Name: "honest", Path: program(t, "honest")}
	type started struct {
		process *host.Process
		thread  int
	}
	result := make(chan started)
	var onThread func()
	onThread = func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, as idle threads may at any time
		thread := unix.Gettid()
		if thread == os.Getpid() { // all but the main one
			go onThread()
			return
		}
		p, err := h.Start(plugin, host.StartOptions{Name: "n1"})
		if err != nil {
			t.Error(err)
		}
		result <- started{p, thread}
	}
	go onThread()
	r := <-result
	eventually(t, "the thread's end", func() bool {
		_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", r.thread))
		return os.IsNotExist(err)
	})
	ask(t, r.process, "stdin")
}

// Fifty processes, started and ended in parallel: the budget for starting them is 0.5 s on two cores.
func BenchmarkFiftyProcesses(b *testing.B) {
	h := newHost(b, host.Options{})
	plugin := &host.Plugin{Name: "honest", Path: program(b, "honest")}
	var starting, killing time.Duration
	for b.Loop() {
		began := time.Now()
		processes := make([]*host.Process, 50)
		var all sync.WaitGroup
		for i := range processes {
			all.Go(func() {
				var err error
				if processes[i], err = h.Start(plugin, host.StartOptions{Name: "n"}); err != nil {
					b.Error(err)
				}
			})
		}
		all.Wait()
		started := time.Now()
		starting += started.Sub(began)
		for _, p := range processes {
			all.Go(p.Kill)
		}
		all.Wait()
		killing += time.Since(started)
	}
	b.ReportMetric(starting.Seconds()*1000/float64(b.N), "ms-start")
	b.ReportMetric(killing.Seconds()*1000/float64(b.N), "ms-kill")
}
