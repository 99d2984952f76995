package peers

import (
	"io"
	"log"
	"testing"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"

	"github.com/netlab-dev/netlab/plugins/raft/core"
)

// etcd is a cluster of RawNodes.
type etcd struct {
	b                 *testing.B
	together          bool
	nodes             []*raft.RawNode
	stores            []*raft.MemoryStorage
	proposals         []*raftpb.Entry // not yet offered
	queue             []*raftpb.Message
	messages, commits int
}

func newEtcd(b *testing.B, s setting) *etcd {
	b.Helper()
	e := &etcd{b: b, together: s.together}
	voters := make([]uint64, s.nodes)
	for i := range voters {
		voters[i] = uint64(i + 1)
	}
	// An empty snapshot at index 1 tells a node whom its cluster consists of.
	start := &raftpb.Snapshot{Metadata: &raftpb.SnapshotMetadata{
		ConfState: &raftpb.ConfState{Voters: voters}, Index: new(uint64(1)), Term: new(uint64(1)),
	}}
	for _, id := range voters {
		store := raft.NewMemoryStorage()
		e.check(store.ApplySnapshot(start))
		node, err := raft.NewRawNode(&raft.Config{
			ID: id, ElectionTick: 10, HeartbeatTick: 1, Storage: store, PreVote: true, CheckQuorum: true,
			MaxSizePerMsg: core.DefaultMaxBytes, MaxInflightMsgs: s.window,
			Logger: &raft.DefaultLogger{Logger: log.New(io.Discard, "", 0)},
		})
		e.check(err)
		e.nodes, e.stores = append(e.nodes, node), append(e.stores, store)
	}
	e.check(e.nodes[0].Campaign())
	e.act(1)
	e.drain()
	if state := e.nodes[0].BasicStatus().RaftState; state != raft.StateLeader {
		b.Fatalf("node 1 is %v, want it to lead", state)
	}
	return e
}

func (e *etcd) check(err error) {
	if err != nil {
		e.b.Fatal(err)
	}
}

// act does what a node asks for.
func (e *etcd) act(id uint64) {
	node, store := e.nodes[id-1], e.stores[id-1]
	for node.HasReady() {
		ready := node.Ready()
		if !raft.IsEmptyHardState(ready.HardState) {
			e.check(store.SetHardState(ready.HardState))
		}
		e.check(store.Append(ready.Entries))
		e.queue = append(e.queue, ready.Messages...)
		if id == 1 {
			for _, entry := range ready.CommittedEntries {
				if len(entry.GetData()) > 0 {
					e.commits++
				}
			}
		}
		node.Advance(ready)
	}
}

func (e *etcd) propose(command []byte) {
	e.proposals = append(e.proposals, &raftpb.Entry{Data: command})
	if !e.together {
		e.offer()
		e.act(1)
	}
}

// offer is what RawNode's Propose does, for several commands. The node copies the entries.
func (e *etcd) offer() {
	if len(e.proposals) > 0 {
		e.check(e.nodes[0].Step(&raftpb.Message{
			Type: raftpb.MsgProp.Enum(), From: new(uint64(1)), Entries: e.proposals,
		}))
		e.proposals = e.proposals[:0]
	}
}

func (e *etcd) drain() {
	if e.together {
		e.drainTogether()
		return
	}
	for i := 0; i < len(e.queue); i++ {
		e.receive(e.queue[i])
		e.act(e.queue[i].GetTo())
	}
	e.queue = e.queue[:0]
}

// drainTogether gives each node all that the others have sent, and only then lets it act.
func (e *etcd) drainTogether() {
	e.offer()
	var arrived []*raftpb.Message
	for {
		for id := range e.nodes {
			e.act(uint64(id + 1))
		}
		if len(e.queue) == 0 {
			return
		}
		arrived, e.queue = e.queue, arrived[:0]
		for _, m := range arrived {
			e.receive(m)
		}
	}
}

func (e *etcd) receive(m *raftpb.Message) {
	e.messages++
	e.check(e.nodes[m.GetTo()-1].Step(m))
}

func (e *etcd) count() (messages, commits int) { return e.messages, e.commits }
