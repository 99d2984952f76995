package sim

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// How the frame of a task looks in a traceback: its first argument is an array, so it lies on the stack, where a
// traceback can show it. The mark tells it from chance, the other two words are the node's and the worker's number.
const (
	stackMark    = 0x1ab51ab5
	runTaskFrame = "github.com/netlab-dev/netlab/sdk/sim.runTask("
)

// looks is how often the watchdog looks at a world within its limit.
const looks = 10

// watchdog is the one goroutine of the process that looks after all worlds which want it. It lives while there are any.
var watchdog struct {
	sync.Mutex
	worlds []*World
	period time.Duration
	used   time.Duration // processor time of the process at the last look
	nudge  chan struct{} // the period has changed, or no world is left
}

// watched is what the watchdog remembers of a world. Its lock is the watchdog's.
type watched struct {
	index int // in worlds
	beat  uint64
	due   time.Duration // until the next look
	since time.Duration // what counts of the time since the last look
	kept  time.Duration // what counts of the time that a task has kept control
}

func (w *World) watch() {
	if w.config.HungAfter <= 0 {
		w.config.HungAfter = 10 * time.Second
	}
	watchdog.Lock()
	defer watchdog.Unlock()
	w.watched.index = len(watchdog.worlds)
	watchdog.worlds = append(watchdog.worlds, w)
	period := w.config.HungAfter / looks
	switch {
	case len(watchdog.worlds) == 1:
		watchdog.period, watchdog.used, watchdog.nudge = period, processorTime(), make(chan struct{}, 1)
		go look(watchdog.nudge)
	case period < watchdog.period:
		watchdog.period = period
		nudge()
	}
}

// Beat counts how often a task has got control. It may be called from any goroutine.
func (w *World) Beat() uint64 { return w.beat.Load() }

func (w *World) unwatch() {
	watchdog.Lock()
	defer watchdog.Unlock()
	last := len(watchdog.worlds) - 1
	moved := watchdog.worlds[last]
	watchdog.worlds[w.watched.index], moved.watched.index = moved, w.watched.index
	watchdog.worlds[last] = nil
	watchdog.worlds = watchdog.worlds[:last]
	if last == 0 {
		close(watchdog.nudge)
	}
}

func nudge() {
	select {
	case watchdog.nudge <- struct{}{}:
	default:
	}
}

// look is the watchdog's goroutine; nudge is closed when it is to end.
func look(nudge chan struct{}) {
	watchdog.Lock()
	period := watchdog.period
	watchdog.Unlock()
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		select {
		case _, more := <-nudge:
			if !more {
				return
			}
			watchdog.Lock()
			period = watchdog.period
			watchdog.Unlock()
			ticker.Reset(period)
		case <-ticker.C:
			for _, h := range findHung(nudge, period) {
				h.report(h.node.name, h.stacks())
			}
		}
	}
}

// hung is a node whose component keeps control.
type hung struct {
	node   *Node
	worker uint64
	report func(node, stacks string)
}

// findHung looks at every world that is due.
func findHung(mine chan struct{}, passed time.Duration) (found []hung) {
	watchdog.Lock()
	defer watchdog.Unlock()
	if watchdog.nudge != mine {
		return nil // the worlds are already another goroutine's
	}
	before := watchdog.used
	watchdog.used = processorTime()
	counts := counted(passed, watchdog.used-before)
	for _, w := range watchdog.worlds {
		d := &w.watched
		d.since += counts
		if d.due -= passed; d.due > 0 {
			continue
		}
		d.due += w.config.HungAfter / looks
		since := d.since
		d.since = 0
		beat, t := w.beat.Load(), w.current.Load()
		if t == nil || beat != d.beat {
			d.beat, d.kept = beat, 0
			continue
		}
		if d.kept += since; d.kept >= w.config.HungAfter && d.kept-since < w.config.HungAfter {
			found = append(found, hung{t.inc.node, t.worker.id, w.config.Hung})
		}
	}
	return found
}

// counted is what counts of a time for a component that keeps control: what the process has computed in it, because a busy
// machine lets it compute little. A process that does not compute at all waits, and for that all of the time counts.
func counted(passed, computed time.Duration) time.Duration {
	if computed < max(passed/200, time.Millisecond) {
		return passed
	}
	return min(passed, computed)
}

// processorTime is that of the process so far, of all its threads.
func processorTime() time.Duration {
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) != nil {
		return 0 // it never fails for the process itself
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// stacks is the stack of the task that has control, then those of the node's other tasks: one of them may hold what it
// waits for.
func (h hung) stacks() string {
	dump := make([]byte, 1<<20)
	for {
		n := runtime.Stack(dump, true)
		if n < len(dump) || len(dump) >= 64<<20 {
			dump = dump[:n]
			break
		}
		dump = make([]byte, 4*len(dump))
	}
	node := fmt.Sprintf("%s{%#x, %#x, ", runTaskFrame, stackMark, h.node.id)
	worker := fmt.Sprintf("%s%#x}", node, h.worker)
	var first, others strings.Builder
	for goroutine := range strings.SplitSeq(string(dump), "\n\n") {
		switch {
		case strings.Contains(goroutine, worker):
			first.WriteString(taskStack(goroutine))
		case strings.Contains(goroutine, node):
			others.WriteString("\nanother task of the node:\n" + taskStack(goroutine))
		}
	}
	return first.String() + others.String()
}

// taskStack cuts the frames below the task off the stack of its coroutine.
func taskStack(goroutine string) string {
	if i := strings.Index(goroutine, "\n"+runTaskFrame); i >= 0 {
		return goroutine[:i+1]
	}
	return goroutine
}
