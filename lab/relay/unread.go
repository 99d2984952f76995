package relay

import "net/netip"

// A node's kernel holds what its program has not read. Where the kernel tells how much that is, the network's receive
// window shuts behind a slow reader; elsewhere what was written to the kernel counts as read.

// worthAsking is how many unread bytes there must be before the kernel is asked: fewer hold nobody back.
const worthAsking = 8 << 10

// account has it asked how much of what was written dst's node has read, at most once each reminderDelay.
func (p *pipe) account() {
	switch s := p.conn.network.schedule; {
	case p.conn.network.diag == nil:
		p.take(p.written)
	case !p.asking && p.written-p.read >= worthAsking:
		p.asking = true
		s.remind((*question)(p))
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
	p.ask()
	s := p.conn.network.schedule
	s.enter()
	defer s.leave()
	p.asking = false
	p.account()
}

// ask asks dst's kernel.
func (p *pipe) ask() {
	s := p.conn.network.schedule
	s.mu.Lock()
	written, wire := p.written, p.dst.wire
	s.mu.Unlock()
	unread, ok := p.conn.network.diag.unread(p.dst)
	if !ok {
		unread = 0
	}
	s.enter()
	defer s.leave()
	if wire == p.dst.wire { // or the count has begun anew
		p.take(written - min(uint64(unread), written))
	}
}

// addresses are those of the node's socket and of ours.
func (e *end) addresses() (theirs, ours netip.AddrPort) {
	return addrPort(e.tcp.RemoteAddr()), addrPort(e.tcp.LocalAddr())
}
