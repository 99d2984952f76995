package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/core"
)

// loop is the least that carries cores: one queue of messages, disks that are done at once, no clock.
type loop struct {
	cores    []*core.Core
	queue    []core.Message
	spare    []core.Message
	messages int
	commits  int // results at node 1
}

func newLoop(b testing.TB, n int) *loop {
	l := &loop{}
	ids := make([]core.ID, n)
	for i := range ids {
		ids[i] = core.ID(i + 1)
	}
	for _, id := range ids {
		c, err := core.New(core.Config{
			ID: id, Peers: ids, ElectionMin: time.Second, Heartbeat: time.Millisecond, PreVote: true, CheckQuorum: true,
			Timeout: func() time.Duration { return time.Second },
		}, core.Durable{})
		if err != nil {
			b.Fatal(err)
		}
		l.cores = append(l.cores, c)
		l.step(id, core.Input{Kind: core.Start})
	}
	l.step(1, core.Input{Kind: core.Campaign})
	l.drain()
	if l.cores[0].Status().Role != core.Leader {
		b.Fatal("node 1 does not lead")
	}
	return l
}

func (l *loop) step(id core.ID, in core.Input) {
	out := l.cores[id-1].Step(0, in)
	l.queue = append(l.queue, out.Now...)
	l.commits += len(out.Results)
	if out.Persist != nil {
		after := append(l.spare[:0], out.After...)
		l.step(id, core.Input{Kind: core.Persisted, Write: out.Persist.Number})
		l.queue = append(l.queue, after...)
		l.spare = after
	}
}

func (l *loop) drain() {
	for i := 0; i < len(l.queue); i++ {
		l.messages++
		l.step(l.queue[i].To, core.Input{Kind: core.Receive, Message: l.queue[i]})
	}
	l.queue = l.queue[:0]
}

// BenchmarkCommits offers 64-byte commands, so many at a time, and reports how many messages a second the cores handle,
// and allocations per message.
func BenchmarkCommits(b *testing.B) {
	for _, n := range []int{3, 5} {
		for _, outstanding := range []int{1, 64} {
			b.Run(fmt.Sprintf("nodes=%d/outstanding=%d", n, outstanding), func(b *testing.B) {
				l := newLoop(b, n)
				command := make([]byte, 64)
				proposal := make([]core.Proposal, 1)
				l.messages, l.commits = 0, 0
				b.ReportAllocs()
				for offered := 0; l.commits < b.N; {
					for ; offered < b.N && offered-l.commits < outstanding; offered++ {
						proposal[0] = core.Proposal{ID: uint64(offered), Data: command}
						l.step(1, core.Input{Kind: core.Propose, Proposals: proposal})
					}
					l.drain()
				}
				b.ReportMetric(float64(l.messages)/b.Elapsed().Seconds(), "msg/s")
				b.ReportMetric(float64(l.messages)/float64(b.N), "msg/commit")
			})
		}
	}
}

// Growing logs and buffers aside, a message costs nothing: eight messages make a commit with three nodes.
func TestMessagesCostNoAllocation(t *testing.T) {
	l := newLoop(t, 3)
	proposal := []core.Proposal{{Data: make([]byte, 64)}}
	allocations := testing.AllocsPerRun(10000, func() {
		l.step(1, core.Input{Kind: core.Propose, Proposals: proposal})
		l.drain()
	})
	if allocations > 1 || l.commits < 10000 {
		t.Errorf("%v allocations for a commit of 8 messages, %d commits", allocations, l.commits)
	}
}
