package raft

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/plugins/raft/core"
	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/refusals"
)

// node is a running Raft. All but receive and write belongs to the loop's task.
type node struct {
	raft     *Raft
	env      sdk.Env
	cluster  roster
	addrs    []sdk.Addr // by core.ID - 1
	core     *core.Core
	messages *sdk.Messages
	refusals *refusals.Log
	journal  *journal // of the task write
	inbox    *sdk.Mailbox[event]
	jobs     *sdk.Mailbox[job]
	timers   [2]sdk.Timer

	proposals uint64
	proposed  map[uint64]func(proposed) // who waits for a proposal
	requests  requests                  // of clients, as far as they are among the proposals
	campaigns []campaign                // who waits for an election
	applied   uint64
	hash      uint64      // of all applied entries
	results   []kv.Result // of the entries that this step applies, the last of which is applied
}

// event is what the loop receives.
type event struct {
	input    core.Input
	proposed func(proposed) // of an input that proposes one command
	request  *request       // of a client, in place of an input
	full     bool           // there is no room for the request
	decided  func(Campaigned)
	failed   error // of the disk
	queued   bool  // counted by Raft.queued
}

// job is work for the disk: a write, if its number is not 0, and what may be sent when all writes so far are durable.
type job struct {
	write core.Write
	after []core.Message
}

// campaign is an election that somebody waits for; number is the core's count of it.
type campaign struct {
	number  uint64
	decided func(Campaigned)
}

func newNode(r *Raft, env sdk.Env, cluster roster, c *core.Core, j *journal, messages *sdk.Messages) *node {
	n := &node{
		raft: r, env: env, cluster: cluster, core: c, journal: j, messages: messages,
		refusals: refusals.New(env),
		inbox:    r.box(env), jobs: sdk.NewMailbox[job](env),
		proposed: map[uint64]func(proposed){}, requests: requests{forgotten: c.Status().Term},
	}
	for _, name := range cluster.names {
		n.addrs = append(n.addrs, sdk.MakeAddr(name, r.Port))
	}
	return n
}

// receive posts what other nodes and clients send. What makes no sense is noise of the network.
func (n *node) receive() {
	for {
		wire, err := n.messages.Receive(time.Time{})
		if err != nil {
			return
		}
		if wire.Type == requestType {
			n.receiveRequest(wire)
			continue
		}
		name, _, err := wire.From.Split()
		from, known := n.cluster.find(name)
		if err != nil || !known {
			n.refusals.Tell("message of an unknown node", "from", string(wire.From))
			continue
		}
		m, err := decode(wire)
		if err != nil {
			n.refusals.Tell("damaged message", "from", name, "error", err)
			continue
		}
		m.From, m.To = from, n.cluster.self
		n.raft.post(n.inbox, event{input: core.Input{Kind: core.Receive, Message: m}}, maxQueued)
	}
}

// write makes writes durable, as many as wait in one sync, and sends what had to wait for them.
func (n *node) write() {
	for {
		first, err := n.jobs.Recv(time.Time{})
		if err != nil {
			return
		}
		batch := []job{first}
		for next, ok := n.jobs.TryRecv(); ok; next, ok = n.jobs.TryRecv() {
			batch = append(batch, next)
		}
		number, err := n.persist(batch)
		if err != nil {
			n.inbox.Post(event{failed: err})
			return
		}
		for _, done := range batch {
			n.send(done.after)
		}
		if number > 0 {
			n.inbox.Post(event{input: core.Input{Kind: core.Persisted, Write: number}})
		}
	}
}

// persist returns the number of the last write of a batch, 0 when it has none.
func (n *node) persist(batch []job) (number uint64, err error) {
	for _, j := range batch {
		if j.write.Number > 0 {
			number = j.write.Number
			n.journal.add(j.write)
		}
	}
	if number == 0 {
		return 0, nil
	}
	return number, n.journal.sync()
}

// loop feeds the core until the node stops or its disk fails. A node whose disk has failed must not go on: it cannot
// know what it has promised.
func (n *node) loop() error {
	n.handle(event{input: core.Input{Kind: core.Start}})
	for {
		e, err := n.inbox.Recv(time.Time{})
		if err == nil {
			err = e.failed
		}
		if err != nil {
			return err
		}
		n.handle(e)
	}
}

func (n *node) handle(e event) {
	if e.queued {
		n.raft.taken()
	}
	if e.request != nil {
		var admitted bool
		if e, admitted = n.admit(e.request, e.full); !admitted {
			return
		}
	}
	if e.proposed != nil {
		n.proposals++
		n.proposed[n.proposals] = e.proposed
		e.input.Proposals[0].ID = n.proposals
	}
	n.carryOut(n.core.Step(n.env.Elapsed(), e.input))
	status := n.core.Status()
	if e.decided != nil {
		n.campaigns = append(n.campaigns, campaign{status.Campaigns, e.decided})
	}
	n.decide(status)
}

// carryOut does what the core asks for.
func (n *node) carryOut(out *core.Output) {
	n.send(out.Now)
	if out.Persist != nil || len(out.After) > 0 {
		work := job{after: append([]core.Message(nil), out.After...)}
		if out.Persist != nil {
			work.write = *out.Persist
		}
		n.jobs.Post(work)
	}
	for _, event := range out.Events {
		n.emit(event)
	}
	n.results = n.results[:0]
	for _, entry := range out.Apply {
		n.apply(entry)
	}
	for _, set := range out.Timers {
		n.setTimer(set)
	}
	n.publish(n.core.Status())
	for _, result := range out.Results {
		n.settle(result)
	}
}

// send leaves it to the network whether messages arrive; the core sends again what matters.
func (n *node) send(messages []core.Message) {
	for i := range messages {
		m := &messages[i]
		typ, fields, payload := encode(m)
		err := n.messages.Send(n.addrs[m.To-1], typ, fields, payload)
		if err != nil && !errors.Is(err, sdk.ErrStopped) {
			n.env.Log().Debug("message not sent", "to", n.cluster.name(m.To), "error", err)
		}
	}
}

func (n *node) setTimer(set core.SetTimer) {
	if old := n.timers[set.Timer]; old != nil {
		old.Stop()
	}
	tick := event{input: core.Input{Kind: core.Tick, Timer: set.Timer}}
	n.timers[set.Timer] = n.inbox.PostAfter(set.After, tick)
}

// apply takes a committed entry into the node's state: the store, and the hash of all entries.
func (n *node) apply(e core.Entry) {
	var head [25]byte
	binary.LittleEndian.PutUint64(head[0:], n.hash)
	binary.LittleEndian.PutUint64(head[8:], e.Index)
	binary.LittleEndian.PutUint64(head[16:], e.Term)
	head[24] = byte(e.Kind)
	var d xxhash.Digest
	d.Reset()
	d.Write(head[:])
	d.Write(e.Data)
	n.hash, n.applied = d.Sum64(), e.Index
	var result kv.Result
	if e.Kind == core.Command {
		n.raft.mu.Lock()
		result = n.raft.store.Apply(e.Index, e.Data)
		n.raft.mu.Unlock()
	}
	if len(n.proposed) > 0 {
		n.results = append(n.results, result)
	}
	n.env.Emit(Applied{Index: e.Index, Term: e.Term, Hash: n.hash >> 1})
}

func (n *node) emit(e core.Event) {
	switch e.Kind {
	case core.TermChanged:
		n.env.Emit(TermChanged{Term: e.Term})
	case core.BecameLeader:
		n.env.Emit(BecameLeader{Term: e.Term})
	case core.SteppedDown:
		n.env.Emit(SteppedDown{Term: e.Term, Reason: e.Reason})
	case core.CommitAdvanced:
		n.env.Emit(Committed{Index: e.Index, Term: e.Term})
	case core.Violated:
		n.env.Emit(Violated{What: e.Reason, Term: e.Term, Leaders: n.cluster.namesOf(e.Leaders)})
	}
}
