package tcp

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/ring"
)

const ms = time.Millisecond

// world drives flows over lines in virtual time.
type world struct {
	now   time.Duration
	lines []*line
	flows []*flow
	calls []call // by instant
}

type call struct {
	at time.Duration
	do func()
}

func (w *world) at(at time.Duration, do func()) {
	i := 0
	for i < len(w.calls) && w.calls[i].at <= at {
		i++
	}
	w.calls = slices.Insert(w.calls, i, call{at, do})
}

func (w *world) run(until time.Duration) {
	for at := w.due(); at <= until; at = w.due() {
		w.now = at
		for _, l := range w.lines {
			l.step()
		}
		for _, f := range w.flows {
			f.step()
		}
		for len(w.calls) > 0 && w.calls[0].at <= at {
			do := w.calls[0].do
			w.calls = w.calls[1:]
			do()
		}
	}
	w.now = until
}

func (w *world) due() time.Duration {
	due := Never
	for _, l := range w.lines {
		due = min(due, l.due())
	}
	for _, f := range w.flows {
		if f.open {
			due = min(due, f.s.Due(), f.r.Due())
		}
	}
	if len(w.calls) > 0 {
		due = min(due, w.calls[0].at)
	}
	return due
}

// packet is a segment, or an acknowledgement, which may ride along.
type packet struct {
	at      time.Duration
	flow    *flow // of the segment
	segment Segment
	ackOf   *flow
	ack     Ack
}

// line is a queue of bytes, a rate and a delay.
type line struct {
	w       *world
	rate    float64 // bits a second, 0 is no limit
	queue   int     // bytes, 0 is no limit
	delay   time.Duration
	lose    func(*Segment) bool // nil loses nothing; acknowledgements are segments of no transmission
	waiting ring.Ring[packet]
	backlog int
	done    time.Duration // the first that waits has left
	wire    ring.Ring[packet]
	drops   int
}

func (w *world) line(l line) *line {
	l.w = w
	w.lines = append(w.lines, &l)
	return &l
}

func (l *line) due() time.Duration {
	due := Never
	if l.waiting.Len() > 0 {
		due = l.done
	}
	if l.wire.Len() > 0 {
		due = min(due, l.wire.At(0).at)
	}
	return due
}

func (l *line) send(p packet) {
	if l.rate == 0 || l.waiting.Len() == 0 && p.segment.Length == 0 {
		l.leave(p)
		return
	}
	size := int(p.segment.Length)
	if l.queue > 0 && size > 0 && l.backlog+size > l.queue && l.backlog > 0 {
		l.drops++
		return
	}
	l.backlog += size
	if l.waiting.Push(p); l.waiting.Len() == 1 {
		l.done = l.w.now + l.took(size)
	}
}

func (l *line) took(size int) time.Duration {
	return time.Duration(float64(size) * 8e9 / l.rate)
}

// change changes the rate; what is being sent goes on at the new one.
func (l *line) change(rate float64) {
	if l.waiting.Len() > 0 {
		l.done = l.w.now + time.Duration(float64(l.done-l.w.now)*l.rate/rate)
	}
	l.rate = rate
}

func (l *line) leave(p packet) {
	if l.lose != nil && l.lose(&p.segment) {
		return
	}
	p.at = l.w.now + l.delay
	if n := l.wire.Len(); n > 0 && l.wire.At(n-1).join(&p) {
		return
	}
	l.wire.Push(p)
}

// join makes one run of neighbours that arrive at the same instant.
func (p *packet) join(q *packet) bool {
	a, b := &p.segment, &q.segment
	if p.at != q.at || p.flow == nil || p.flow != q.flow || p.ackOf != q.ackOf || q.ackOf != nil || a.End() != b.Offset || a.Transmission+1 != b.Transmission {
		return false
	}
	a.Length, a.Fin, a.Push, a.Transmission, a.Count = a.Length+b.Length, b.Fin, b.Push, b.Transmission, a.Count+b.Count
	return true
}

func (l *line) step() {
	for l.waiting.Len() > 0 && l.done <= l.w.now {
		p := *l.waiting.At(0)
		l.waiting.Pop()
		l.backlog -= int(p.segment.Length)
		if l.waiting.Len() > 0 {
			l.done += l.took(int(l.waiting.At(0).segment.Length))
		}
		l.leave(p)
	}
	for l.wire.Len() > 0 && l.wire.At(0).at <= l.w.now {
		p := *l.wire.At(0)
		l.wire.Pop()
		if p.ackOf != nil {
			p.ackOf.s.Ack(l.w.now, &p.ack)
			p.ackOf.pump()
		}
		if p.flow != nil {
			p.flow.arrive(&p.segment)
		}
	}
}

// flow is one direction of a connection, its writer and its reader.
type flow struct {
	w           *world
	set         Settings
	mss         int // 0 is MSS
	s           Sender
	r           Receiver
	forth, back *line
	peer        *flow // the other direction, nil for none
	open        bool
	more        int64 // to be written
	close       bool  // after that
	paused      bool  // the reader
	got, acks   int64
	last        time.Duration  // something was read
	sent        func(*Segment) // nil, or told of each segment
	onRead      func(n int64)  // nil, or told what was read
}

func (w *world) flow(set Settings, forth, back *line) *flow {
	f := &flow{w: w, set: set, forth: forth, back: back}
	w.flows = append(w.flows, f)
	return f
}

// dial opens the flow a round trip later.
func (f *flow) dial() {
	rtt := f.forth.delay + f.back.delay
	f.w.at(f.w.now+rtt, func() { f.start(rtt) })
}

func (f *flow) start(rtt time.Duration) {
	f.open = true
	mss := cmp.Or(f.mss, MSS)
	f.r.Open(f.w.now, &f.set, mss, rtt)
	f.s.Open(f.w.now, &f.set, mss, rtt, f.r.Right())
	f.pump()
}

func (f *flow) write(n int64) {
	f.more += n
	f.pump()
}

func (f *flow) pump() {
	if !f.open {
		return
	}
	n := min(f.s.Room(), f.more)
	f.s.Write(int(n))
	if f.more -= n; f.more == 0 && f.close {
		f.s.Close()
	}
	for g := (Segment{}); f.s.Next(f.w.now, &g); {
		p := packet{flow: f, segment: g}
		if f.sent != nil {
			f.sent(&g)
		}
		if f.peer != nil {
			f.peer.r.Answered()
			if f.peer.r.Piggyback(&p.ack) {
				p.ackOf = f.peer
			}
		}
		f.forth.send(p)
	}
}

func (f *flow) arrive(g *Segment) {
	f.r.Arrive(f.w.now, g)
	f.take()
	f.ack()
}

func (f *flow) take() {
	if n := f.r.Readable(); n > 0 && !f.paused {
		f.r.Read(f.w.now, n)
		f.got += n
		f.last = f.w.now
		if f.onRead != nil {
			f.onRead(n)
		}
	}
}

func (f *flow) resume() {
	f.paused = false
	f.take()
	f.ack()
}

func (f *flow) ack() {
	if p := (packet{ackOf: f}); f.r.Ack(&p.ack) {
		f.acks++
		f.back.send(p)
	}
}

func (f *flow) step() {
	if !f.open {
		return
	}
	if f.s.Due() <= f.w.now {
		f.s.Timer(f.w.now)
		f.pump()
	}
	if f.r.Due() <= f.w.now {
		f.r.Timer(f.w.now)
		f.ack()
	}
}

// single is one flow over a line, with a way back that only delays.
func single(set Settings, l line) (*world, *flow) {
	w := &world{}
	return w, w.flow(set, w.line(l), w.line(line{delay: l.delay}))
}

// bulk is single with a writer that always has more.
func bulk(set Settings, l line) (*world, *flow) {
	w, f := single(set, l)
	f.more = 1 << 50
	f.dial()
	return w, f
}

func within(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if got < want*(1-by) || got > want*(1+by) {
		t.Errorf("%s: %.4g, want %.4g within %.0f %%", what, got, want, 100*by)
	}
}
