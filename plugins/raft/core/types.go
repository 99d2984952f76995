package core

import (
	"strconv"
	"time"
)

// ID is a node's number in its cluster. None is no node.
type ID int32

// None is the absence of a node: nobody voted for, no leader known.
const None ID = 0

// Role is what a node is in its term.
type Role uint8

// The roles. A PreCandidate asks whether it would win, still in the old term (9.6).
const (
	Follower Role = iota
	PreCandidate
	Candidate
	Leader
)

func (r Role) String() string {
	return pick(int(r), "follower", "precandidate", "candidate", "leader")
}

// EntryKind says what an entry is for.
type EntryKind uint8

// The kinds of entries. A Noop opens a leader's term (6.4).
const (
	Command EntryKind = iota
	Noop
)

// Entry is one place of the log. Entries are shared and never changed.
type Entry struct {
	Index uint64
	Term  uint64
	Kind  EntryKind
	Data  []byte
}

// entryOverhead bounds what an entry costs in a message beyond its data.
const entryOverhead = 16

// EntrySize is what an entry with that many bytes of data counts against Config.MaxBytes.
func EntrySize(data int) int { return data + entryOverhead }

// MessageType says what a message asks or answers.
type MessageType uint8

// The types of messages.
const (
	PreVote MessageType = iota + 1
	PreVoteReply
	Vote
	VoteReply
	Append
	AppendReply
)

func (t MessageType) String() string {
	return pick(int(t), "none", "prevote", "prevote_reply", "vote", "vote_reply", "append", "append_reply")
}

// Message travels between two cores. It may be lost, come twice or late. Which fields count depends on the type:
//
//	PreVote, Vote    Term the candidate's (the one it would enter, for PreVote); Prev, PrevTerm its last entry
//	...Reply         OK granted. A granted PreVoteReply names the asked term, any other reply the sender's own
//	Append           Prev, PrevTerm the entry before Entries; Commit the leader's commit index
//	AppendReply      Prev as asked. OK: the log is durable and equal to the leader's up to Match. Otherwise: the logs can
//	                 agree at most up to Match, where ours has MatchTerm
type Message struct {
	Type      MessageType
	OK        bool
	From, To  ID
	Term      uint64
	Prev      uint64
	PrevTerm  uint64
	Commit    uint64
	Match     uint64
	MatchTerm uint64
	Entries   []Entry
}

// InputKind says which fields of an Input count.
type InputKind uint8

// The inputs of a core.
const (
	Start     InputKind = iota // the first step
	Receive                    // Message came
	Tick                       // Timer, as set by an output, is due
	Propose                    // Proposals are offered
	Persisted                  // all writes up to number Write are durable
	Campaign                   // begin an election without waiting for the timeout
)

// Input is one thing that happened to a node.
type Input struct {
	Kind      InputKind
	Timer     Timer
	Write     uint64
	Message   Message
	Proposals []Proposal
}

// Proposal is a command with a number that its Result will bear. The core keeps the data.
type Proposal struct {
	ID   uint64
	Data []byte
}

// Outcome is the fate of a proposal.
type Outcome uint8

// The outcomes. All are definite; a proposal without a result by the time its caller gives up is unknown.
const (
	Committed Outcome = iota // at Index in Term
	Lost                     // a later leader's entries were committed in its place: it never will be; Err may say why
	Refused                  // not taken at all: Err says why, Leader who would take it
)

func (o Outcome) String() string { return pick(int(o), "committed", "lost", "refused") }

// Result resolves the proposal of the same ID, once.
type Result struct {
	ID      uint64
	Outcome Outcome
	Index   uint64
	Term    uint64
	Leader  ID
	Err     error
}

// Timer names one of a core's timers.
type Timer uint8

// The timers of a core.
const (
	ElectionTimer Timer = iota
	HeartbeatTimer
)

func (t Timer) String() string { return pick(int(t), "election", "heartbeat") }

// SetTimer asks for a Tick after a duration of the node's clock. It replaces a setting of the same timer.
type SetTimer struct {
	Timer Timer
	After time.Duration
}

// Write is a change of the durable state. Writes become durable in their order; one is durable as a whole or, after a
// crash, perhaps only a beginning of its entries, together with Term and Vote or not.
type Write struct {
	Number  uint64 // counts up from 1
	Term    uint64
	Vote    ID
	From    uint64  // the log ends before this index; 0 when the log does not change
	Entries []Entry // and goes on with these
}

// EventKind says what happened.
type EventKind uint8

// The events of a core.
const (
	TermChanged    EventKind = iota // to Term
	BecameLeader                    // of Term
	SteppedDown                     // from leading; Term is the one led, Reason says why
	CommitAdvanced                  // to Index, whose entry has Term
	Violated                        // Raft's rules, by other nodes, the Leaders: Reason says how
)

func (k EventKind) String() string {
	return pick(int(k), "term_changed", "became_leader", "stepped_down", "committed", "violated")
}

// Event tells of a change that observers want to see.
type Event struct {
	Kind    EventKind
	Term    uint64
	Index   uint64
	Reason  string
	Leaders []ID
}

// Output is what one step asks for. Carry out Apply before Results; Now, Persist and Apply may go in parallel: a leader
// writes its own entries while it sends them (10.2.1).
type Output struct {
	Now     []Message  // may be sent at once
	Persist *Write     // to be written and synced, then reported by an Input of kind Persisted; nil for none
	After   []Message  // may be sent once every write so far, this one included, is durable
	Apply   []Entry    // committed, in order, each index once in the core's life
	Results []Result   // of proposals
	Timers  []SetTimer // to be set
	Events  []Event
}

func (o *Output) reset() {
	o.Now, o.After, o.Results = o.Now[:0], o.After[:0], o.Results[:0]
	o.Timers, o.Events = o.Timers[:0], o.Events[:0]
	o.Persist, o.Apply = nil, nil
}

func pick(i int, names ...string) string {
	if i < len(names) {
		return names[i]
	}
	return strconv.Itoa(i)
}
