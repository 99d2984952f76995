package network

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

const ms = time.Millisecond

// lab is a network of two hosts, a and b.
type lab struct {
	*Network
	t    *testing.T
	a, b *Host
}

func newLab(t *testing.T, there, back link.Profile) *lab {
	n := New(Config{Seed: 1, Floor: time.Microsecond})
	l := &lab{n, t, n.AddHost("a", 1), n.AddHost("b", 2)}
	l.a.Path(l.b).SetProfile(there)
	l.b.Path(l.a).SetProfile(back)
	l.b.Dialled = func(e *End) { e.Accept(&socket{lab: l, end: e}) }
	return l
}

// both is a lab whose link is the same in both directions.
func both(t *testing.T, p link.Profile) *lab { return newLab(t, p, p) }

// socket writes all that it has, as soon as there is room, and reads all that comes unless it is paused.
type socket struct {
	lab      *lab
	end      *End
	more     int64
	got      int64
	paused   bool
	opened   time.Duration
	gone     bool
	refused  bool
	finished time.Duration
	arrived  func(n int64)
}

func (s *socket) Connected() { s.opened = s.lab.Now(); s.push() }
func (s *socket) Refused()   { s.refused = true }
func (s *socket) Gone()      { s.gone = true }
func (s *socket) Writable()  { s.push() }

func (s *socket) push() {
	for s.more > 0 && s.end.Open() {
		n := min(s.more, s.end.Room())
		if n == 0 {
			return
		}
		s.more -= n
		s.end.Write(int(n))
	}
}

func (s *socket) Readable() {
	n := s.end.Readable()
	if s.end.Finished() && s.finished == 0 {
		s.finished = s.lab.Now()
	}
	if s.paused || n == 0 {
		return
	}
	s.got += n
	s.end.Read(n)
	if s.arrived != nil {
		s.arrived(n)
	}
}

func (s *socket) send(n int64) { s.more += n; s.push() }

// dial dials and waits until both ends are open.
func (l *lab) dial() (a, b *socket) {
	l.t.Helper()
	a = l.knock()
	for l.Next() != Never && (!a.end.Open() || !a.end.Peer().Open()) {
		l.Step()
	}
	if !a.end.Peer().Open() {
		l.t.Fatal("the dial was not answered")
	}
	return a, a.end.Peer().Socket().(*socket)
}

func (l *lab) knock() *socket {
	s := &socket{lab: l}
	s.end = l.a.Dial(l.b, 80, s)
	return s
}

func (l *lab) pass(d time.Duration) { l.Run(l.Now() + d) }

// box is a datagram.
type box struct {
	l  *lab
	at []time.Duration
}

func (b *box) Decided(int)                       {}
func (b *box) Arrive(int)                        { b.at = append(b.at, b.l.Now()) }
func (l *lab) box() *box                         { return &box{l: l} }
func (l *lab) there() *Path                      { return l.a.Path(l.b) }
func rate(r link.Rate, queue int64) link.Profile { return link.Profile{Rate: r, Queue: queue} }

func (l *lab) wantBetween(what string, got, low, high time.Duration) {
	l.t.Helper()
	if got < low || got > high {
		l.t.Errorf("%s: got %v, want %v to %v", what, got, low, high)
	}
}

func TestWhatWaitsLeavesAtTheNewRate(t *testing.T) {
	l := both(t, link.Profile{})
	l.there().SetProfile(rate(8*link.Kbit, 64<<10))
	boxes := l.datagrams(20)
	l.pass(1500 * ms)
	l.there().SetProfile(link.Profile{})
	l.pass(1 * ms)
	for i, b := range boxes {
		want := 1500 * ms
		if i == 0 {
			want = 1000 * ms
		}
		if len(b.at) != 1 || b.at[0] < want || b.at[0] > want+2*time.Microsecond {
			t.Errorf("datagram %d arrived at %v, want %v", i, b.at, want)
		}
	}
}

func TestAFullQueueDropsToALowRate(t *testing.T) {
	l := both(t, rate(10*link.Mbit, 64<<10))
	got := 0
	for i := range 60 {
		l.there().Send(1, 7, append(make([]byte, 999), byte(i)), arrives(func() { got++ }))
	}
	l.there().SetProfile(rate(8*link.Kbit, 64<<10))
	l.pass(1001 * ms)
	if got != 1 {
		t.Errorf("%d datagrams of 1000 bytes in the first second at 8 kbit, want 1", got)
	}
}

// datagrams sends so many of 1000 bytes and tells when each arrives.
func (l *lab) datagrams(count int) (boxes []*box) {
	for i := range count {
		b := l.box()
		boxes = append(boxes, b)
		l.there().Send(1, 7, append(make([]byte, 999), byte(i)), b)
	}
	return boxes
}

func (l *lab) arrived(boxes []*box) (count int) {
	for _, b := range boxes {
		count += len(b.at)
	}
	return count
}

func TestASmallerQueueDropsNothingThatWaits(t *testing.T) {
	l := both(t, rate(80*link.Kbit, 20_000)) // ten datagrams a second
	waiting := l.datagrams(20)
	l.there().SetProfile(rate(80*link.Kbit, 5_000))
	refused := l.datagrams(1)
	l.pass(time.Minute)
	if n := l.arrived(waiting); n != 20 || l.arrived(refused) != 0 {
		t.Errorf("%d of the 20 that waited arrived, and %d that came later", n, l.arrived(refused))
	}
}

func TestACutDrainsTheQueueIntoNothingAtTheRate(t *testing.T) {
	l := both(t, rate(80*link.Kbit, 0))
	boxes := l.datagrams(20)
	m := new(link.Meter)
	l.there().AddEffect(link.Cut, m)
	l.pass(1001 * ms)
	l.there().RemoveEffect(link.Cut, m)
	l.pass(time.Minute)
	if n := l.arrived(boxes); n != 10 || m.Count() != 10 {
		t.Errorf("%d of 20 arrived and the cut met %d, want the 10 that left after it and the 10 that left in it", n, m.Count())
	}
}

func TestWhatIsOnTheWireKeepsItsFate(t *testing.T) {
	l := both(t, link.Profile{Latency: link.NewFixed(100 * ms)})
	boxes := l.datagrams(1)
	l.pass(50 * ms)
	l.there().SetProfile(link.Profile{Latency: link.NewFixed(time.Second), Loss: 1})
	l.there().AddEffect(link.Cut, new(link.Meter))
	l.pass(time.Minute)
	if len(boxes[0].at) != 1 || boxes[0].at[0] != 100*ms {
		t.Errorf("arrived at %v, want 100ms", boxes[0].at)
	}
}

type arrives func()

func (f arrives) Decided(int) {}
func (f arrives) Arrive(int)  { f() }

func TestABrownOutEndsWithItsHeal(t *testing.T) {
	usual := link.Profile{Latency: link.NewFixed(5 * ms), Rate: 10 * link.Mbit, Queue: 64 << 10}
	for _, queue := range []int64{16 << 10, 64 << 10, 1 << 20} {
		usual.Queue = queue
		l := both(t, usual)
		a, b := l.dial()
		a.send(100 << 20)
		l.pass(time.Second)
		slow := usual
		slow.Rate = 8 * link.Kbit
		l.there().SetProfile(slow)
		l.pass(time.Second)
		l.there().SetProfile(usual)
		before := b.got
		l.pass(4 * time.Second)
		if got := b.got - before; got < 3_900_000 || got > 5_100_000 {
			t.Errorf("queue %d: %d bytes in the 4 s after the brown-out, want 4 to 5 million", queue, got)
		}
	}
}

func TestTotalLossIsLikeACut(t *testing.T) {
	usual := link.Profile{Latency: link.NewFixed(5 * ms)}
	for what, fault := range map[string]func(l *lab) (heal func()){
		"loss": func(l *lab) func() {
			for _, p := range []*Path{l.there(), l.b.Path(l.a)} {
				lossy := usual
				lossy.Loss = 1
				p.SetProfile(lossy)
			}
			return func() { l.there().SetProfile(usual); l.b.Path(l.a).SetProfile(usual) }
		},
		"cut": func(l *lab) func() {
			m := new(link.Meter)
			l.there().AddEffect(link.Cut, m)
			return func() { l.there().RemoveEffect(link.Cut, m) }
		},
	} {
		l := both(t, usual)
		a, b := l.dial()
		a.send(5)
		l.pass(time.Second)
		heal := fault(l)
		began, at := l.Now(), time.Duration(0)
		b.arrived = func(int64) { at = l.Now() - began }
		a.send(5)
		l.pass(time.Second)
		heal()
		l.pass(10 * time.Second)
		l.wantBetween(what, at, 1400*ms, 1600*ms)
	}
}

func TestADialInTotalLossConnectsAtTheThirdSyn(t *testing.T) {
	l := both(t, link.Profile{Loss: 1, Latency: link.NewFixed(5 * ms)})
	a := l.knock()
	l.pass(1500 * ms)
	l.there().SetProfile(link.Profile{Latency: link.NewFixed(5 * ms)})
	l.b.Path(l.a).SetProfile(link.Profile{Latency: link.NewFixed(5 * ms)})
	l.pass(10 * time.Second)
	l.wantBetween("connected", a.opened, 3010*ms, 3010*ms)
}

func TestALatencyOfAMomentHoldsUpNothingAfterIt(t *testing.T) {
	usual := link.Profile{Latency: link.NewFixed(5 * ms)}
	l := both(t, usual)
	a, b := l.dial()
	a.send(5)
	l.pass(time.Second)
	l.there().SetProfile(link.Profile{Latency: link.NewFixed(5 * time.Second)})
	began, at := l.Now(), time.Duration(0)
	b.arrived = func(int64) { at = l.Now() - began }
	a.send(5)
	l.pass(500 * ms)
	l.there().SetProfile(usual)
	l.pass(10 * time.Second)
	l.wantBetween("answer", at, 500*ms, time.Second)
}

func TestALatencyOfAMomentHoldsUpNoAcknowledgementAfterIt(t *testing.T) {
	usual := link.Profile{Latency: link.NewFixed(10 * ms)}
	l := both(t, usual)
	a, b := l.dial()
	a.send(1 << 30)
	l.pass(time.Second)
	back := l.b.Path(l.a)
	back.SetProfile(link.Profile{Latency: link.NewFixed(20 * time.Second)})
	l.pass(500 * ms)
	back.SetProfile(usual)
	l.pass(time.Second)
	before := b.got
	l.pass(time.Second)
	if b.got-before < 1<<20 {
		t.Errorf("%d bytes in the second after the first, want a MiB", b.got-before)
	}
}

func TestTheFirstSegmentOfASlowLinkComesAlone(t *testing.T) {
	l := both(t, rate(64*link.Kbit, 0))
	a, b := l.dial()
	began := l.Now()
	var first, last time.Duration
	b.arrived = func(int64) {
		if last = l.Now() - began; first == 0 {
			first = last
		}
	}
	a.send(8000)
	l.pass(10 * time.Second)
	l.wantBetween("the first bytes", first, 182*ms, 183*ms)
	l.wantBetween("the last bytes", last, 1000*ms, 1001*ms)
}

func TestALongFatPipeIsFilled(t *testing.T) {
	for _, test := range []struct {
		queue     int64
		low, high float64 // mbit over 10 s after the start
	}{{0, 90, 100}, {1_250_000, 90, 100}, {250_000, 55, 68}} {
		p := link.Profile{Latency: link.NewFixed(50 * ms), Rate: 100 * link.Mbit, Queue: test.queue}
		l := newLab(t, p, link.Profile{Latency: link.NewFixed(50 * ms)})
		a, b := l.dial()
		a.send(1 << 30)
		l.pass(10 * time.Second)
		if mbit := float64(b.got) * 8 / 10e6; mbit < test.low || mbit > test.high {
			t.Errorf("queue %d: %.1f mbit, want %v to %v", test.queue, mbit, test.low, test.high)
		}
	}
}

func TestAFaultCountsWhatItMeetsOnce(t *testing.T) {
	l := both(t, rate(80*link.Kbit, 64<<10)) // 10,000 bytes a second
	for i := range 4 {
		l.there().Send(1, 7, append(make([]byte, 999), byte(i)), l.box())
	}
	l.pass(150 * ms) // one has left, one is on the line
	m := new(link.Meter)
	l.there().AddEffect(link.Watch, m)
	l.there().Send(1, 7, make([]byte, 1000), l.box())
	l.pass(time.Second)
	if m.Count() != 4 {
		t.Errorf("met %d, want the three that waited and the one that came", m.Count())
	}
}

func TestACloseTravelsBehindTheBytes(t *testing.T) {
	l := both(t, link.Profile{Latency: link.NewFixed(10 * ms), Loss: 0.2})
	a, b := l.dial()
	a.send(100_000)
	l.pass(time.Minute)
	a.end.CloseWrite()
	l.pass(time.Minute)
	if b.got != 100_000 || b.finished == 0 || !a.end.Open() {
		t.Errorf("got %d bytes, end at %v, open %v", b.got, b.finished, a.end.Open())
	}
	if l.Next() != Never {
		t.Errorf("something is left to happen at %v", l.Next())
	}
}

func TestAJoinedConnectionIsOpenAndBeginsWithAFreshWindow(t *testing.T) {
	l := both(t, link.Profile{Latency: link.NewFixed(10 * ms)})
	here, there := &socket{lab: l}, &socket{lab: l}
	here.end = l.a.Join(l.b, 80, here, there)
	there.end = here.end.Peer()
	if !here.end.Open() || !there.end.Open() {
		t.Fatal("an end is not open")
	}
	if c := here.end.Connection(); c.Cwnd != 10 || c.RTT > time.Microsecond || !c.Dialled || c.Port != 80 {
		t.Errorf("joined as %+v, want a new window and a round trip of nothing", c)
	}
	here.send(100_000)
	there.send(1000)
	l.pass(time.Second)
	if there.got != 100_000 || here.got != 1000 {
		t.Errorf("%d and %d bytes have arrived, want 100000 and 1000", there.got, here.got)
	}
}
