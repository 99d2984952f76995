package core

import "time"

// firstBatch bounds the first appends of a term: what a slow link needs long for would keep heartbeats from arriving.
const firstBatch = 1024

// pace is how much travels to a peer at a time. An mtu and a full queue drop without a word, so the size of a message
// is halved when one is lost, and grows while answers come soon (RFC 8899 finds an mtu so). The number of messages under
// way is halved, too, and grows by one with each acknowledgement (RFC 5681 3.1).
type pace struct {
	batch  int           // bytes of entries in a message, at most
	window int           // messages with entries under way, at most
	failed int           // a size that is too large, it seems; 0 for none
	until  time.Duration // then it is tried again
	doubt  time.Duration // how long that takes; longer each time that it fails
	losses int           // since an acknowledgement
	alone  int           // of them, those of a single entry
	since  time.Duration // the first of these
}

func (cfg *Config) pace() pace {
	return pace{batch: min(firstBatch, cfg.MaxBytes), window: cfg.MaxInflight, doubt: cfg.Heartbeat}
}

// acknowledged takes note that a message arrived. What is answered late says that the path is slow, and a small message
// nothing of large ones: then the size does not grow. Otherwise it doubles with each round of messages.
func (p *pace) acknowledged(f flight, cfg *Config, now time.Duration) {
	p.losses, p.alone = 0, 0
	p.window = min(p.window+1, cfg.MaxInflight)
	if f.size >= p.failed {
		p.failed, p.doubt = 0, cfg.Heartbeat
	}
	limit := cfg.MaxBytes
	if p.failed > 0 && now < p.until {
		limit = min(limit, p.failed/2)
	}
	if p.batch < limit && f.size > p.batch/2 && now-f.sent <= cfg.ElectionMin/2 {
		p.batch = min(p.batch+(f.size+p.window-1)/p.window, limit)
	}
}

// tries is how often a message is lost before its size is to blame, unless the size is under suspicion already.
const tries = 4

// lost takes note that a message did not arrive, by chance or for its size: then fewer are sent at a time, or smaller
// ones and one by one.
func (p *pace) lost(f flight, cfg *Config, now time.Duration) (byChance bool) {
	suspect := p.failed > 0 && f.size >= p.failed
	if p.losses++; p.losses < tries && !suspect {
		p.window = max(p.window/2, min(2, p.window))
		return true
	}
	if f.entries == 1 {
		if p.alone++; p.alone == 1 {
			p.since = now
		}
	}
	p.doubt = min(2*p.doubt, 64*cfg.Heartbeat)
	p.failed, p.until = f.size, now+p.doubt
	p.batch, p.window = max(f.size/2, entryOverhead), 1
	return false
}

// stuck reports whether the peer answers, but never to the one entry that comes next: it is too large for the path.
func (p *pace) stuck(cfg *Config, now time.Duration) bool {
	return p.alone >= tries && now-p.since >= 2*cfg.ElectionMin
}

// giveWay ends a leadership whose next entry is too large for the paths to a quorum. It would stand in the way of all
// others for ever, so we take it, and what follows it, from our log when we no longer lead. That is safe for entries
// of our own term that we have not committed: only its leader could commit them by counting (3.6.2), and it never will.
func (c *Core) giveWay() {
	stuck, from := 0, c.log.last()+1
	for i := range c.peers {
		if p := &c.peers[i]; i != c.self && p.gap.at > 0 && p.pace.stuck(&c.cfg, c.clock) {
			stuck, from = stuck+1, min(from, p.gap.at)
		}
	}
	from = max(from, c.commit+1) // a peer that is stuck further back does not hold up the commit
	if len(c.peers)-stuck >= c.quorum || from > c.log.last() || c.log.term(from) != c.term {
		return
	}
	size := len(c.log.slice(from, from)[0].Data)
	c.large = large{size, c.clock + 64*c.cfg.ElectionMin}
	for i := range c.waiting {
		if w := &c.waiting[i]; w.index == from && w.term == c.term {
			w.err = c.large.refuse(size)
		}
	}
	c.becomeFollower(c.term, "an entry is too large for the network")
	c.log.truncate(from)
	c.disk.truncated(from)
	c.disk.appended(from)
}
