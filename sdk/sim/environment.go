package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/disk"
	"github.com/netlab-dev/netlab/sdk/value"
)

var _ sdk.Env = (*Node)(nil)

// Node is the name of the node.
func (n *Node) Node() string { return n.name }

// Nodes are the names of all nodes so far, in the order of adding.
func (n *Node) Nodes() []string { return slices.Clone(n.world.names) }

// Peers are the names of the nodes added together with this one, sorted.
func (n *Node) Peers() []string { return slices.Clone(n.peers) }

// Sleep parks the task for d. With d of 0 or less other steps of the instant still come first.
func (n *Node) Sleep(d time.Duration) error {
	t, err := n.enter()
	if err != nil {
		return err
	}
	t.sleep(n.after(d), "sleep", nil)
	return nil
}

// Go makes f a task, which begins once the running one has parked.
func (n *Node) Go(f func()) {
	if !n.stopped() {
		n.inc.spawn(f)
	}
}

// Rand is the random source of the incarnation.
func (n *Node) Rand() *rand.Rand {
	if t := n.world.current.Load(); n.inc == nil || t != nil && t.look && t.acts() {
		return n.random()
	}
	if n.inc.rand == nil {
		n.inc.rand = n.random()
	}
	return n.inc.rand
}

// Disk is the node's storage. It outlives the incarnation, as far as it was synced.
func (n *Node) Disk() sdk.Disk {
	inc := n.inc
	if inc.disk != nil {
		return inc.disk
	}
	if n.files == nil {
		if n.world.config.Disk != nil {
			n.files = n.world.config.Disk(n.name)
		} else {
			n.files = disk.Memory()
		}
	}
	inc.disk = disk.New(n.files, disk.Options{Sync: n.sync})
	if inc.dead {
		inc.disk.Crash()
	}
	return inc.disk
}

// Log writes to Config.Log, whose lines say neither node nor time: who takes them adds both.
func (n *Node) Log() hclog.Logger {
	if n.log != nil {
		return n.log
	}
	n.log = hclog.NewNullLogger()
	if n.world.config.Log != nil {
		if out := n.world.config.Log(n.name); out != nil {
			n.log = hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: out, DisableTime: true})
		}
	}
	return n.log
}

// cond implements sdk.Cond. One task runs at a time, so its lock has nothing to do.
type cond struct {
	node    *Node
	waiting list[*task]
}

// NewCond makes a condition variable.
func (n *Node) NewCond() sdk.Cond { return &cond{node: n} }

// Cause is what the task that has control follows from, and Follow says that it is something else. A mailbox, which is
// made of a Cond, so takes its letters along with their causes.
func (c *cond) Cause() value.Cause { return c.node.world.network.Cause }

// Follow says what the running task now follows from.
func (c *cond) Follow(cause value.Cause) { c.node.world.follow(cause, c.node.world.network.Cause) }

func (c *cond) Lock() {}

func (c *cond) Unlock() {}

func (c *cond) Wait(deadline time.Time) error {
	t, err := c.node.enter()
	if err != nil {
		return err
	}
	until := c.node.instant(deadline)
	if until < c.node.world.now || t.wait(&c.waiting, until, "wait for a signal", nil) {
		return sdk.ErrTimeout
	}
	return nil
}

func (c *cond) Signal() {
	if c.waiting.count > 0 && !c.node.stopped() {
		wakeFirst(&c.waiting)
	}
}

func (c *cond) Broadcast() {
	if c.waiting.count > 0 && !c.node.stopped() {
		wakeAll(&c.waiting)
	}
}
