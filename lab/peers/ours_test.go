package peers

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/core"
)

// ours is a cluster of lab's cores. Their disks are done at once, and their clocks stand still.
type ours struct {
	together          bool
	cores             []*core.Core
	proposals         []core.Proposal // not yet offered
	queue, after      []core.Message
	messages, commits int
}

func newOurs(b *testing.B, s setting) *ours {
	b.Helper()
	o := &ours{together: s.together}
	ids := make([]core.ID, s.nodes)
	for i := range ids {
		ids[i] = core.ID(i + 1)
	}
	for _, id := range ids {
		c, err := core.New(core.Config{
			ID: id, Peers: ids, ElectionMin: time.Second, Heartbeat: time.Millisecond, PreVote: true, CheckQuorum: true,
			Timeout: func() time.Duration { return time.Second }, MaxInflight: s.window,
		}, core.Durable{})
		if err != nil {
			b.Fatal(err)
		}
		o.cores = append(o.cores, c)
		o.step(id, core.Input{Kind: core.Start})
	}
	o.step(1, core.Input{Kind: core.Campaign})
	o.drain()
	if role := o.cores[0].Status().Role; role != core.Leader {
		b.Fatalf("node 1 is %v, want it to lead", role)
	}
	return o
}

func (o *ours) step(id core.ID, in core.Input) {
	out := o.cores[id-1].Step(0, in)
	o.queue = append(o.queue, out.Now...)
	if id == 1 {
		o.commits += len(out.Results)
	}
	if out.Persist != nil {
		after := append(o.after[:0], out.After...)
		o.step(id, core.Input{Kind: core.Persisted, Write: out.Persist.Number})
		o.queue = append(o.queue, after...)
		o.after = after
	}
}

func (o *ours) propose(command []byte) {
	o.proposals = append(o.proposals, core.Proposal{Data: command})
	if !o.together {
		o.offer()
	}
}

func (o *ours) offer() {
	if len(o.proposals) > 0 {
		o.step(1, core.Input{Kind: core.Propose, Proposals: o.proposals})
		o.proposals = o.proposals[:0]
	}
}

func (o *ours) drain() {
	o.offer()
	for i := 0; i < len(o.queue); i++ {
		o.messages++
		o.step(o.queue[i].To, core.Input{Kind: core.Receive, Message: o.queue[i]})
	}
	o.queue = o.queue[:0]
}

func (o *ours) count() (messages, commits int) { return o.messages, o.commits }
