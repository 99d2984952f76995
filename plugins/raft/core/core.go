// Package core is Raft as a pure state machine: it does no I/O, reads no clock, starts nothing and draws no randomness
// of its own. Time, messages, proposals and the news that a write has become durable go in through Step; messages,
// writes, timers, committed entries and the fate of proposals come out of it. Whoever carries out the output (package
// raft over an environment, or a test by hand) therefore decides everything about speed, loss and crashes, and the
// same inputs always give the same outputs.
//
// The chapters follow the dissertation "Consensus: Bridging Theory and Practice" (Ongaro 2014): election.go is 3.4,
// 3.6.1, 4.2.3, 6.2 and 9.6; replication.go is 3.5 and 10.2; commit.go is 3.6.2 and 6.4's no-op. Section numbers in
// comments are those of the dissertation.
//
// What must wait for the disk is told apart by type: Output.Now may be sent at once, Output.After only when every
// write handed out so far is durable (3.8).
package core

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"time"
)

// Defaults of a Config's optional fields.
const (
	// DefaultMaxBytes keeps an append with its head inside one UDP datagram of 65,507 bytes.
	DefaultMaxBytes    = 60000
	DefaultMaxInflight = 8
	// DefaultMaxUncommitted is far more than a network carries before the first of them is committed.
	DefaultMaxUncommitted = 4096
)

// maxPeers is how many peers fit into the bit set that counts votes.
const maxPeers = 64

// Config is what a Core needs to know of its cluster. It does not change while the core lives.
type Config struct {
	ID    ID
	Peers []ID // all voters, this node among them, in the same order on every node
	// ElectionMin is the shortest election timeout. Within it after a leader's message a node refuses to elect another
	// (4.2.3); after twice that without a quorum's answers a leader steps down (6.2).
	ElectionMin time.Duration
	// Timeout draws the next election timeout (3.4): the only randomness of the core.
	Timeout     func() time.Duration
	Heartbeat   time.Duration
	PreVote     bool // ask before raising the term (9.6)
	CheckQuorum bool // a leader without a quorum steps down (6.2), and votes are sticky (4.2.3)
	MaxBytes    int  // limit of the entries in one message, by EntrySize; 0 is DefaultMaxBytes
	MaxInflight int  // appends under way to a peer at most; 0 is DefaultMaxInflight
	// MaxUncommitted is how many entries of its log a leader has uncommitted at most; 0 is DefaultMaxUncommitted. More
	// proposals are refused with ErrBusy.
	MaxUncommitted int
}

// Durable is what a node finds on its disk when it starts.
type Durable struct {
	Term uint64
	Vote ID
	Log  []Entry // from index 1 on; the core keeps it
}

// Core is one node's Raft. It is not safe for concurrent use.
type Core struct {
	cfg    Config
	self   int // our place in peers
	quorum int

	term   uint64
	vote   ID
	role   Role
	leader ID
	led    leadership // the latest that we have heard of
	log    log
	early  early
	commit uint64
	peers  []peer
	large  large

	votes, refused uint64 // bit sets over peers, of the election under way
	campaigns      uint64

	clock   time.Duration // time as far as it went forward
	last    time.Duration // the instant of the latest step
	since   time.Duration // the election timeout counts from here
	heard   time.Duration // latest message of the current leader
	timeout time.Duration
	beat    time.Duration // leading: when the next heartbeat is due

	disk    disk
	waiting []waiting
	out     Output
	write   Write
	matches []uint64 // scratch of quorumIndex
}

// leadership is who led a term.
type leadership struct {
	term uint64
	by   ID
}

// New returns a core over what the disk held. Its first step must be an Input of kind Start. Errors name what is
// wrong with the configuration or the durable state.
func New(cfg Config, boot Durable) (*Core, error) {
	cfg.MaxBytes = cmp.Or(cfg.MaxBytes, DefaultMaxBytes)
	cfg.MaxInflight = cmp.Or(cfg.MaxInflight, DefaultMaxInflight)
	cfg.MaxUncommitted = cmp.Or(cfg.MaxUncommitted, DefaultMaxUncommitted)
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if err := boot.check(); err != nil {
		return nil, err
	}
	c := &Core{cfg: cfg, quorum: len(cfg.Peers)/2 + 1, term: boot.Term, vote: boot.Vote}
	c.log.entries = boot.Log[:len(boot.Log):len(boot.Log)]
	c.disk.durable = c.log.last()
	c.peers = make([]peer, len(cfg.Peers))
	c.matches = make([]uint64, len(cfg.Peers))
	for i, id := range cfg.Peers {
		c.peers[i].id = id
		if id == cfg.ID {
			c.self = i
		}
	}
	return c, nil
}

func (cfg *Config) check() error {
	switch {
	case len(cfg.Peers) > maxPeers:
		return fmt.Errorf("raft: %d peers, at most %d", len(cfg.Peers), maxPeers)
	case cfg.Timeout == nil:
		return errors.New("raft: no election timeout")
	case cfg.ElectionMin <= 0 || cfg.Heartbeat <= 0:
		return fmt.Errorf("raft: election timeout %v and heartbeat %v must be positive", cfg.ElectionMin, cfg.Heartbeat)
	case cfg.Heartbeat >= cfg.ElectionMin:
		return fmt.Errorf("raft: heartbeat %v is not shorter than the shortest election timeout %v",
			cfg.Heartbeat, cfg.ElectionMin)
	case cfg.MaxInflight < 0 || cfg.MaxBytes < entryOverhead || cfg.MaxUncommitted < 0:
		return fmt.Errorf("raft: window of %d messages of %d bytes, %d entries uncommitted",
			cfg.MaxInflight, cfg.MaxBytes, cfg.MaxUncommitted)
	}
	found := false
	for i, id := range cfg.Peers {
		found = found || id == cfg.ID
		for _, other := range cfg.Peers[:i] {
			if other == id {
				return fmt.Errorf("raft: peer %d is listed twice", id)
			}
		}
		if id == None {
			return errors.New("raft: peer 0 means no peer")
		}
	}
	if !found {
		return fmt.Errorf("raft: node %d is not among its peers %v", cfg.ID, cfg.Peers)
	}
	return nil
}

func (d *Durable) check() error {
	term := uint64(0)
	for i, e := range d.Log {
		if e.Index != uint64(i)+1 || e.Term < term || e.Term > d.Term {
			return fmt.Errorf("raft: durable log: entry %d has index %d and term %d after term %d, in term %d",
				i+1, e.Index, e.Term, term, d.Term)
		}
		term = e.Term
	}
	return nil
}

// Step takes one input at an instant of the node's clock and returns what to do. The output and all it points to
// belong to the core and hold until the next step, except the data of entries, which never changes. A clock that is
// set back counts as standing still.
func (c *Core) Step(now time.Duration, in Input) *Output {
	c.clock += max(now-c.last, 0)
	c.last = now
	c.out.reset()
	switch in.Kind {
	case Start:
		c.last, c.clock = now, 0
		c.restartElectionTimer()
	case Receive:
		c.receive(&in.Message)
	case Tick:
		c.tick(in.Timer)
	case Propose:
		c.propose(in.Proposals)
	case Persisted:
		c.persisted(in.Write)
	case Campaign:
		if c.role != Leader {
			c.campaign()
		}
	}
	c.finish()
	return &c.out
}

func (c *Core) tick(timer Timer) {
	switch {
	case timer == ElectionTimer && c.role == Leader:
		c.checkQuorum()
	case timer == ElectionTimer:
		c.electionTimer()
	case timer == HeartbeatTimer && c.role == Leader:
		c.heartbeat()
	}
}

// receive applies the rules of terms that hold for every message (3.3), then hands it to its chapter.
func (c *Core) receive(m *Message) {
	from := c.find(m.From)
	if from < 0 || from == c.self || m.To != c.cfg.ID {
		return
	}
	if m.Type == PreVote {
		c.onPreVote(m)
		return
	}
	if m.Term > c.term && !c.foresees(m) {
		if m.Type == Vote && c.cfg.CheckQuorum && c.hearsLeader() {
			return // 4.2.3: neither the vote nor the term: the candidate may not disturb a working leader
		}
		c.becomeFollower(m.Term, "higher term")
	}
	if m.Term < c.term {
		c.refuseOld(m)
		return
	}
	switch m.Type {
	case PreVoteReply:
		c.onPreVoteReply(m, from)
	case Vote:
		c.onVote(m)
	case VoteReply:
		c.onVoteReply(m, from)
	case Append:
		c.onAppend(m)
	case AppendReply:
		c.onAppendReply(m, from)
	}
}

// foresees reports whether the message names a term that nobody has entered yet.
func (c *Core) foresees(m *Message) bool { return m.Type == PreVoteReply && m.OK }

// refuseOld tells the sender of an old term's request the term we are in; old replies tell nothing.
func (c *Core) refuseOld(m *Message) {
	switch m.Type {
	case Vote:
		c.reply(Message{Type: VoteReply, To: m.From, Term: c.term})
	case Append:
		c.reply(Message{Type: AppendReply, To: m.From, Term: c.term, Prev: m.Prev})
	}
}

func (c *Core) find(id ID) int {
	for i := range c.peers {
		if c.peers[i].id == id {
			return i
		}
	}
	return -1
}

func (c *Core) isQuorum(set uint64) bool { return bits.OnesCount64(set) >= c.quorum }
