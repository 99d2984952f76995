package network

import (
	"slices"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

// Path is one direction between two hosts, for all ports and protocols: a queue, a line and a wire. What is sent waits in
// the queue, leaves as the line carries it at the rate then in force, and meets the fate of the profile and the faults in
// force when it leaves. All its state belongs to the sender's side.
type Path struct {
	From, To *Host
	// Own says that the path has a profile that is not the default.
	Own bool

	network *Network
	profile link.Profile
	key     uint64
	bursts  link.Bursts
	line    line
	alarm   time.Duration // for when an event of the line is due
	epoch   uint32        // counts changes of the delay
	sent    uint64        // items so far
	last    *item         // on the wire that has left last
	effects []effect
	has     [link.Effects]int
}

// effect is an effect of one fault on the path.
type effect struct {
	effect link.Effect
	meter  *link.Meter
	sent   uint64 // by the path before it was added
}

// Path is the way from one host to another, made when it is first asked for. To the host itself it is ideal.
func (h *Host) Path(to *Host) *Path {
	if p := h.paths[to]; p != nil {
		return p
	}
	n := h.network
	p := &Path{From: h, To: to, network: n, key: pairKey(n.config.Seed, h.name, to.name), alarm: Never}
	p.bursts = link.NewBursts(p.key)
	if h != to {
		p.profile = n.profile
	}
	h.paths[to] = p
	n.paths = append(n.paths, p)
	return p
}

// SetDefault changes the profile of all paths that have none of their own, present and future. It must be valid.
func (n *Network) SetDefault(profile link.Profile) {
	n.profile = profile
	for _, p := range n.paths {
		if !p.Own && p.From != p.To {
			p.SetProfile(profile)
		}
	}
}

// Profile is the one in force.
func (p *Path) Profile() link.Profile { return p.profile }

// SetProfile changes how the path treats what has not left the queue. It must be valid.
func (p *Path) SetProfile(profile link.Profile) {
	before := p.profile
	p.profile = profile
	if before.Latency != profile.Latency || before.Jitter != profile.Jitter {
		p.epoch++
	}
	p.line.change(p.network.now, before.Rate, profile.Rate)
	if before.Codel != profile.Codel {
		p.line.codel = codel{}
	}
	p.arm()
}

// AddEffect adds an effect, whose meter counts what is queued or leaves from now on, each once. Effects add up: each
// is removed with its own meter.
func (p *Path) AddEffect(e link.Effect, m *link.Meter) {
	p.effects = append(p.effects, effect{e, m, p.sent})
	p.has[e]++
}

// RemoveEffect takes back what was added with this meter.
func (p *Path) RemoveEffect(e link.Effect, m *link.Meter) {
	i := slices.IndexFunc(p.effects, func(l effect) bool { return l.effect == e && l.meter == m })
	if i >= 0 {
		p.effects = slices.Delete(p.effects, i, i+1)
		p.has[e]--
	}
}

// Has reports whether at least one fault has this effect on the path.
func (p *Path) Has(e link.Effect) bool { return p.has[e] > 0 }

// Plain reports whether the path changes nothing: it has no profile, no fault, and nothing waits.
func (p *Path) Plain() bool {
	return p.profile == link.Profile{} && len(p.effects) == 0 && p.line.len() == 0
}

// mss is the payload of a segment on the path.
func (p *Path) mss() int {
	if mtu := p.profile.MTU; mtu > 0 && mtu < tcp.MSS {
		return int(mtu)
	}
	return tcp.MSS
}

// send takes an item into the path.
func (p *Path) send(it *item) {
	now := p.network.now
	p.sent++
	it.path, it.number = p, p.sent
	for _, l := range p.effects {
		l.meter.Add()
	}
	switch {
	case it.datagram != nil && p.profile.MTU > 0 && int64(it.size) > p.profile.MTU:
		it.lost(link.DropMTU)
	case p.line.len() == 0 && (p.profile.Rate == 0 || it.size == 0):
		p.leave(it, now)
	case p.full(it):
		it.lost(link.DropQueue)
	default:
		p.line.push(now, it, p.profile.Rate)
		p.arm()
	}
}

// full reports whether the queue has no room. What is larger than the whole queue goes through alone.
func (p *Path) full(it *item) bool {
	limit := p.profile.QueueLimit()
	return limit > 0 && it.size > 0 && p.line.backlog > 0 && p.line.backlog+int64(it.size) > limit
}

// arm asks for the next departure.
func (p *Path) arm() {
	if p.line.len() > 0 && p.line.done != p.alarm {
		p.alarm = p.line.done
		p.network.at(max(p.alarm, p.network.now), p.From, p.From, (*departure)(p))
	}
}

// departure is a path as an event: its line's head leaves.
type departure Path

func (d *departure) happen() {
	p := (*Path)(d)
	if p.network.now != p.alarm {
		return // stale: the rate has changed since
	}
	p.alarm = Never
	for p.line.len() > 0 && p.line.done <= p.network.now {
		it := p.line.pop(p.profile.Rate)
		p.control()
		p.count(it)
		p.leave(it, p.network.now)
	}
	p.arm()
}

// control lets CoDel drop what has come to the line.
func (p *Path) control() {
	l := &p.line
	for p.profile.Codel != (link.Codel{}) && l.len() > 0 {
		head := l.waiting.Front()
		if head.size == 0 || !l.codel.drops(l.since, head, l.backlog, p.profile.Codel) {
			return
		}
		l.discard(p.profile.Rate)
		head.lost(link.DropQueue)
	}
}

// count notes one departure on the meters of the faults that began while it waited.
func (p *Path) count(it *item) {
	for _, l := range p.effects {
		if it.number <= l.sent {
			l.meter.Add()
		}
	}
}

// leave decides the fate of what leaves the line.
func (p *Path) leave(it *item, now time.Duration) {
	cut := p.Has(link.Cut) || it.datagram != nil && p.Has(link.Refuse)
	if cut {
		it.lost(link.DropCut)
		return
	}
	bad := p.profile.Burst != (link.Burst{}) && p.bursts.Bad(p.profile.Burst, now)
	if it.datagram != nil {
		var f link.Fate
		p.profile.Datagram(it.key, now, int(it.size), bad, &f)
		it.scatter(&f)
		return
	}
	if p.profile.Loses(it.key, bad) {
		it.lost(link.DropLoss)
		return
	}
	it.carry(link.Later(now, max(p.profile.Delay(it.key), p.network.config.Floor)))
}
