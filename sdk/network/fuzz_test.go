package network

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

// FuzzNetwork does whatever bytes say to links, faults, connections and datagrams, at any moment, and ends in links that are
// ideal. Then everything must arrive.
func FuzzNetwork(f *testing.F) {
	for seed := range uint64(300) {
		dice := rand.New(rand.NewPCG(seed, 2))
		b := make([]byte, 200+20*seed)
		for i := range b {
			b[i] = byte(dice.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x := &storm{lab: both(t, link.Profile{}), b: b}
		x.lab.b.Dialled = x.dialled
		for len(x.b) > 0 && !t.Failed() {
			x.act()
		}
		x.calm()
		x.judge()
	})
}

// storm is a network to which bytes do what they say.
type storm struct {
	*lab
	b      []byte
	talks  []*party // by those that have dialled
	boxes  []*counted
	faults []*fault
	busy   bool // b lets dials wait
	healed time.Duration
}

// party is one end of a connection. It writes what it has as soon as there is room, and reads what comes unless it pauses.
type party struct {
	x                                               *storm
	other                                           *party
	end                                             *End
	more, total, got                                int64
	paused, closing, closed, aborted, refused, gone bool
	done                                            time.Duration // all was read
}

func (p *party) Connected() { p.push() }
func (p *party) Refused()   { p.refused = true }
func (p *party) Gone()      { p.gone = true }
func (p *party) Writable()  { p.push() }

func (p *party) Readable() {
	if !p.paused {
		p.read(p.end.Readable())
	}
}

func (p *party) read(n int64) {
	p.got += n
	p.end.Read(n)
	if p.end.InOrder() > uint64(p.other.total-p.other.more) {
		p.x.t.Errorf("%d bytes have arrived, %d were sent", p.end.InOrder(), p.other.total-p.other.more)
	}
	if p.done == 0 && p.end.Finished() && p.end.Readable() == 0 {
		p.done = p.x.Now()
	}
}

func (p *party) write(n int64) {
	if !p.closing {
		p.more += n
		p.total += n
		p.push()
	}
}

func (p *party) push() {
	if p.end == nil || !p.end.Open() {
		return
	}
	for p.more > 0 {
		n := min(p.more, p.end.Room())
		if n == 0 {
			return
		}
		p.more -= n
		p.end.Write(int(n))
	}
	if p.closing {
		p.end.CloseWrite()
	}
}

func (p *party) pause(paused bool) {
	if p.paused = paused; !paused && p.end != nil && p.end.Open() {
		p.Readable()
	}
}

func (x *storm) dial() {
	if len(x.talks) == 8 {
		return
	}
	a, b := &party{x: x}, &party{x: x}
	a.other, b.other = b, a
	x.talks = append(x.talks, a)
	a.end = x.a.Dial(x.lab.b, 80, a)
}

func (x *storm) dialled(e *End) {
	b := e.Peer().Socket().(*party).other
	if x.busy {
		e.Ignore()
		return
	}
	b.end, b.gone = e, false // it may have forgotten the dial before
	e.Accept(b)
}

type fault struct {
	path   *Path
	effect link.Effect
	meter  link.Meter
	least  int64 // datagrams sent while it was there
}

// counted is a datagram that is to be decided once, and to arrive as often as was decided.
type counted struct {
	decided, copies, arrived int
}

func (c *counted) Decided(copies int) { c.decided++; c.copies = copies }
func (c *counted) Arrive(int)         { c.arrived++ }

// take is a number below n.
func (x *storm) take(n uint64) uint64 {
	var word [4]byte
	x.b = x.b[copy(word[:], x.b):]
	return uint64(binary.LittleEndian.Uint32(word[:])) % n
}

// upTo is a duration, short ones as likely as long ones.
func (x *storm) upTo(longest time.Duration) time.Duration {
	return time.Duration(x.take(uint64(longest))) >> x.take(20)
}

func (x *storm) chance() float64 {
	return []float64{0, 0, 0.01, 0.3, 1}[x.take(5)]
}

func (x *storm) draw() link.Draw {
	switch x.take(7) {
	case 0, 1:
		return link.NewFixed(x.upTo(time.Second))
	case 2:
		low := x.upTo(time.Second)
		return link.NewUniform(low, low+x.upTo(time.Second))
	case 3:
		return link.NewExponential(x.upTo(time.Second))
	case 4:
		return link.NewNormal(x.upTo(time.Second), x.upTo(time.Second))
	case 5:
		return link.NewPareto(1+x.upTo(time.Second), 1.1)
	}
	return link.Draw{}
}

func (x *storm) profile() link.Profile {
	p := link.Profile{
		Latency: x.draw(), Jitter: x.draw(), Loss: x.chance(), Duplicate: x.chance(), Reorder: x.chance(), Corrupt: x.chance(),
		Rate: link.Rate(x.take(1<<30) >> x.take(24)), Queue: int64(x.take(1<<20) >> x.take(20)), MTU: int64(x.take(3000) >> x.take(12)),
	}
	if x.take(4) == 0 {
		p.Loss, p.Burst = 0, link.Burst{Bad: x.chance(), Good: 0.1, Loss: x.chance(), Slot: 1 + x.upTo(time.Second)}
	}
	if x.take(4) == 0 {
		p.Queue, p.Codel = 0, link.Codel{Target: 1 + x.upTo(time.Second), Limit: 1 + int64(x.take(1<<20))}
	}
	if err := p.Validate(); err != nil {
		x.t.Fatal(err)
	}
	return p
}

func (x *storm) settings() tcp.Settings {
	s := tcp.Settings{
		Congestion: tcp.Congestion(x.take(3)), DelayedAck: x.take(2) == 0, Nagle: x.take(2) == 0,
		InitialWindow: 1 + int(x.take(64)), MinRTO: time.Millisecond + x.upTo(time.Second),
	}
	if err := s.Validate(); err != nil {
		x.t.Fatal(err)
	}
	return s
}

func (x *storm) path() *Path {
	if x.take(2) == 0 {
		return x.there()
	}
	return x.lab.b.Path(x.a)
}

func (x *storm) party() *party {
	if len(x.talks) == 0 {
		x.dial()
	}
	p := x.talks[x.take(uint64(len(x.talks)))]
	if x.take(2) == 0 {
		return p.other
	}
	return p
}

// act does one thing.
func (x *storm) act() {
	switch x.take(15) {
	case 0, 1, 2:
		x.pass(x.upTo(5 * time.Second))
	case 3:
		x.pass(min(x.Next(), x.Now()+time.Minute) - x.Now()) // just what happens next
	case 4:
		x.path().SetProfile(x.profile())
	case 5:
		x.path().SetProfile(link.Profile{})
	case 6:
		x.add(x.path(), link.Effect(x.take(uint64(link.Effects))))
	case 7:
		x.remove(x.take(uint64(max(len(x.faults), 1))))
	case 8:
		x.SetTCP([]*Host{nil, x.a, x.lab.b}[x.take(3)], x.settings())
		x.dial()
	case 9:
		x.party().write(int64(x.take(1<<17) >> x.take(17)))
	case 10:
		p := x.party()
		p.pause(!p.paused)
	case 11:
		if p := x.party(); p.end != nil && p.end.Open() {
			p.read(min(p.end.Readable(), int64(x.take(4000))))
		}
	case 12:
		if x.take(4) == 0 {
			p := x.party()
			p.closing = true
			p.push()
		}
		x.busy = x.take(3) == 0
	case 13:
		x.send(x.path(), int(x.take(3000)))
	case 14:
		if p := x.party(); p.end != nil && x.take(8) == 0 {
			if p.aborted = p.end.Open() && x.take(2) == 0; p.aborted {
				p.end.Abort()
			} else {
				p.closed = true
				p.end.Close()
			}
		}
	}
}

func (x *storm) add(p *Path, e link.Effect) {
	f := &fault{path: p, effect: e}
	x.faults = append(x.faults, f)
	p.AddEffect(e, &f.meter)
}

func (x *storm) remove(i uint64) {
	if i < uint64(len(x.faults)) {
		f := x.faults[i]
		f.path.RemoveEffect(f.effect, &f.meter)
		x.faults[i] = x.faults[len(x.faults)-1]
		x.faults = x.faults[:len(x.faults)-1]
		if f.meter.Count() < f.least {
			x.t.Errorf("a fault has met %d, want at least %d datagrams", f.meter.Count(), f.least)
		}
	}
}

func (x *storm) send(p *Path, size int) {
	for _, f := range x.faults {
		if f.path == p {
			f.least++
		}
	}
	x.boxes = append(x.boxes, &counted{})
	p.Send(1, 7, make([]byte, size), x.boxes[len(x.boxes)-1])
}

// calm heals everything and lets all end.
func (x *storm) calm() {
	for len(x.faults) > 0 {
		x.remove(0)
	}
	for _, p := range []*Path{x.there(), x.lab.b.Path(x.a)} {
		p.SetProfile(link.Profile{})
	}
	x.busy, x.healed = false, x.Now()
	for _, a := range x.talks {
		for _, p := range []*party{a, a.other} {
			p.closing = true
			p.pause(false)
			p.push()
		}
	}
	for range 2_000_000 {
		if x.Next() == Never {
			return
		}
		x.Step()
	}
	x.t.Errorf("the network has no rest: now %v, healed at %v", x.Now(), x.healed)
}

// judge wants that everything has arrived, or that both ends know better.
func (x *storm) judge() {
	for i, c := range x.boxes {
		if c.decided != 1 || c.arrived != c.copies {
			x.t.Errorf("datagram %d: decided %d times, %d of %d copies have arrived", i, c.decided, c.arrived, c.copies)
		}
	}
	for i, a := range x.talks {
		switch b := a.other; {
		case a.refused || a.end.state == dialing && a.end.attempts > synRepeats:
		case a.closed || b.closed: // which takes no more bytes
		case a.gone || b.gone || a.aborted || b.aborted:
			if a.alive() || b.alive() {
				x.t.Errorf("connection %d: it has ended at one end only: %v, %v", i, a.end.state, b.end.state)
			}
		default:
			x.arrived(i, a)
			x.arrived(i, b)
		}
	}
}

// alive reports whether an end knows nothing of the end of its connection. One that only waits for bytes need not learn of
// a reset that was lost.
func (p *party) alive() bool {
	if p.end == nil || p.end.state == dead || p.end.state == unborn {
		return false
	}
	return !p.other.aborted || !p.end.sender.Done()
}

// soon is what the timers of TCP allow after a heal: a minute of back-off, and what was on the wire for long.
const soon = 2 * time.Minute

func (x *storm) arrived(i int, p *party) {
	if p.got != p.other.total || p.done == 0 || p.done > x.healed+soon {
		x.t.Errorf("connection %d: read %d bytes of %d, and their end at %v; healed at %v", i, p.got, p.other.total, p.done, x.healed)
	}
}
