// Package raft is the kind "raft": a replicated log by the Raft algorithm (Ongaro, "Consensus: Bridging Theory and
// Practice", 2014), in ordinary blocking style. The algorithm is package core, a pure state machine; here is what
// surrounds it: datagrams (message.go), the disk (journal.go, record.go), one loop that feeds inputs to the core and
// carries out its outputs (node.go), and what scripts may call (methods.go, read.go).
//
// The log drives a key-value store, package kv. The kind "raft-client" uses it over the network (client.go): it sends
// requests (request.go) to whom it takes for the leader (ask.go), which puts them into the log (serve.go).
//
// Three tasks run on a node. One receives messages and one writes to the disk; both post to the loop's mailbox, as
// timers and methods do. So the core goes on while the disk is busy, and only what depends on a write waits for it.
package raft

import (
	"embed"
	"fmt"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/core"
	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Raft is one node's component. Its exported fields are the kind's configuration.
type Raft struct {
	Port            int           `lab:"port,default=7000,main,doc=UDP port of the node and of all its peers"`
	ElectionTimeout sdk.Draw      `lab:"election_timeout,default=uniform(150ms,300ms),doc=a new random value for each election"`
	Heartbeat       time.Duration `lab:"heartbeat,default=50ms,doc=pause between the messages of an idle leader"`
	PreVote         bool          `lab:"prevote,default=true,doc=a node asks whether it would win an election before it raises the term"`
	CheckQuorum     bool          `lab:"check_quorum,default=true,doc=a leader without a quorum steps down"`
	MaxBatch        int           `lab:"max_batch,default=60000,min=64,max=60000,doc=the most bytes of entries in one message; an entry has 16 bytes more than its command. After losses, a leader sends fewer"`
	MaxInflight     int           `lab:"max_inflight,default=8,min=1,doc=the most messages with entries that are under way to a node. After losses, a leader sends fewer"`
	MaxUncommitted  int           `lab:"max_uncommitted,default=4096,min=1,doc=the most uncommitted entries in the log of a leader; further proposals fail: busy"`

	mu      sync.Mutex // guards what follows; methods run beside Run
	inbox   *sdk.Mailbox[event]
	queued  int // events in the inbox that came from outside
	status  Status
	cluster roster
	peers   []core.Progress
	store   *kv.Store    // changed by the loop only
	log     []core.Entry // all of it; entries are never changed
}

//go:embed modules
var modules embed.FS

// Plugin serves the kinds raft and raft-client.
func Plugin() sdk.Plugin {
	return sdk.Plugin{
		Name: "raft", Doc: "a replicated log by the Raft algorithm, its key-value store, and clients of it",
		Kinds: []sdk.Kind{Kind(), ClientKind()}, Modules: modules,
	}
}

// Kind is the kind raft.
func Kind() sdk.Kind {
	return sdk.Kind{
		Name: "raft",
		Doc:  "one node of a replicated log; the nodes added together form a cluster",
		New:  func() sdk.Component { return &Raft{store: kv.NewStore()} },
		Methods: []sdk.Method{
			sdk.Func("status", "returns at once what the node knows of itself", (*Raft).readStatus).Query(),
			sdk.Func("propose", "replicates a command; it returns when this node has applied it, and fails as busy when 4096 calls wait",
				(*Raft).propose),
			sdk.Func("read", "returns the value of a key of the store; in mode log, after the node has applied a new mark in the log", (*Raft).read),
			sdk.Func("log", "returns at once the entries from low to high; high = 0 is the last one", (*Raft).readLog).Query(),
			sdk.Func("campaign", "begins an election now, and returns when it is decided", (*Raft).campaign),
		},
		Events:   []any{TermChanged{}, BecameLeader{}, SteppedDown{}, Committed{}, Applied{}, Violated{}},
		Messages: append(messageTypes(), replyMessage),
	}
}

// TermChanged tells that the node has entered a term.
type TermChanged struct {
	Term uint64
}

// BecameLeader tells that the node has won the election of a term.
type BecameLeader struct {
	Term uint64
}

// SteppedDown tells that the node no longer leads the term it led.
type SteppedDown struct {
	Term   uint64 `lab:"term,doc=that it led"`
	Reason string
}

// Committed tells that the log is committed up to an index, whose entry has the term.
type Committed struct {
	Index uint64
	Term  uint64
}

// Applied tells that the node has applied an entry. Nodes that have applied the same entries show the same hash. A node
// that restarts applies its log anew.
type Applied struct {
	Index uint64
	Term  uint64
	Hash  uint64 // of all entries so far, 63 bits
}

// Violated tells that other nodes have broken Raft's rules: a bug, or a forged message. The message had no effect.
type Violated struct {
	What    string `lab:"what,doc=two leaders in one term, or a leader contradicts a committed entry"`
	Term    uint64
	Leaders []string // of the term
}

// Run recovers what the disk holds and takes part in the cluster until the node stops, or its disk fails.
func (r *Raft) Run(env sdk.Env) error {
	n, err := r.start(env)
	if err != nil {
		return err
	}
	env.Go(n.receive)
	env.Go(n.write)
	return n.loop()
}

func (r *Raft) start(env sdk.Env) (*node, error) {
	cluster := newRoster(env.Node(), env.Peers())
	journal, durable, err := openJournal(env.Disk(), cluster)
	if err != nil {
		return nil, err
	}
	shortest := r.shortestTimeout()
	rng := env.Rand()
	c, err := core.New(core.Config{
		ID: cluster.self, Peers: cluster.ids(), ElectionMin: shortest, Heartbeat: r.Heartbeat,
		Timeout: func() time.Duration {
			return max(shortest, r.ElectionTimeout.Sample(rng.Float64(), rng.Float64()))
		},
		PreVote: r.PreVote, CheckQuorum: r.CheckQuorum,
		MaxBytes: r.MaxBatch, MaxInflight: r.MaxInflight, MaxUncommitted: r.MaxUncommitted,
	}, durable)
	if err != nil {
		return nil, err
	}
	messages, err := sdk.OpenMessages(env, r.Port)
	if err != nil {
		return nil, fmt.Errorf("raft: %w", err)
	}
	return newNode(r, env, cluster, c, journal, messages), nil
}

// Validate refuses timeouts with which no leader lasts.
func (r *Raft) Validate() error {
	if shortest := r.shortestTimeout(); r.Heartbeat <= 0 || r.Heartbeat >= shortest {
		return fmt.Errorf("heartbeat is %s, want more than nothing and less than the shortest election timeout, %s",
			value.FormatDuration(r.Heartbeat), value.FormatDuration(shortest))
	}
	return nil
}

// shortestTimeout is what the election timeout never falls below: the draw's smallest value, or half its mean when it
// has none worth the name.
func (r *Raft) shortestTimeout() time.Duration {
	switch r.ElectionTimeout.Distribution {
	case link.Fixed, link.Uniform, link.Pareto:
		return r.ElectionTimeout.A
	}
	return r.ElectionTimeout.Mean() / 2
}

// maxQueued is how many messages and calls may wait for the loop, and maxTurnedAway how many requests of clients more, for
// which there is no room and which are told so.
const (
	maxQueued     = 4096
	maxTurnedAway = 1 << 16
)

// post puts an event from outside into the inbox, if fewer than most wait there.
func (r *Raft) post(inbox *sdk.Mailbox[event], e event, most int) bool {
	r.mu.Lock()
	room := r.queued < most
	if room {
		r.queued++
	}
	r.mu.Unlock()
	if room {
		e.queued = true
		inbox.Post(e)
	}
	return room
}

func (r *Raft) taken() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queued--
}

// box returns the loop's mailbox, made by whoever comes first: Run or a method.
func (r *Raft) box(env sdk.Env) *sdk.Mailbox[event] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inbox == nil {
		r.inbox = sdk.NewMailbox[event](env)
	}
	return r.inbox
}
