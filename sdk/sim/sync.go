package sim

import (
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// DefaultSync is how long a sync of a file takes where nobody has said otherwise: about what a good SSD needs.
var DefaultSync = link.NewUniform(500*time.Microsecond, 1500*time.Microsecond)

// SetSync sets how long each sync of a file takes from now on, on the node of that name; "" stands for every node, also
// those added later. A result below 0 counts as 0. The draw must be valid.
func (w *World) SetSync(node string, d link.Draw) error {
	if node == "" {
		w.syncTime = d
		for _, n := range w.order {
			n.syncTime = d
		}
		return nil
	}
	n := w.nodes[node]
	if n == nil {
		return fmt.Errorf("there is no node %q", node)
	}
	n.syncTime = d
	return nil
}

// syncs are those of one file in an incarnation. How long the n-th takes depends on seed, node, incarnation, file and n
// alone.
type syncs struct {
	count int
	draws *link.Streams
}

// sync lets the time of a disk's sync pass. The node's own clock has no part in it.
func (n *Node) sync(file string) error {
	if n.stopped() {
		return sdk.ErrStopped
	}
	if d := n.inc.syncTime(file); d > 0 {
		t, err := n.enter()
		if err != nil {
			return err
		}
		t.ofDisk = true
		t.sleep(later(n.world.now, d), "sync", value.Addr(file))
	}
	n.note(noteSync, 0, 0)
	return nil
}

// syncTime draws how long the next sync of the file takes.
func (inc *incarnation) syncTime(file string) time.Duration {
	n := inc.node
	s := inc.syncs[file]
	if s == nil {
		if inc.syncs == nil {
			inc.syncs = map[string]*syncs{}
		}
		s = &syncs{draws: link.NewStreams(n.world.config.Seed, fmt.Sprintf("sync:%s#%d:%s", n.name, n.number, file))}
		inc.syncs[file] = s
	}
	s.count++
	return s.draws.Draw(s.count, n.syncTime)
}
