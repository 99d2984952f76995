package host

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/lab/bug"
)

// orphanLimit is how long the end of killed orphans may take. One that hangs in the kernel, or a chain of processes each
// of which starts the next and ends, is left behind.
const orphanLimit = 5 * time.Second

// orphans are the processes that descend from plugins and have lost their parents: the kernel gives them to this
// process, as long as a Host is open. It must end and reap them; nobody else will. What is told from an orphan:
//   - the heads of families, which their own waits reap;
//   - all in this process's own session: a family has another one, so it is somebody else's, who waits for it;
//   - children that this process had before it opened a Host.
//
// A process that this one starts in a session of its own otherwise than by startFamily would be taken for an orphan.
var orphans orphanage

type orphanage struct {
	gate    sync.Mutex // for what follows; not held while orphans are awaited
	hosts   int
	events  chan os.Signal
	reaping sync.WaitGroup

	mu      sync.Mutex
	heads   map[int]bool
	foreign atomic.Pointer[map[int]bool]
}

// open begins to take in orphans.
func (o *orphanage) open() error {
	o.gate.Lock()
	defer o.gate.Unlock()
	if o.hosts > 0 || o.events != nil { // the last one may still be closing
		o.hosts++
		return nil
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("take in orphans: %w", err)
	}
	o.hosts = 1
	foreign := map[int]bool{}
	for _, pid := range childrenOf(os.Getpid()) {
		foreign[pid] = true
	}
	o.foreign.Store(&foreign)
	o.heads = map[int]bool{}
	o.events = make(chan os.Signal, 1)
	signal.Notify(o.events, unix.SIGCHLD)
	o.reaping.Go(bug.Guarded(func() { o.reap(o.events) }))
	return nil
}

// close ends all orphans when the last Host is closed, whatever their marks. A Host that is opened meanwhile takes over
// what is left.
func (o *orphanage) close() error {
	o.gate.Lock()
	o.hosts--
	o.gate.Unlock()
	if !o.unused() {
		return nil
	}
	err := o.endAll(func(int) bool { return o.unused() })
	o.gate.Lock()
	defer o.gate.Unlock()
	if o.hosts > 0 || o.events == nil { // another one that was the last has been faster
		return err
	}
	signal.Stop(o.events)
	close(o.events)
	o.reaping.Wait()
	o.events = nil
	return errors.Join(err, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0))
}

// unused tells that no Host is open.
func (o *orphanage) unused() bool {
	o.gate.Lock()
	defer o.gate.Unlock()
	return o.hosts == 0
}

// reap frees the ids of orphans that end by themselves.
func (o *orphanage) reap(events <-chan os.Signal) {
	for range events {
		o.mu.Lock()
		o.living()
		o.mu.Unlock()
	}
}

func (o *orphanage) start(cmd *exec.Cmd) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	err := cmd.Start()
	if err == nil {
		o.heads[cmd.Process.Pid] = true
	}
	return err
}

// forget is called when a head has been waited for.
func (o *orphanage) forget(cmd *exec.Cmd) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.heads, cmd.Process.Pid)
}

// end ends the orphans of a family. Those whose environment does not tell are ended with the last Host.
func (o *orphanage) end(f *family) {
	_ = o.endAll(func(pid int) bool {
		if !f.kin[pid] && !marked(pid, f.mark) {
			return false
		}
		f.noteKin(pid)
		return true
	})
}

// endAll kills the orphans that are chosen, and those that their death makes, and returns when they are gone. Neither
// the choice nor the wait holds a lock.
func (o *orphanage) endAll(chosen func(pid int) bool) error {
	limit := time.Now().Add(orphanLimit)
	for {
		victims := o.hold()
		for pid, fd := range victims {
			if !chosen(pid) || unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) != nil { // such as one of another user
				_ = unix.Close(fd)
				delete(victims, pid)
			}
		}
		var err error
		for pid, fd := range victims {
			if err == nil && !awaitEnd(fd, limit) {
				err = fmt.Errorf("process %d, started by a plugin, does not end: it is left behind", pid)
			}
			_ = unix.Close(fd)
		}
		if err != nil || len(victims) == 0 {
			return err
		}
	}
}

// hold returns the orphans that run, each with a descriptor that means this process, whoever gets its id.
func (o *orphanage) hold() map[int]int {
	held := map[int]int{}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, pid := range o.living() {
		if fd, err := unix.PidfdOpen(pid, 0); err == nil {
			held[pid] = fd
		}
	}
	return held
}

// living returns the orphans that run, and reaps those that have ended. Called with mu held.
func (o *orphanage) living() (pids []int) {
	own, err := unix.Getsid(0)
	if err != nil {
		return nil
	}
	for _, pid := range childrenOf(os.Getpid()) {
		if o.heads[pid] || (*o.foreign.Load())[pid] {
			continue
		}
		switch state, session := look(pid); {
		case session == own || session == 0:
		case state == "Z":
			_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
		default:
			pids = append(pids, pid)
		}
	}
	return pids
}

// killAll kills all families and orphans, and waits for nothing, not even a lock.
func (o *orphanage) killAll() {
	own, err := unix.Getsid(0)
	foreign := o.foreign.Load()
	all := &family{kin: map[int]bool{}}
	all.noteKin(os.Getpid())
	for pid := range all.kin {
		if _, session := look(pid); err == nil && session != 0 && session != own && !(*foreign)[pid] {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
}

// freeze stops the head, so that it has no time to end in order or to start more, and notes all that descends from it.
func (f *family) freeze() {
	_ = signalGroup(f.cmd.Process, unix.SIGSTOP)
	f.noteKin(f.cmd.Process.Pid)
}

// noteKin notes all that descends from a process.
func (f *family) noteKin(pid int) {
	for _, child := range childrenOf(pid) {
		if !f.kin[child] {
			f.kin[child] = true
			f.noteKin(child)
		}
	}
}

// childrenOf returns the ids of a process's children.
func childrenOf(pid int) (pids []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, path := range lists {
		list, _ := os.ReadFile(path) // a thread may have ended by now
		for _, word := range strings.Fields(string(list)) {
			if child, err := strconv.Atoi(word); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

// look returns the state of a process and its session, 0 when there is no such process.
func look(pid int) (state string, session int) {
	fields := stat(pid)
	if fields == nil {
		return "", 0
	}
	session, _ = strconv.Atoi(fields[3])
	return fields[0], session
}

// stat returns what the kernel says of a process from its state on (proc(5), fields 3 to 52), nil when there is none.
func stat(pid int) []string { return statOf(fmt.Sprintf("/proc/%d", pid)) }

// statOf is stat of the process or thread in that folder.
func statOf(folder string) []string {
	text, _ := os.ReadFile(filepath.Join(folder, "stat"))
	_, rest, _ := strings.Cut(string(text[max(0, bytes.LastIndexByte(text, ')')):]), ") ")
	if fields := strings.Fields(rest); len(fields) >= 50 {
		return fields
	}
	return nil
}

// marked tells whether a process was started with the variable in its environment. While it begins another program it
// has none.
func marked(pid int, variable string) bool {
	const environmentStart = 47 // field 50
	for limit := time.Now().Add(orphanLimit); time.Now().Before(limit); awaitDeath(pid, time.Now().Add(time.Millisecond)) {
		environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if len(environment) > 0 || err != nil {
			return strings.Contains("\x00"+string(environment), "\x00"+variable+"\x00")
		}
		if fields := stat(pid); fields == nil || fields[0] == "Z" || fields[environmentStart] != "0" {
			return false
		}
	}
	return false
}

// awaitDeath waits until a child of this process has ended; false when that takes too long.
func awaitDeath(pid int, limit time.Time) bool {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return errors.Is(err, syscall.ESRCH)
	}
	defer unix.Close(fd)
	return awaitEnd(fd, limit)
}

// awaitEnd is awaitDeath for a process's descriptor.
func awaitEnd(fd int, limit time.Time) bool {
	for {
		left := time.Until(limit)
		if left <= 0 {
			return false
		}
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(left.Milliseconds())+1)
		if n == 1 {
			return true
		}
		if err != nil && err != unix.EINTR {
			return false
		}
	}
}
