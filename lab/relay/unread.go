package relay

import (
	"net/netip"
	"time"
)

// A node's kernel holds what its program has not read. Where the kernel tells how much that is, the network's receive
// window shuts behind a slow reader; elsewhere what was written to the kernel counts as read.

// worthAsking is how many unread bytes there must be before the kernel is asked: fewer hold nobody back.
const worthAsking = 8 << 10

// It is asked a millisecond after something was written, and again until all is read: more and more seldom, if the program
// reads none. The last bytes matter, too: a window that is told while they are unread is told again only when they are read.
const (
	askSoon   = time.Millisecond
	askLate   = 8 * time.Millisecond
	askSeldom = 128 * time.Millisecond // while little is unread
)

// account has it asked how much of what was written dst's node has read.
func (p *pipe) account() {
	if p.conn.network.diag == nil {
		p.take(p.written)
	} else if p.asking == 0 && p.written-p.read >= worthAsking {
		p.askAfter(askSoon)
	}
}

func (p *pipe) askAfter(d time.Duration) {
	p.asking = 0
	if p.written > p.read && !p.dst.dead {
		p.asking = d
		p.conn.network.schedule.remind(d, (*question)(p))
	}
}

// take tells the network that all below an offset was read.
func (p *pipe) take(upTo uint64) {
	if upTo > p.read && p.dst.wire.Open() {
		p.dst.wire.Read(int64(upTo - p.read))
		p.read = upTo
	}
}

// question is a pipe as a task.
type question pipe

func (q *question) run() {
	p := (*pipe)(q)
	read := p.ask()
	s := p.conn.network.schedule
	s.enter()
	defer s.leave()
	switch {
	case read:
		p.askAfter(askSoon)
	case p.written-p.read < worthAsking:
		p.askAfter(min(2*p.asking, askSeldom))
	default:
		p.askAfter(min(2*p.asking, askLate))
	}
}

// ask asks dst's kernel, and reports whether dst's node has read something.
func (p *pipe) ask() bool {
	s := p.conn.network.schedule
	s.mu.Lock()
	written, wire := p.written, p.dst.wire
	s.mu.Unlock()
	unread := p.conn.network.diag.unread(p.dst)
	s.enter()
	defer s.leave()
	before := p.read
	if wire == p.dst.wire { // or the count has begun anew
		p.take(written - min(uint64(unread), written))
	}
	return p.read > before
}

// askAll brings up to date what the network knows of these connections.
func (n *Network) askAll(list []*conn) {
	var unread []*pipe
	n.schedule.mu.Lock()
	for _, c := range list {
		for _, p := range []*pipe{&c.there, &c.back} {
			if p.written > p.read && !p.dst.dead {
				unread = append(unread, p)
			}
		}
	}
	n.schedule.mu.Unlock()
	for _, p := range unread {
		p.ask()
	}
}

// addresses are those of the node's socket and of ours.
func (e *end) addresses() (theirs, ours netip.AddrPort) {
	return addrPort(e.tcp.RemoteAddr()), addrPort(e.tcp.LocalAddr())
}
