package core

import "time"

// peer is what a leader knows of one other node. While it probes, it does not know where the logs agree and sends one
// append at a time; once it knows, it sends ahead of the answers (10.2.2).
type peer struct {
	id        ID
	match     uint64 // durable there and equal to our log, up to here
	next      uint64 // the entry to send next
	told      uint64 // the highest commit index sent
	pipelined bool
	asked     bool          // probing: an append is under way
	inflight  []uint64      // pipelined: the last index of each append with entries under way
	sent      time.Duration // when we last sent an append
	answered  time.Duration // when it last answered one
}

func (p *peer) reset(next uint64, now time.Duration) {
	*p = peer{id: p.id, next: next, inflight: p.inflight[:0], sent: now, answered: now}
}

// probe goes back to asking where the logs agree.
func (p *peer) probe(next uint64) {
	p.pipelined, p.asked = false, false
	p.next = max(next, p.match+1)
	p.inflight = p.inflight[:0]
}

// confirm moves match forward and frees the appends that it answers.
func (p *peer) confirm(match uint64) {
	p.match = max(p.match, match)
	p.next = max(p.next, p.match+1)
	answered := 0
	for answered < len(p.inflight) && p.inflight[answered] <= p.match {
		answered++
	}
	p.inflight = append(p.inflight[:0], p.inflight[answered:]...)
}

// replicate sends every peer what it lacks, as far as its window allows. It runs once at the end of each step of a
// leader, so that whatever a step brought travels together (10.2.1).
func (c *Core) replicate() {
	for i := range c.peers {
		if i != c.self {
			c.feed(&c.peers[i])
		}
	}
}

func (c *Core) feed(p *peer) {
	if !p.pipelined {
		if !p.asked && p.next <= c.log.last() {
			c.sendAppend(p, c.log.batch(p.next, c.cfg.MaxBytes))
		}
		return
	}
	for p.next <= c.log.last() && len(p.inflight) < c.cfg.MaxInflight {
		c.sendAppend(p, c.log.batch(p.next, c.cfg.MaxBytes))
	}
	if len(p.inflight) == 0 && p.told < min(c.commit, p.next-1) {
		c.sendAppend(p, nil) // otherwise the news of a commit travels with, or after, what is under way
	}
}

// sendAppend sends entries, or none as a heartbeat, right after what the peer is thought to have.
func (c *Core) sendAppend(p *peer, entries []Entry) {
	c.send(Message{Type: Append, To: p.id, Term: c.term, Prev: p.next - 1, PrevTerm: c.log.term(p.next - 1),
		Commit: c.commit, Entries: entries})
	end := p.next - 1 + uint64(len(entries))
	p.sent = c.clock
	p.told = max(p.told, min(c.commit, end))
	switch {
	case !p.pipelined:
		p.asked = true
	case len(entries) > 0:
		p.next = end + 1
		p.inflight = append(p.inflight, end)
	}
}

// heartbeat keeps followers quiet and repairs losses: it names the entry before the next one, so a peer that missed
// what was sent refuses it and is probed. Whoever got an append a moment ago needs none; a quick one could overtake
// that append and be refused for nothing.
func (c *Core) heartbeat() {
	c.setTimer(HeartbeatTimer, c.cfg.Heartbeat)
	for i := range c.peers {
		p := &c.peers[i]
		if i != c.self && c.clock-p.sent >= c.cfg.Heartbeat/2 {
			c.sendAppend(p, nil)
		}
	}
}

// onAppend is the follower's side of replication (3.5).
func (c *Core) onAppend(m *Message) {
	if c.role == Leader {
		c.violated("another leader in the term we lead")
		return
	}
	c.role, c.leader = Follower, m.From
	c.since, c.heard = c.clock, c.clock
	if !c.log.has(m.Prev, m.PrevTerm) {
		hint := c.log.latestOf(m.Prev, m.PrevTerm)
		c.reply(Message{Type: AppendReply, To: m.From, Term: c.term, Prev: m.Prev,
			Match: hint, MatchTerm: c.log.term(hint)})
		return
	}
	if !c.store(m.Entries) {
		c.violated("a leader contradicts a committed entry")
		return
	}
	end := m.Prev + uint64(len(m.Entries))
	c.commitTo(min(m.Commit, end))
	c.acknowledge(m, end)
}

// store makes the log agree with the leader's entries. Only a conflict truncates: an old append must not cut off what
// a later one has brought (3.5). It refuses to touch what is committed.
func (c *Core) store(entries []Entry) bool {
	for i, e := range entries {
		if c.log.has(e.Index, e.Term) {
			continue
		}
		if e.Index <= c.commit {
			return false
		}
		if e.Index <= c.log.last() {
			c.log.truncate(e.Index)
			c.disk.truncated(e.Index)
		}
		c.disk.appended(e.Index)
		c.log.entries = append(c.log.entries, entries[i:]...)
		break
	}
	return true
}

// violated reports a message that no correct node sends. The message has no effect.
func (c *Core) violated(reason string) {
	c.event(Event{Kind: Violated, Term: c.term, Reason: reason})
}

// acknowledge answers an append that matched. The answer waits for the disk, but a heartbeat is answered at once with
// what is durable already: a slow disk is not a lost leader.
func (c *Core) acknowledge(m *Message, end uint64) {
	r := Message{Type: AppendReply, To: m.From, Term: c.term, OK: true, Prev: m.Prev, Match: end}
	if len(m.Entries) == 0 || end <= c.disk.durable {
		r.Match = min(end, c.disk.durable)
		c.reply(r)
		return
	}
	c.sendAfter(r)
}

// onAppendReply is the leader's side. Answers may be old or doubled; match never goes back, and a refusal counts only
// if it speaks of what is being tried.
func (c *Core) onAppendReply(m *Message, from int) {
	if c.role != Leader || m.Match > c.log.last() {
		return
	}
	p := &c.peers[from]
	p.answered = c.clock
	if m.OK {
		p.confirm(m.Match)
		if !p.pipelined && m.Prev >= p.next-1 || m.Match+1 >= p.next {
			p.pipelined, p.asked = true, false
		}
		c.commitByCount()
		return
	}
	stale := m.Prev <= p.match || !p.pipelined && m.Prev != p.next-1
	if !stale {
		// Both sides skip whole terms: the follower named its last entry of a term that is not above ours, and we
		// look for our last entry of a term that is not above that (end of 3.5).
		p.probe(c.log.latestOf(m.Match, m.MatchTerm) + 1)
	}
}
