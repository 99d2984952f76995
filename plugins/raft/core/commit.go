package core

import "fmt"

// waiting is a proposal whose fate is open.
type waiting struct {
	id, index, term uint64
}

// propose takes commands into the log of a leader.
func (c *Core) propose(proposals []Proposal) {
	for _, p := range proposals {
		if c.role != Leader {
			c.out.Results = append(c.out.Results, Result{ID: p.ID, Outcome: Refused, Leader: c.leader, Err: ErrNotLeader})
			continue
		}
		if EntrySize(len(p.Data)) > c.cfg.MaxBytes {
			err := fmt.Errorf("command of %d bytes is larger than %d", len(p.Data), c.cfg.MaxBytes-entryOverhead)
			c.out.Results = append(c.out.Results, Result{ID: p.ID, Outcome: Refused, Leader: c.leader, Err: err})
			continue
		}
		c.appendEntry(Command, p.Data)
		c.wait(waiting{p.ID, c.log.last(), c.term})
	}
}

func (c *Core) appendEntry(kind EntryKind, data []byte) {
	index := c.log.last() + 1
	c.disk.appended(index)
	c.log.entries = append(c.log.entries, Entry{Index: index, Term: c.term, Kind: kind, Data: data})
}

// wait files a proposal by index. After a lost leadership an older one may wait at a higher index.
func (c *Core) wait(w waiting) {
	i := len(c.waiting)
	c.waiting = append(c.waiting, w)
	for ; i > 0 && c.waiting[i-1].index > w.index; i-- {
		c.waiting[i] = c.waiting[i-1]
	}
	c.waiting[i] = w
}

// commitByCount commits what a quorum holds durably, if it is of the leader's own term: an older entry on a quorum can
// still be overwritten (3.6.2, figure 3.7), and is committed only together with one of this term.
func (c *Core) commitByCount() {
	for i := range c.peers {
		c.matches[i] = c.peers[i].match
	}
	c.matches[c.self] = c.disk.durable // our own disk counts like any other, and only when written (10.2.1)
	index := quorumOf(c.matches, c.quorum)
	if index > c.commit && c.log.term(index) == c.term {
		c.commitTo(index)
	}
}

// quorumOf returns the largest value that at least quorum of the values reach. It sorts them, largest first.
func quorumOf(values []uint64, quorum int) uint64 {
	for i := 1; i < len(values); i++ {
		for j := i; j > 0 && values[j] > values[j-1]; j-- {
			values[j], values[j-1] = values[j-1], values[j]
		}
	}
	return values[quorum-1]
}

// commitTo moves the commit index forward and settles the proposals it passes: what stands at a committed index stands
// there for ever (3.6.3), so a proposal is in the log now or never. Being cut from our own log proves nothing.
func (c *Core) commitTo(index uint64) {
	if index <= c.commit {
		return
	}
	c.out.Apply = c.log.slice(c.commit+1, index)
	c.commit = index
	c.event(Event{Kind: CommitAdvanced, Term: c.log.term(index), Index: index})
	settled := 0
	for ; settled < len(c.waiting) && c.waiting[settled].index <= index; settled++ {
		w := c.waiting[settled]
		outcome := Committed
		if c.log.term(w.index) != w.term {
			outcome = Lost
		}
		c.out.Results = append(c.out.Results, Result{ID: w.id, Outcome: outcome, Index: w.index, Term: w.term,
			Leader: c.leader})
	}
	c.waiting = append(c.waiting[:0], c.waiting[settled:]...)
}
