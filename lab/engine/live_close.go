package engine

import (
	"errors"
	"os"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/env"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// barrierLimit bounds how long Events waits for what the processes have still to report.
const barrierLimit = time.Second

// Events first asks every process that listens to report all that it has emitted so far: what caused something that
// the script has seen is then among the events.
func (l *live) Events(f trace.Filter) []env.Event {
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
	return l.record.store.Select(f)
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

// late is the worst lateness so far, of the network and of Run itself.
func (l *live) late() time.Duration { return max(l.lateness, l.network.Lateness()) }

// Close stops all nodes beside each other, then the network, and removes the nodes' directories.
func (l *live) Close() (Summary, error) {
	if l.closed {
		return l.summary, nil
	}
	l.closed = true
	if l.broken == nil {
		l.broken = l.stop.get()
	}
	l.summary = Summary{Now: l.Now(), Lateness: l.late()}
	var mu sync.Mutex
	var errs []error
	var stopping sync.WaitGroup
	for _, n := range l.nodes {
		stopping.Go(func() {
			if err := n.end(l.broken != nil); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	stopping.Wait()
	errs = append(errs, l.network.Close(), os.RemoveAll(l.dir))
	return l.summary, errors.Join(errs...)
}

// endGrace is how long a process may take to answer Close: the second that its tasks have, and some more to say which
// of them remain.
const endGrace = 1500 * time.Millisecond

// end ends the node's process in good order, or at once when the run is broken or the node paused, and waits until it
// is over.
func (n *liveNode) end(atOnce bool) error {
	n.ask()
	var err error
	if atOnce || n.paused {
		n.process.Kill()
	} else if n.process.Send(&wire.Command{World: n.world, Of: &wire.Command_Close{Close: &wire.Close{}}}) == nil {
		grace := time.NewTimer(endGrace)
		defer grace.Stop()
		select {
		case c := <-n.closed:
			if c.GetError() != "" {
				err = &PluginError{c.GetError()}
			}
		case <-n.over:
		case <-grace.C:
		}
		n.process.Stop()
	}
	<-n.over
	return err
}
