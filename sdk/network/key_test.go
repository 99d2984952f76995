package network

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// hostile is a profile by which every kind of fate depends on chance, but no datagram on another one.
var hostile = link.Profile{
	Latency: link.NewExponential(5 * ms), Jitter: link.NewFixed(2 * ms), Loss: 0.2, Duplicate: 0.1, Reorder: 0.1, Corrupt: 0.1,
}

// note is what became of a datagram.
type note struct {
	lab  *lab
	sent time.Duration
	fate []string
}

func (n *note) Decided(copies int) { n.fate = append(n.fate, fmt.Sprint(copies)) }
func (n *note) Arrive(flip int) {
	n.fate = append(n.fate, fmt.Sprint(n.lab.Now()-n.sent, flip))
}

// post sends messages and other datagrams, many of them of one kind, and returns what they are and their fates. The one of
// that number it takes away: by a cut, or by not sending it.
func post(t *testing.T, without int, byCut bool) (kinds, fates []string) {
	l := both(t, hostile)
	random := rand.New(rand.NewPCG(1, 2))
	var notes []*note
	for i := range 300 {
		data := binary.AppendUvarint(nil, random.Uint64N(20))
		kinds = append(kinds, string(data))
		if i%2 == 0 {
			data, _ = value.AppendHead(nil, value.Head{Type: "vote", Fields: value.Fields{{Name: "term", Value: random.IntN(20)}}})
			kinds[i] = string(data)
			data = binary.AppendUvarint(data, uint64(i)) // the payload anchors nothing
		}
		n := &note{lab: l, sent: l.Now()}
		notes = append(notes, n)
		if i != without {
			l.there().Send(1, 7, data, n)
		} else if byCut {
			m := new(link.Meter)
			l.there().AddEffect(link.Cut, m)
			l.there().Send(1, 7, data, n)
			l.there().RemoveEffect(link.Cut, m)
		}
		l.pass(time.Duration(random.IntN(1000)) * time.Microsecond)
	}
	l.pass(time.Minute)
	for _, n := range notes {
		fates = append(fates, fmt.Sprint(n.fate))
	}
	return kinds, fates
}

// TestTakingOneAwayMovesTheFateOfNoOther takes away each datagram of a run in turn. What a fault takes away still counts,
// so no other fate moves; without what is not sent at all each later one of its kind has come once less.
func TestTakingOneAwayMovesTheFateOfNoOther(t *testing.T) {
	kinds, all := post(t, -1, false)
	for without := range all {
		for _, byCut := range []bool{true, false} {
			_, fates := post(t, without, byCut)
			for i, fate := range fates {
				free := i == without || !byCut && i > without && kinds[i] == kinds[without]
				if fate != all[i] && !free {
					t.Fatalf("without datagram %d (cut %v) the fate of datagram %d is %s, want %s", without, byCut, i, fate, all[i])
				}
			}
		}
	}
}

func TestOneDirectionAndOnePairDrawApart(t *testing.T) {
	l := both(t, hostile)
	c := l.AddHost("c", 3)
	paths := []*Path{l.there(), l.b.Path(l.a), l.a.Path(c)}
	fates := map[string]bool{}
	for _, p := range paths {
		p.SetProfile(hostile)
		text := ""
		for i := range 20 {
			n := &note{lab: l, sent: l.Now()}
			p.Send(1, 7, []byte{byte(i)}, n)
			l.pass(time.Second)
			text += fmt.Sprint(n.fate)
		}
		fates[text] = true
	}
	if len(fates) != len(paths) {
		t.Errorf("%d different histories of %d paths", len(fates), len(paths))
	}
}

func TestCountsBeginAnewUnderAnotherAge(t *testing.T) {
	var c counter
	for key := range uint64(3 * maxKeys) {
		c.next(key)
		if n := c.next(key); n&0xffffffff != 1 && c.used > 1 {
			t.Fatalf("key %d came %d times before, want 1", key, n)
		}
	}
	if len(c.slots) > 4*maxKeys || c.age == 0 {
		t.Errorf("%d slots, age %d", len(c.slots), c.age)
	}
}

func BenchmarkDatagram(b *testing.B) {
	for name, p := range map[string]link.Profile{
		"ideal": {}, "lossy": {Latency: link.NewFixed(ms), Jitter: link.NewFixed(100 * time.Microsecond), Loss: 0.01}, "rate": {Rate: link.Gbit},
	} {
		b.Run(name, func(b *testing.B) {
			l := both(&testing.T{}, p)
			data := make([]byte, 64)
			there, d := l.there(), arrives(func() {})
			for i := 0; b.Loop(); i++ {
				binary.LittleEndian.PutUint64(data, uint64(i%1000))
				there.Send(1, 7, data, d)
				if i%64 == 0 {
					l.pass(2 * ms)
				}
			}
		})
	}
}

// BenchmarkFate is the key and the fate of a datagram that is a message, without its way through the events.
func BenchmarkFate(b *testing.B) {
	l := both(&testing.T{}, link.Profile{Latency: link.NewFixed(ms), Jitter: link.NewFixed(100 * time.Microsecond), Loss: 0.01})
	p, n := l.there(), l.Network
	data, _ := value.AppendHead(nil, value.Head{Type: "append", Fields: value.Fields{{Name: "term", Value: 3}, {Name: "prev", Value: 17}}})
	b.ReportAllocs()
	var f link.Fate
	for i := 0; b.Loop(); i++ {
		data[len(data)-1] = byte(i)
		key := n.occurrence(p.key ^ datagramKey(7, data))
		p.profile.Datagram(key, 0, len(data), false, &f)
	}
}

func BenchmarkEcho(b *testing.B) {
	l := both(&testing.T{}, link.Profile{Latency: link.NewFixed(ms)})
	there, back := l.dial()
	back.arrived = back.send
	b.ReportAllocs()
	for b.Loop() {
		there.send(64)
		l.pass(2 * ms)
	}
	if there.got == 0 {
		b.Error("no echo")
	}
}

func BenchmarkBulk(b *testing.B) {
	for name, p := range map[string]link.Profile{
		"ideal": {}, "10ms": {Latency: link.NewFixed(10 * ms)},
		"1gbit, 20ms, 0.01% loss": {Latency: link.NewFixed(20 * ms), Rate: link.Gbit, Loss: 0.0001},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				l := both(&testing.T{}, p)
				there, back := l.dial()
				there.send(1 << 30)
				l.Run(time.Hour)
				if back.got != 1<<30 {
					b.Fatalf("%d bytes", back.got)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Seconds())/float64(b.N), "s/GiB")
		})
	}
}
