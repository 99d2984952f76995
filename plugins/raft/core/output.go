package core

import (
	"errors"
	"time"
)

// ErrNotLeader refuses a proposal at a node that does not lead. It was not taken, so it may be offered elsewhere.
var ErrNotLeader = errors.New("not the leader")

// LargeError refuses a command that no message can carry to a quorum. It was not taken.
type LargeError string

func (e LargeError) Error() string { return string(e) }

// ErrBusy refuses a proposal while too many wait. It was not taken, and may be offered again later.
var ErrBusy = errors.New("busy")

// disk keeps account of what is written and what is durable. Writes complete in order.
type disk struct {
	durable     uint64 // the log is durable up to here, and equal to the one in memory
	written     uint64 // number of the latest write
	synced      uint64 // number of the latest durable write
	head        uint64 // number of the latest write that changed term or vote
	headChanged bool   // in this step
	from        uint64 // first index changed in this step, 0 for none
	pending     []pending
}

// pending is a write under way: when it is durable, so is the log up to last.
type pending struct {
	number, last uint64
}

func (d *disk) appended(index uint64) {
	if d.from == 0 || index < d.from {
		d.from = index
	}
}

// truncated takes back what writes under way were going to make durable: it is about to be overwritten.
func (d *disk) truncated(from uint64) {
	d.durable = min(d.durable, from-1)
	for i := range d.pending {
		d.pending[i].last = min(d.pending[i].last, from-1)
	}
}

// headDurable reports whether term and vote, as they stand, are durable.
func (d *disk) headDurable() bool { return !d.headChanged && d.synced >= d.head }

// persisted takes note that all writes up to a number are durable.
func (c *Core) persisted(number uint64) {
	d := &c.disk
	if number <= d.synced || number > d.written {
		return
	}
	d.synced = number
	done := 0
	for ; done < len(d.pending) && d.pending[done].number <= number; done++ {
		d.durable = max(d.durable, d.pending[done].last)
	}
	d.pending = append(d.pending[:0], d.pending[done:]...)
	if d.headDurable() {
		c.ownVoteDurable()
	}
	if c.role == Leader {
		c.commitByCount()
	}
}

// finish turns the changes of a step into its output.
func (c *Core) finish() {
	if c.role == Leader {
		c.replicate()
	}
	d := &c.disk
	if d.headChanged || d.from > 0 {
		d.written++
		c.write = Write{Number: d.written, Term: c.term, Vote: c.vote, From: d.from}
		if d.headChanged {
			d.head = d.written
		}
		if d.from > 0 {
			c.write.Entries = c.log.slice(d.from, c.log.last())
			d.pending = append(d.pending, pending{d.written, c.log.last()})
		}
		d.headChanged, d.from = false, 0
		c.out.Persist = &c.write
	}
	if d.synced == d.written { // nothing to wait for
		c.out.Now = append(c.out.Now, c.out.After...)
		c.out.After = c.out.After[:0]
	}
}

// send sends what depends on no unsynced write.
func (c *Core) send(m Message) {
	m.From = c.cfg.ID
	c.out.Now = append(c.out.Now, m)
}

// sendAfter sends once all writes so far are durable.
func (c *Core) sendAfter(m Message) {
	m.From = c.cfg.ID
	c.out.After = append(c.out.After, m)
}

// reply sends what depends on term and vote, but not on the log (3.8).
func (c *Core) reply(m Message) {
	if c.disk.headDurable() {
		c.send(m)
		return
	}
	c.sendAfter(m)
}

func (c *Core) setTimer(timer Timer, after time.Duration) {
	c.out.Timers = append(c.out.Timers, SetTimer{timer, after})
}

func (c *Core) event(e Event) { c.out.Events = append(c.out.Events, e) }
