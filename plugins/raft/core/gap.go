package core

import "time"

// gap describes an entry that a peer lacks while later ones have arrived: it was lost or overtaken. An entry
// counts as lost when it stays away for longer than others were overtaken before (as in RACK, RFC 8985).
type gap struct {
	at     uint64        // the first entry that is missing, 0 for none
	ahead  uint64        // appends after this index have arrived
	seen   time.Duration // when we heard of it
	due    time.Duration // it counts as lost, once more if it was sent again, when it is missing then
	again  bool          // it was sent again,
	resent time.Duration // then, and
	before pace          // this was the pace
	spread time.Duration // by how much appends were overtaken so far
}

// missing takes note of an entry that a peer lacks.
func (c *Core) missing(p *peer, index uint64) {
	g := &p.gap
	if g.at != index {
		g.at, g.seen, g.due, g.again = index, c.clock, c.clock+g.spread, false
		if g.spread > 0 {
			c.beatWithin(g.spread) // to ask again
		}
	}
	if c.clock >= g.due {
		c.repeat(p)
	}
}

// repeat sends again what was lost: as it was, for what followed it waits at the peer, or all in smaller messages.
func (c *Core) repeat(p *peer) {
	g := &p.gap
	if !g.again {
		g.before, g.again = p.pace, true
	}
	g.resent, g.due = c.clock, c.clock+p.delay+max(g.spread, time.Millisecond)
	c.beatWithin(c.cfg.Heartbeat / 4) // whose refusal would tell of a second loss soon
	first := 0
	for first < len(p.inflight) && p.inflight[first].end < g.at {
		first++
	}
	if first < len(p.inflight) {
		f := &p.inflight[first]
		if byChance := p.pace.lost(*f, &c.cfg, c.clock); byChance {
			f.sent = c.clock
			c.sendAfterIndex(p, g.at-1, c.log.slice(g.at, f.end))
			return
		}
	}
	p.rewind(g.at)
	if p.pace.stuck(&c.cfg, c.clock) {
		c.giveWay()
	}
}

// filled takes note that a gap is closed. When that was not by what was sent again, nothing had been lost: we learn how
// far appends are overtaken. The next gap shows at once, because what lies behind it has arrived.
func (c *Core) filled(p *peer) {
	g := &p.gap
	if overtaken := !g.again || c.clock-g.resent < p.delay/2; overtaken {
		g.spread = min(max(g.spread, (c.clock-g.seen)*5/4), c.cfg.Heartbeat/4)
		if g.again {
			p.pace = g.before
		}
	}
	g.at = 0
	if p.pipelined && p.match < g.ahead {
		c.missing(p, p.match+1)
	}
}
