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
	inflight  []flight      // appends with entries under way; while probing, one at most
	pace      pace          // how large they may be, and how many
	sent      time.Duration // when we last sent an append
	answered  time.Duration // when it last answered one
	delay     time.Duration // from an append with entries to its answer
	gap       gap
}

// flight is an append with entries that is under way.
type flight struct {
	end     uint64 // its last index
	entries int
	size    int // by EntrySize
	sent    time.Duration
}

func (p *peer) reset(next uint64, now time.Duration, pace pace) {
	*p = peer{id: p.id, next: next, inflight: p.inflight[:0], sent: now, answered: now, pace: pace}
}

// probe goes back to asking where the logs agree.
func (p *peer) probe(next uint64) {
	p.pipelined, p.asked = false, false
	p.rewind(next)
}

// rewind forgets what is under way.
func (p *peer) rewind(next uint64) {
	p.next = max(next, p.match+1)
	p.inflight = p.inflight[:0]
}

// confirm moves match forward and frees the appends that it answers.
func (c *Core) confirm(p *peer, m *Message, match uint64) {
	if match > p.match {
		p.match, p.pace.alone = match, 0
	}
	p.next = max(p.next, p.match+1)
	answered := 0
	for ; answered < len(p.inflight) && p.inflight[answered].end <= p.match; answered++ {
		f := p.inflight[answered]
		if m.Prev == f.end-uint64(f.entries) { // it was not held up by another
			p.delay = max(c.clock-f.sent, p.delay-p.delay/8)
		}
		p.pace.acknowledged(f, &c.cfg, c.clock)
	}
	p.inflight = append(p.inflight[:0], p.inflight[answered:]...)
	if p.gap.at > 0 && p.gap.at <= p.match {
		c.filled(p)
	}
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
			c.sendAppend(p, c.log.batch(p.next, p.pace.batch))
		}
		return
	}
	for p.next <= c.log.last() && len(p.inflight) < p.pace.window {
		c.sendAppend(p, c.log.batch(p.next, p.pace.batch))
	}
	if len(p.inflight) == 0 && p.told < min(c.commit, p.next-1) {
		c.sendAppend(p, nil) // otherwise the news of a commit travels with, or after, what is under way
	}
}

// sendAppend sends entries, or none as a heartbeat, right after what the peer is thought to have.
func (c *Core) sendAppend(p *peer, entries []Entry) {
	end := c.sendAfterIndex(p, p.next-1, entries)
	if len(entries) > 0 {
		p.inflight = append(p.inflight, flight{end, len(entries), sizeOf(entries), c.clock})
	}
	if p.pipelined {
		p.next = end + 1
	} else {
		p.asked = true
	}
}

func (c *Core) sendAfterIndex(p *peer, prev uint64, entries []Entry) (end uint64) {
	c.send(Message{Type: Append, To: p.id, Term: c.term, Prev: prev, PrevTerm: c.log.term(prev),
		Commit: c.commit, Entries: entries})
	end = prev + uint64(len(entries))
	p.sent = c.clock
	p.told = max(p.told, min(c.commit, end))
	return end
}

// heartbeat keeps followers quiet and repairs losses: it names the entry before the next one, so a peer that missed
// what was sent refuses it. Whoever got an append a moment ago needs none, unless it lacks something.
func (c *Core) heartbeat() {
	c.beat = c.clock
	c.beatWithin(c.cfg.Heartbeat)
	for i := range c.peers {
		p := &c.peers[i]
		if i != c.self && (p.gap.at > 0 || c.clock-p.sent >= c.cfg.Heartbeat/2) {
			c.sendAppend(p, nil)
		}
	}
}

// beatWithin has the next heartbeat sent after a time, unless it is due before.
func (c *Core) beatWithin(d time.Duration) {
	if due := c.clock + d; c.beat <= c.clock || due < c.beat {
		c.beat = due
		c.setTimer(HeartbeatTimer, d)
	}
}

// onAppend is the follower's side of replication (3.5).
func (c *Core) onAppend(m *Message) {
	if c.led.term == m.Term && c.led.by != m.From {
		c.violated("two leaders in one term", c.led.by, m.From)
		return
	}
	c.led = leadership{m.Term, m.From}
	c.role, c.leader = Follower, m.From
	c.since, c.heard = c.clock, c.clock
	if !c.log.has(m.Prev, m.PrevTerm) {
		c.early.keep(m, c.cfg.MaxInflight)
		hint := c.log.latestOf(m.Prev, m.PrevTerm)
		c.reply(Message{Type: AppendReply, To: m.From, Term: c.term, Prev: m.Prev,
			Match: hint, MatchTerm: c.log.term(hint)})
		return
	}
	end, commit := uint64(0), uint64(0)
	for next := m; next != nil; next = c.early.next(&c.log) {
		if !c.store(next.Entries) {
			c.violated("a leader contradicts a committed entry", next.From)
			return
		}
		end = max(end, next.Prev+uint64(len(next.Entries)))
		commit = max(commit, next.Commit)
	}
	c.commitTo(min(commit, end))
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
func (c *Core) violated(what string, leaders ...ID) {
	c.event(Event{Kind: Violated, Term: c.term, Reason: what, Leaders: leaders})
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
	if !m.OK {
		c.onRefusal(p, m)
		return
	}
	c.confirm(p, m, m.Match)
	if !p.pipelined && (m.Prev >= p.next-1 || m.Match+1 >= p.next) {
		p.pipelined, p.asked = true, false
		if len(p.inflight) > 0 { // what the probe carried may still arrive
			p.next = max(p.next, p.inflight[0].end+1)
		}
	}
	c.commitByCount()
}

// onRefusal looks for where the logs agree. Both sides skip whole terms: the follower named its last entry of a term
// that is not above ours, and we look for our last entry of a term that is not above that (end of 3.5). Once they have
// agreed, a refusal says that entries before it are missing.
func (c *Core) onRefusal(p *peer, m *Message) {
	agreed := c.log.latestOf(m.Match, m.MatchTerm)
	switch {
	case m.Prev <= p.match || agreed < p.match: // old
	case !p.pipelined:
		if m.Prev == p.next-1 {
			p.probe(agreed + 1)
		}
	case m.Prev < p.next: // otherwise it was sent before we went back
		p.gap.ahead = max(p.gap.ahead, m.Prev)
		c.missing(p, agreed+1)
	}
}
