package core_test

import (
	"encoding/binary"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/plugins/raft/core"
)

// oracle watches every step of every core and panics with a violation when one of Raft's promises (figure 3.2 and
// section 3.8) is broken.
type oracle struct {
	leaders map[uint64]core.ID  // by term
	votes   map[ballot]core.ID  // durable ones
	logs    map[place]uint64    // hash of the whole log up to an entry
	nodes   []record            // by ID - 1
	commits []commitment        // index 1 first
	acked   map[string]bool     // commands resolved as committed
	lost    map[string]bool     // commands resolved as lost
	offered map[proposal]string // commands by proposal
	landed  map[string]uint64   // committed commands and their index
}

type violation string

type ballot struct {
	voter core.ID
	term  uint64
}

type place struct{ index, term uint64 }

type proposal struct {
	node core.ID
	id   uint64
}

// commitment is what was first committed at an index.
type commitment struct {
	hash uint64
	term uint64 // of the node that committed it
}

type record struct {
	chain []uint64 // hash of the log up to each index, chain[0] for none
	term  uint64   // the highest told to anybody
}

func newOracle(n int) *oracle {
	return &oracle{
		leaders: map[uint64]core.ID{}, votes: map[ballot]core.ID{}, logs: map[place]uint64{},
		nodes: make([]record, n), acked: map[string]bool{}, lost: map[string]bool{},
		offered: map[proposal]string{}, landed: map[string]uint64{},
	}
}

func (o *oracle) fail(format string, args ...any) { panic(violation(fmt.Sprintf(format, args...))) }

func link(prev uint64, e core.Entry) uint64 {
	head := binary.LittleEndian.AppendUint64(nil, prev)
	head = binary.LittleEndian.AppendUint64(head, e.Term)
	return xxhash.Sum64(append(append(head, byte(e.Kind)), e.Data...))
}

func (o *oracle) started(n *node) {
	r := &o.nodes[n.id-1]
	if n.disk.Term < r.term {
		o.fail("%s restarts in term %d, but has spoken in term %d", name(n.id), n.disk.Term, r.term)
	}
	r.chain = []uint64{0}
	o.extend(r, n.disk.Log)
}

// extend adds entries to a node's chain: two logs that agree on an entry's index and term agree up to it (3.5).
func (o *oracle) extend(r *record, entries []core.Entry) {
	for _, e := range entries {
		hash := link(r.chain[len(r.chain)-1], e)
		if seen, ok := o.logs[place{e.Index, e.Term}]; ok && seen != hash {
			o.fail("log matching: two logs differ at or before index %d of term %d", e.Index, e.Term)
		}
		o.logs[place{e.Index, e.Term}] = hash
		r.chain = append(r.chain, hash)
	}
}

func (o *oracle) stepped(w *cluster, n *node, before core.Status, out *core.Output) {
	now := n.core.Status()
	if now.Term < before.Term || now.Commit < before.Commit || now.Commit > now.Last || now.LastTerm > now.Term {
		o.fail("%s went from %+v to %+v", name(n.id), before, now)
	}
	if now.Term == before.Term && before.Vote != core.None && now.Vote != before.Vote {
		o.fail("%s changed its vote in term %d", name(n.id), now.Term)
	}
	r := &o.nodes[n.id-1]
	if p := out.Persist; p != nil && p.From > 0 {
		if before.Role == core.Leader && now.Role == core.Leader && p.From <= before.Last {
			o.fail("%s overwrites its own log as leader of term %d", name(n.id), now.Term)
		}
		r.chain = r.chain[:p.From]
		o.extend(r, p.Entries)
	}
	for _, e := range out.Events {
		switch e.Kind {
		case core.BecameLeader:
			o.elected(n, e.Term)
		case core.Violated:
			o.fail("%s in term %d: %s", name(n.id), e.Term, e.Reason)
		}
	}
	for _, e := range out.Apply {
		o.applied(w, n, e, now.Term)
	}
	for _, result := range out.Results {
		o.resolved(n, result)
	}
}

// elected checks that a term has one leader (election safety), who holds all that was committed in earlier terms
// (leader completeness) and whose vote for itself is on its disk.
func (o *oracle) elected(n *node, term uint64) {
	if other, ok := o.leaders[term]; ok && other != n.id {
		o.fail("%s and %s both lead term %d", name(other), name(n.id), term)
	}
	o.leaders[term] = n.id
	if n.disk.Term != term || n.disk.Vote != n.id {
		o.fail("%s leads term %d without its own durable vote", name(n.id), term)
	}
	chain := o.nodes[n.id-1].chain
	for i, c := range o.commits {
		if c.term < term && (i+1 >= len(chain) || chain[i+1] != c.hash) {
			o.fail("%s leads term %d without the entry committed at index %d", name(n.id), term, i+1)
		}
	}
}

// applied checks state machine safety, and that what is committed is durable on a quorum.
func (o *oracle) applied(w *cluster, n *node, e core.Entry, term uint64) {
	if want := uint64(len(n.applied)) + 1; e.Index < want {
		o.fail("%s applies index %d again", name(n.id), e.Index)
	}
	hash := o.nodes[n.id-1].chain[e.Index]
	if e.Index <= uint64(len(o.commits)) {
		if o.commits[e.Index-1].hash != hash {
			o.fail("%s applies another entry at index %d", name(n.id), e.Index)
		}
		return
	}
	if e.Index != uint64(len(o.commits))+1 {
		o.fail("%s applies index %d after %d", name(n.id), e.Index, len(o.commits))
	}
	o.commits = append(o.commits, commitment{hash, term})
	if e.Kind == core.Command {
		o.landed[string(e.Data)] = e.Index
		if o.lost[string(e.Data)] {
			o.fail("%q is committed but was called lost", e.Data)
		}
	}
	holders := 0
	for _, other := range w.nodes {
		if uint64(len(other.disk.Log)) >= e.Index && other.disk.Log[e.Index-1].Term == e.Term {
			holders++
		}
	}
	if holders <= len(w.nodes)/2 {
		o.fail("index %d is committed but durable on %d of %d nodes only", e.Index, holders, len(w.nodes))
	}
}

func (o *oracle) resolved(n *node, r core.Result) {
	command := o.offered[proposal{n.id, r.ID}]
	index, isCommitted := o.landed[command]
	switch {
	case r.Outcome == core.Committed && (!isCommitted || index != r.Index):
		o.fail("%q is called committed at %d but stands at %d", command, r.Index, index)
	case r.Outcome == core.Lost && isCommitted:
		o.fail("%q is called lost but is committed", command)
	}
	o.acked[command] = o.acked[command] || r.Outcome == core.Committed
	o.lost[command] = r.Outcome == core.Lost
}

// sends checks that a message promises nothing that a crash could take back (3.8).
func (o *oracle) sends(w *cluster, n *node, m core.Message) {
	d := n.disk
	binding := m.Type == core.Vote || m.Type == core.VoteReply || m.Type == core.AppendReply
	if binding && d.Term < m.Term {
		o.fail("%s sends %s before term %d is durable", name(n.id), describeMessage(m), m.Term)
	}
	voted := m.Type == core.VoteReply && m.OK
	if voted && d.Term == m.Term {
		if d.Vote != m.To {
			o.fail("%s tells %s of a vote that is not durable", name(n.id), name(m.To))
		}
		b := ballot{n.id, m.Term}
		if other, ok := o.votes[b]; ok && other != m.To {
			o.fail("%s votes for %s and %s in term %d", name(n.id), name(other), name(m.To), m.Term)
		}
		o.votes[b] = m.To
	}
	if m.Type == core.AppendReply && m.OK && m.Match > 0 && n.core.Status().Term == m.Term {
		memory := n.core.Log(m.Match, m.Match)[0]
		if uint64(len(d.Log)) < m.Match || d.Log[m.Match-1].Term != memory.Term {
			o.fail("%s acknowledges index %d of term %d before it is durable", name(n.id), m.Match, memory.Term)
		}
	}
	if binding {
		r := &o.nodes[n.id-1]
		r.term = max(r.term, m.Term)
	}
}
