package core

import (
	"math/bits"
	"time"
)

// restartElectionTimer draws a new timeout and begins to wait for it (3.4).
func (c *Core) restartElectionTimer() {
	c.timeout = c.cfg.Timeout()
	c.since = c.clock
	c.setTimer(ElectionTimer, c.timeout)
}

// electionTimer acts when the wait is over. Messages of a leader only move the beginning of the wait, so a timer that
// is due early is set again for the rest: cheaper than setting it anew at each message.
func (c *Core) electionTimer() {
	if rest := c.since + c.timeout - c.clock; rest > 0 {
		c.setTimer(ElectionTimer, rest)
		return
	}
	c.campaign()
}

func (c *Core) campaign() {
	c.campaigns++
	if c.cfg.PreVote {
		c.askFirst()
		return
	}
	c.runForLeader()
}

// askFirst finds out whether an election could be won before raising the term (9.6), so that a node which comes back
// from a partition disturbs nobody. Nothing here is promised, so nothing is written.
func (c *Core) askFirst() {
	c.role, c.leader = PreCandidate, None
	c.votes, c.refused = 1<<c.self, 0
	c.restartElectionTimer()
	if c.isQuorum(c.votes) {
		c.runForLeader()
		return
	}
	for i := range c.peers {
		if i != c.self {
			c.send(Message{Type: PreVote, To: c.peers[i].id, Term: c.term + 1,
				Prev: c.log.last(), PrevTerm: c.log.lastTerm()})
		}
	}
}

// runForLeader enters a new term as its candidate (3.4). The requests leave, and our own vote counts, when that vote
// is durable: a candidate that crashes must not vote again in this term.
func (c *Core) runForLeader() {
	c.enterTerm(c.term+1, c.cfg.ID)
	c.role, c.leader = Candidate, None
	c.votes, c.refused = 0, 0
	c.restartElectionTimer()
	for i := range c.peers {
		if i != c.self {
			c.sendAfter(Message{Type: Vote, To: c.peers[i].id, Term: c.term,
				Prev: c.log.last(), PrevTerm: c.log.lastTerm()})
		}
	}
}

func (c *Core) enterTerm(term uint64, vote ID) {
	c.term, c.vote, c.early = term, vote, nil
	c.disk.headChanged = true
	c.event(Event{Kind: TermChanged, Term: term})
}

// onPreVote answers whether we would vote for the sender in the term it names: that must be new to us, its log up to
// date, and no leader heard within the shortest timeout (9.6).
func (c *Core) onPreVote(m *Message) {
	ok := m.Term > c.term && !c.hearsLeader() && c.log.isUpToDate(m.Prev, m.PrevTerm)
	term := c.term
	if ok {
		term = m.Term
	}
	c.reply(Message{Type: PreVoteReply, To: m.From, Term: term, OK: ok})
}

func (c *Core) onPreVoteReply(m *Message, from int) {
	if c.role != PreCandidate || m.OK && m.Term != c.term+1 {
		return
	}
	if c.count(from, m.OK) {
		c.runForLeader()
	}
}

// onVote grants at most one vote per term, to a candidate whose log is up to date (3.4, 3.6.1). The reply waits until
// the vote is durable (3.8).
func (c *Core) onVote(m *Message) {
	free := c.vote == m.From || c.vote == None && c.leader == None
	ok := free && c.log.isUpToDate(m.Prev, m.PrevTerm)
	if ok && c.vote == None {
		c.vote = m.From
		c.disk.headChanged = true
	}
	if ok {
		c.since = c.clock
	}
	c.reply(Message{Type: VoteReply, To: m.From, Term: c.term, OK: ok})
}

func (c *Core) onVoteReply(m *Message, from int) {
	if c.role == Candidate && c.count(from, m.OK) {
		c.becomeLeader()
	}
}

// ownVoteDurable counts our vote for ourselves once it is durable.
func (c *Core) ownVoteDurable() {
	if c.role == Candidate && c.count(c.self, true) {
		c.becomeLeader()
	}
}

// count records an answer, once per voter, and reports whether the election is won. When it cannot be won any more,
// the node is a follower again.
func (c *Core) count(voter int, granted bool) (won bool) {
	if granted {
		c.votes |= 1 << voter
		return c.isQuorum(c.votes)
	}
	c.refused |= 1 << voter
	if bits.OnesCount64(c.refused) > len(c.peers)-c.quorum {
		c.role = Follower
	}
	return false
}

// becomeFollower ends any other role; a term above ours is entered.
func (c *Core) becomeFollower(term uint64, reason string) {
	wasLeader := c.role == Leader
	if wasLeader {
		c.event(Event{Kind: SteppedDown, Term: c.term, Reason: reason})
	}
	c.role, c.leader = Follower, None
	if term > c.term {
		c.enterTerm(term, None)
	}
	if wasLeader {
		c.restartElectionTimer()
	}
}

// becomeLeader opens the term with an entry of its own: only such an entry can be committed by counting, and with it
// all before it (3.6.2, 6.4).
func (c *Core) becomeLeader() {
	c.role, c.leader, c.led = Leader, c.cfg.ID, leadership{c.term, c.cfg.ID}
	c.event(Event{Kind: BecameLeader, Term: c.term})
	for i := range c.peers {
		c.peers[i].reset(c.log.last()+1, c.clock, c.cfg.pace())
	}
	c.appendEntry(Noop, nil)
	c.beat = c.clock
	c.beatWithin(c.cfg.Heartbeat)
	if c.cfg.CheckQuorum {
		c.setTimer(ElectionTimer, c.quorumWindow())
	}
}

// hearsLeader reports whether there is a leader that works as far as this node can tell (4.2.3).
func (c *Core) hearsLeader() bool {
	return c.role == Leader || c.leader != None && c.clock-c.heard < c.cfg.ElectionMin
}

func (c *Core) quorumWindow() time.Duration { return 2 * c.cfg.ElectionMin }

// checkQuorum makes a leader step down that has not heard from a quorum for a while: its clients should look for
// another (6.2).
func (c *Core) checkQuorum() {
	if !c.cfg.CheckQuorum {
		return
	}
	rest := c.quorumHeard() + c.quorumWindow() - c.clock
	if rest <= 0 {
		c.becomeFollower(c.term, "no quorum")
		return
	}
	c.setTimer(ElectionTimer, rest)
}

// quorumHeard returns the latest instant since which a quorum, ourselves included, has answered.
func (c *Core) quorumHeard() time.Duration {
	for i := range c.peers {
		c.matches[i] = uint64(c.peers[i].answered)
	}
	c.matches[c.self] = uint64(c.clock)
	return time.Duration(quorumOf(c.matches, c.quorum))
}
