package engine

import (
	"sync/atomic"
	"time"

	clock "github.com/netlab-dev/netlab/sdk/live"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// lateness is how late the parts of a run have been at worst, between when something was due and when it was done: the
// engine itself, the relay, which looks at the clock all the time, and the processes of the nodes.
type lateness struct {
	own   time.Duration // for the goroutine that drives the engine
	nodes atomic.Int64  // of any node's process
	over  atomic.Int64  // when the run ended, an instant of CLOCK_MONOTONIC; 0 before
}

// late is the worst lateness so far.
func (l *live) late() time.Duration {
	return max(l.lateness.own, l.network.Lateness(), time.Duration(l.lateness.nodes.Load()))
}

func (l *lateness) ofNode(d time.Duration) {
	for {
		worst := l.nodes.Load()
		if int64(d) <= worst || l.nodes.CompareAndSwap(worst, int64(d)) {
			return
		}
	}
}

// pausing is a time in which the script keeps a node's process from running, as instants of CLOCK_MONOTONIC.
type pausing struct{ from, to time.Duration }

// forever is when a pause ends that nobody has ended.
const forever = time.Duration(1<<63 - 1)

func (n *liveNode) pausedAt(from time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pauses = append(n.pauses, pausing{from, forever})
}

func (n *liveNode) resumedAt(to time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if i := len(n.pauses) - 1; i >= 0 {
		n.pauses[i].to = to
	}
}

// late notes that the process has woken too late. The time of pauses does not count, nor does what was before the run
// began or after its end, whatever the process says.
func (n *liveNode) late(m *wire.Late) {
	zero := n.live.record.began()
	due, woke := max(time.Duration(m.GetDue()), zero), min(time.Duration(m.GetWoke()), clock.Monotonic())
	if over := time.Duration(n.live.lateness.over.Load()); zero == 0 || over > 0 && due > over {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.live.lateness.ofNode(awake(due, woke, n.pauses))
}

// awake is how much of the time from due to woke lies in no pause.
func awake(due, woke time.Duration, pauses []pausing) time.Duration {
	late := woke - due
	for _, p := range pauses { // which do not overlap
		late -= max(0, min(woke, p.to)-max(due, p.from))
	}
	return max(0, late)
}
