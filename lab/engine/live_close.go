package engine

import (
	"errors"
	"os"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/trace"
	clock "github.com/netlab-dev/netlab/sdk/live"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// barrierLimit bounds how long Events waits for what the processes have still to report.
const barrierLimit = time.Second

// Events first asks every process that listens to report all that it has emitted so far: what caused something that
// the script has seen is then among the events.
func (l *live) Events(f trace.Filter) []value.Event {
	l.barrier++
	limit := time.NewTimer(barrierLimit)
	defer limit.Stop()
	asked := l.listening()
	for _, n := range asked {
		barrier := &wire.Barrier{Id: l.barrier}
		_ = n.process.Send(&wire.Command{World: n.world, Of: &wire.Command_Barrier{Barrier: barrier}})
	}
	for _, n := range asked {
		if !n.passed(l.barrier, l.stop, limit.C) {
			break
		}
	}
	return l.record.selected(f)
}

// passed waits until the node has answered a barrier or is dead; false when there is no more time.
func (n *liveNode) passed(id int64, stop *interrupt, limit <-chan time.Time) bool {
	for {
		select {
		case got := <-n.barriers:
			if got >= id {
				return true
			}
		case <-n.over:
			return true
		case <-stop.done:
			return false
		case <-limit:
			return false
		}
	}
}

// Close stops all nodes beside each other, then the network, and removes the nodes' directories.
func (l *live) Close() (Summary, error) {
	if l.closed {
		return l.summary, nil
	}
	l.closed = true
	defer l.record.release()
	if l.broken == nil {
		l.broken = l.stop.get()
	}
	l.lateness.over.Store(int64(clock.Monotonic()))
	l.summary = Summary{Now: l.Now(), Lateness: l.late()}
	var mu sync.Mutex
	var errs []error
	var stopping sync.WaitGroup
	for _, n := range l.nodes {
		stopping.Go(bug.Guarded(func() {
			if err := n.end(l.broken != nil); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		}))
	}
	stopping.Wait()
	// A node that was starved may have told it only now.
	l.summary.Lateness = max(l.summary.Lateness, time.Duration(l.lateness.nodes.Load()))
	if l.broken == nil {
		var p Progress
		errs = append(errs, l.collect(&p))
		l.summary.Failures = p.Failures
	}
	errs = append(errs, l.network.Close(), os.RemoveAll(l.dir))
	return l.summary, errors.Join(errs...)
}

// endGrace is how long a process may take to answer Close: the second that its tasks have, and some more to say which
// of them remain.
const endGrace = 1500 * time.Millisecond

// end ends the node's process in good order, or at once when the run is broken or the node paused, and waits until it
// is over.
func (n *liveNode) end(atOnce bool) error {
	untold := n.ask()
	var err error
	if atOnce || n.paused {
		n.process.Kill()
	} else if n.process.Send(&wire.Command{World: n.world, Of: &wire.Command_Close{Close: &wire.Close{}}}) != nil {
		err = errNotClosed
	} else {
		grace := time.NewTimer(endGrace)
		defer grace.Stop()
		err = n.closing(grace.C)
		n.process.Stop()
	}
	<-n.over
	if !errors.Is(err, errNotClosed) {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if untold && !n.failed { // it had ended by itself, or was about to
		n.live.inbox.put(arrival{node: n, failure: n.processEnd(n.askedAt)})
	}
	return nil
}

// errNotClosed says that a process has ended without the answer to Close.
var errNotClosed = errors.New("ended without closing")

// closing waits for the answer to Close, and returns what is wrong with how the component has stopped.
func (n *liveNode) closing(limit <-chan time.Time) error {
	var c *wire.Closed
	select {
	case c = <-n.closed:
	case <-limit:
		return nil
	case <-n.over:
		select {
		case c = <-n.closed: // before its end
		default:
			return errNotClosed
		}
	}
	if c.GetError() != "" {
		return pluginError("%s", c.GetError())
	}
	return nil
}
