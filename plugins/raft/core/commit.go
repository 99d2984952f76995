package core

import (
	"fmt"
	"time"
)

// waiting is a proposal whose fate is open.
type waiting struct {
	id, index, term uint64
	err             error // why it will be lost, if that is known
}

// large is the size of a command that did not get through to a quorum, and until when none like it is taken.
type large struct {
	size  int
	until time.Duration
}

func (l large) refuse(size int) error {
	return LargeError(fmt.Sprintf("command of %d bytes is too large for the network: one of %d bytes was sent to a quorum "+
		"time and again, and did not get through", size, l.size))
}

// propose takes commands into the log of a leader.
func (c *Core) propose(proposals []Proposal) {
	for _, p := range proposals {
		if err := c.admit(len(p.Data)); err != nil {
			c.out.Results = append(c.out.Results, Result{ID: p.ID, Outcome: Refused, Leader: c.leader, Err: err})
			continue
		}
		c.appendEntry(Command, p.Data)
		c.wait(waiting{id: p.ID, index: c.log.last(), term: c.term})
	}
}

// admit says why a command of that size is not taken, nil when it is.
func (c *Core) admit(size int) error {
	switch open := c.log.last() - c.commit; {
	case c.role != Leader:
		return ErrNotLeader
	case EntrySize(size) > c.cfg.MaxBytes:
		return LargeError(fmt.Sprintf("command of %d bytes is larger than %d", size, c.cfg.MaxBytes-entryOverhead))
	case c.large.size > 0 && size >= c.large.size && c.clock < c.large.until:
		return c.large.refuse(size)
	case open >= uint64(c.cfg.MaxUncommitted):
		return fmt.Errorf("%w: %d entries are not committed yet, at most %d", ErrBusy, open, c.cfg.MaxUncommitted)
	}
	return nil
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

// commitTo moves the commit index forward and settles proposals. What stands at a committed index stands there for ever
// (3.6.3), so a proposal that it passes is in the log now or never. Terms never decrease along a log, so a proposal of a
// lower term than the committed entry's has no place after it either. Being cut from our own log proves nothing.
func (c *Core) commitTo(index uint64) {
	if index <= c.commit {
		return
	}
	c.out.Apply = c.log.slice(c.commit+1, index)
	c.commit = index
	c.event(Event{Kind: CommitAdvanced, Term: c.log.term(index), Index: index})
	open := c.waiting[:0]
	for _, w := range c.waiting {
		r := Result{ID: w.id, Outcome: Committed, Index: w.index, Term: w.term, Leader: c.leader}
		switch {
		case w.index <= index && c.log.term(w.index) == w.term:
		case w.index <= index || w.term < c.log.term(index):
			r.Outcome, r.Err = Lost, w.err
		default:
			open = append(open, w)
			continue
		}
		c.out.Results = append(c.out.Results, r)
	}
	clear(c.waiting[len(open):])
	c.waiting = open
}
