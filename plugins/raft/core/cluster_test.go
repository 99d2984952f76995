package core_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/core"
)

// cluster carries out what cores ask for, by hand or in virtual time: the network, the disks, the timers and the
// crashes are all here. Every step of every core is checked by the oracle.
type cluster struct {
	nodes  []*node
	now    time.Duration
	flying []packet
	cuts   [][]bool // from, to
	oracle *oracle
	trace  strings.Builder
	// fate says when a message arrives, once for each copy; nil is once, after 5 ms.
	fate func(core.Message) []time.Duration
	// sync says how long a node's disk takes.
	sync  func() time.Duration
	moves int // events carried out
	sends int
	syncs int
}

type packet struct {
	due time.Duration
	m   core.Message
}

type node struct {
	id       core.ID
	cfg      core.Config
	core     *core.Core // nil while crashed
	disk     core.Durable
	writes   []write
	timers   [2]time.Duration // due; 0 is not set
	applied  []core.Entry
	nextID   uint64
	outcomes []core.Result
}

// write is under way to the disk, with the messages that wait for it.
type write struct {
	core.Write
	due   time.Duration
	after []core.Message
}

func newCluster(n int, adjust func(*core.Config)) *cluster {
	w := &cluster{oracle: newOracle(n), sync: func() time.Duration { return time.Millisecond }}
	ids := make([]core.ID, n)
	for i := range ids {
		ids[i] = core.ID(i + 1)
		w.cuts = append(w.cuts, make([]bool, n))
	}
	for _, id := range ids {
		rng := rand.New(rand.NewPCG(7, uint64(id)))
		cfg := core.Config{
			ID: id, Peers: ids, ElectionMin: 150 * time.Millisecond, Heartbeat: 50 * time.Millisecond,
			PreVote: true, CheckQuorum: true,
			Timeout: func() time.Duration { return 150*time.Millisecond + time.Duration(rng.Int64N(150e6)) },
		}
		if adjust != nil {
			adjust(&cfg)
		}
		n := &node{id: id, cfg: cfg}
		w.nodes = append(w.nodes, n)
		w.start(n)
	}
	return w
}

func (w *cluster) at(id core.ID) *node { return w.nodes[id-1] }

func (w *cluster) tracef(format string, args ...any) { fmt.Fprintf(&w.trace, format+"\n", args...) }

func (w *cluster) start(n *node) {
	boot := core.Durable{Term: n.disk.Term, Vote: n.disk.Vote, Log: slices.Clone(n.disk.Log)}
	c, err := core.New(n.cfg, boot)
	if err != nil {
		panic(err)
	}
	n.core, n.applied = c, nil
	w.oracle.started(n)
	w.step(n, core.Input{Kind: core.Start})
}

// crash loses what the disk had not finished: all of it, or all but the first keep writes.
func (w *cluster) crash(n *node, keep int) {
	for _, pending := range n.writes[:min(keep, len(n.writes))] {
		n.store(pending.Write)
	}
	n.core, n.writes, n.timers = nil, nil, [2]time.Duration{}
}

func (n *node) store(pending core.Write) {
	n.disk.Term, n.disk.Vote = pending.Term, pending.Vote
	if pending.From > 0 {
		n.disk.Log = append(n.disk.Log[:pending.From-1:pending.From-1], pending.Entries...)
	}
}

// step feeds one input to a node and carries out what it asks for.
func (w *cluster) step(n *node, in core.Input) {
	before := n.core.Status()
	out := n.core.Step(w.now, in)
	w.oracle.stepped(w, n, before, out)
	for _, e := range out.Events {
		w.tracef("%s", describeEvent(n.id, e))
	}
	n.applied = append(n.applied, out.Apply...)
	for _, r := range out.Results {
		n.outcomes = append(n.outcomes, r)
		w.tracef("%s", describeResult(n.id, r))
	}
	for _, t := range out.Timers {
		n.timers[t.Timer] = w.now + max(t.After, 1)
	}
	for _, m := range out.Now {
		w.send(n, m)
	}
	if out.Persist != nil {
		w.tracef("%s", describeWrite(n.id, *out.Persist))
		w.syncs++
		n.writes = append(n.writes, write{Write: *out.Persist, due: w.now + w.sync()})
	}
	if len(out.After) > 0 {
		tail := &n.writes[len(n.writes)-1]
		tail.after = append(tail.after, out.After...)
	}
}

func (w *cluster) send(n *node, m core.Message) {
	w.oracle.sends(w, n, m)
	w.tracef("%s", describeMessage(m))
	w.sends++
	if w.cuts[m.From-1][m.To-1] {
		return
	}
	arrivals := []time.Duration{5 * time.Millisecond}
	if w.fate != nil {
		arrivals = w.fate(m)
	}
	for _, after := range arrivals {
		w.flying = append(w.flying, packet{w.now + after, m})
	}
}

// persist finishes a node's oldest write.
func (w *cluster) persist(n *node) {
	done := n.writes[0]
	n.writes = n.writes[1:]
	n.store(done.Write)
	for _, m := range done.after {
		w.send(n, m)
	}
	w.step(n, core.Input{Kind: core.Persisted, Write: done.Number})
}

// deliver hands over the i-th packet, unless its link was cut or its target has crashed meanwhile.
func (w *cluster) deliver(i int) {
	m := w.flying[i].m
	w.flying = slices.Delete(w.flying, i, i+1)
	if to := w.at(m.To); to.core != nil && !w.cuts[m.From-1][m.To-1] {
		w.step(to, core.Input{Kind: core.Receive, Message: m})
	}
}

func (w *cluster) tick(n *node, timer core.Timer) {
	n.timers[timer] = 0
	w.step(n, core.Input{Kind: core.Tick, Timer: timer})
}

// propose offers commands and returns the number of the first.
func (w *cluster) propose(n *node, commands ...string) uint64 {
	proposals := make([]core.Proposal, len(commands))
	first := n.nextID + 1
	for i, command := range commands {
		n.nextID++
		proposals[i] = core.Proposal{ID: n.nextID, Data: []byte(command)}
		w.oracle.offered[proposal{n.id, n.nextID}] = command
	}
	w.step(n, core.Input{Kind: core.Propose, Proposals: proposals})
	return first
}

// next finds the earliest thing that is due, and returns when and how to do it; nil when nothing ever will be.
func (w *cluster) next() (due time.Duration, do func()) {
	earlier := func(at time.Duration) bool { return do == nil || at < due }
	for i := range w.flying {
		if at := w.flying[i].due; earlier(at) {
			due, do = at, func() { w.deliver(i) }
		}
	}
	for _, n := range w.nodes {
		if len(n.writes) > 0 && earlier(n.writes[0].due) {
			due, do = n.writes[0].due, func() { w.persist(n) }
		}
		for timer, at := range n.timers {
			if at > 0 && earlier(at) {
				due, do = at, func() { w.tick(n, core.Timer(timer)) }
			}
		}
	}
	return due, do
}

// run lets virtual time pass until an instant, or until the condition holds after some event.
func (w *cluster) run(until time.Duration, enough func() bool) bool {
	for {
		due, do := w.next()
		if do == nil || due > until {
			w.now = until
			return false
		}
		w.now = max(w.now, due)
		w.moves++
		do()
		if enough != nil && enough() {
			return true
		}
	}
}

// leader returns the node that leads in the highest term, nil when no running node leads.
func (w *cluster) leader() *node {
	var best *node
	for _, n := range w.nodes {
		if n.core != nil && n.core.Status().Role == core.Leader &&
			(best == nil || n.core.Status().Term > best.core.Status().Term) {
			best = n
		}
	}
	return best
}

func (w *cluster) cut(from, to core.ID, on bool) {
	w.cuts[from-1][to-1] = on
}

// isolate cuts a node from all others, or heals it.
func (w *cluster) isolate(id core.ID, on bool) {
	for _, other := range w.nodes {
		if other.id != id {
			w.cut(id, other.id, on)
			w.cut(other.id, id, on)
		}
	}
}

func (w *cluster) heal() {
	for _, row := range w.cuts {
		clear(row)
	}
}
