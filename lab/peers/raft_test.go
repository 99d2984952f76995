package peers

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/core"
)

const (
	commandSize = 64
	commits     = 20000 // in a round
)

// cluster is a group of Raft nodes in one goroutine, with node 1 as its leader.
type cluster interface {
	propose(command []byte) // to the leader
	drain()                 // carries messages until there are none
	count() (messages, commits int)
}

// setting is what both sides have in common.
type setting struct {
	nodes    int
	window   int  // messages under way to a node before its answer
	together bool // act once on all that is there, as far as the side can, not on one thing after the other
}

func BenchmarkRaft(b *testing.B) {
	for _, nodes := range []int{3, 5} {
		for _, c := range []struct{ outstanding, window int }{
			{1, core.DefaultMaxInflight}, {64, core.DefaultMaxInflight}, {64, 256},
		} {
			b.Run(fmt.Sprintf("nodes=%d/outstanding=%d/window=%d", nodes, c.outstanding, c.window), func(b *testing.B) {
				single, together := setting{nodes, c.window, false}, setting{nodes, c.window, true}
				done := rounds(b,
					func() run { return commit(newOurs(b, single), c.outstanding) },
					func() run { return commit(newEtcd(b, single), c.outstanding) },
					func() run { return commit(newOurs(b, together), c.outstanding) },
					func() run { return commit(newEtcd(b, together), c.outstanding) },
				)
				report(b, done, "allocs/msg", func(r []run) float64 { return r[0].allocations() })
				report(b, done, "peer-allocs/msg", func(r []run) float64 { return r[1].allocations() })
				reportRaft(b, done, "", 0, 1)
				reportRaft(b, done, "together-", 2, 3)
			})
		}
	}
}

// run is what it took to commit a round's commands.
type run struct {
	messages, mallocs int
	took              time.Duration
}

func (r run) messageRate() float64 { return float64(r.messages) / r.took.Seconds() }
func (r run) commitRate() float64  { return commits / r.took.Seconds() }
func (r run) allocations() float64 { return float64(r.mallocs) / float64(r.messages) }

// commit lets a new cluster commit commands, so many at a time.
func commit(c cluster, outstanding int) run {
	command := make([]byte, commandSize)
	earlier, already := c.count()
	var before, after runtime.MemStats
	runtime.GC() // so that nobody pays for what another has left
	runtime.ReadMemStats(&before)
	began := time.Now()
	for offered, committed := 0, 0; committed < commits; {
		for ; offered < commits && offered-committed < outstanding; offered++ {
			c.propose(command)
		}
		c.drain()
		_, total := c.count()
		committed = total - already
	}
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	messages, _ := c.count()
	return run{messages - earlier, int(after.Mallocs - before.Mallocs), took}
}

func reportRaft(b *testing.B, done [][]run, prefix string, ours, peer int) {
	b.Helper()
	perCommit := func(r run) float64 { return float64(r.messages) / commits }
	report(b, done, prefix+"msg/s", func(r []run) float64 { return r[ours].messageRate() })
	report(b, done, prefix+"peer-msg/s", func(r []run) float64 { return r[peer].messageRate() })
	report(b, done, prefix+"msg/commit", func(r []run) float64 { return perCommit(r[ours]) })
	report(b, done, prefix+"peer-msg/commit", func(r []run) float64 { return perCommit(r[peer]) })
	report(b, done, prefix+"x-peer", func(r []run) float64 { return r[ours].messageRate() / r[peer].messageRate() })
	report(b, done, prefix+"commits-x-peer", func(r []run) float64 { return r[ours].commitRate() / r[peer].commitRate() })
}
