package sim

import "runtime"

// maxRefused is how many blocking calls a task may make in deferred functions while it unwinds.
const maxRefused = 1000

// unwind ends all tasks of the incarnation, in order of birth, and returns the done functions of those which were
// calls.
func (inc *incarnation) unwind() (stopped []func(bool)) {
	w := inc.node.world
	for inc.tasks.first != nil {
		t := inc.tasks.first.value
		t.born.leave()
		t.timer.stop()
		t.waits.leave()
		if t.done != nil {
			stopped = append(stopped, t.done)
		}
		if t.worker != nil && !t.ended {
			w.running(t)
			stopWorker(t.worker)
			w.running(nil)
		}
	}
	return stopped
}

// stopWorker unwinds the task of a worker, and the worker with it. Goexit runs the deferred calls and cannot be
// recovered, as a panic could; iter.Pull hands it on to whoever calls stop, so that must be a goroutine of its own.
func stopWorker(k *worker) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.stop()
	}()
	<-done
}

// refuse counts a call that came while the task unwinds. Too many of them mean a loop without end: Goexit leaves it.
func (t *task) refuse() {
	if t.refused++; t.refused > maxRefused {
		runtime.Goexit()
	}
}
