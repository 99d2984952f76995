package network

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// witness is a datagram that notes when its copies arrive.
type witness struct {
	n       *Network
	copies  int
	arrived []time.Duration
}

func (w *witness) Decided(copies int) { w.copies = copies }
func (w *witness) Arrive(int)         { w.arrived = append(w.arrived, w.n.Now()) }

// What is told of datagrams is what becomes of them, each once.
func TestWhatIsToldOfADatagramIsWhatBecomesOfIt(t *testing.T) {
	l := both(t, link.Profile{
		Latency: link.NewFixed(5 * ms), Jitter: link.NewUniform(0, 3*ms), Loss: 0.2, Duplicate: 0.2, Rate: 500_000, Queue: 2000,
	})
	var told []Packet
	l.config.Told = func(p *Packet) { told = append(told, *p); told[len(told)-1].Head = slices.Clone(p.Head) }
	boxes := make([]*witness, 200)
	for i := range boxes {
		boxes[i] = &witness{n: l.Network}
		l.there().Send(9, 7, append(make([]byte, i), byte(i)), boxes[i])
		l.Run(l.Now() + ms)
	}
	l.Run(time.Minute)
	slices.SortFunc(told, func(a, b Packet) int { return cmp.Compare(a.Number, b.Number) })
	if len(told) != len(boxes) {
		t.Fatalf("%d told, want %d", len(told), len(boxes))
	}
	why := map[link.Drop]int{}
	for i, p := range told {
		why[p.Why]++
		arrives := slices.Sorted(slices.Values(p.Arrives[:p.Copies]))
		if !slices.Equal(arrives, boxes[i].arrived) || p.Copies != boxes[i].copies {
			t.Errorf("datagram %d: %d copies told at %v, come at %v", i, p.Copies, arrives, boxes[i].arrived)
		}
		if p.Size != i+1 || p.Port != 7 || p.Source != 9 || len(p.Head) != min(p.Size, MaxHead) || p.Left < p.Sent {
			t.Errorf("datagram %d is told as %+v", i, p)
		}
	}
	if why[link.DropLoss] == 0 || why[link.DropQueue] == 0 || why[link.NotDropped] == 0 {
		t.Errorf("reasons %v, want each of them", why)
	}
}

const dialledFrom = 49152

func (s *socket) Source() int { return dialledFrom }

// Peek makes each byte tell its place.
func (s *socket) Peek(b []byte, offset uint64) int {
	for i := range b {
		b[i] = byte(offset) + byte(i)
	}
	return len(b)
}

// What is told of a stream are its segments, each once, and they hold all its bytes.
func TestWhatIsToldOfAStreamHoldsAllItsBytes(t *testing.T) {
	const size = 200_000
	l := both(t, link.Profile{Latency: link.NewFixed(5 * ms), Loss: 0.05, Rate: 10_000_000})
	var told []Packet
	l.config.Told = func(p *Packet) { told = append(told, *p); told[len(told)-1].Head = slices.Clone(p.Head) }
	s := &socket{lab: l, more: size}
	s.end = l.a.Dial(l.b, 80, s)
	l.Run(time.Minute)
	s.end.CloseWrite()
	l.Run(2 * time.Minute)
	numbers, arrived := map[uint64]bool{}, make([]bool, size)
	fins, again, window := 0, 0, uint64(0)
	for _, p := range told {
		if numbers[p.Number] || p.Conn != 1 || p.Source != dialledFrom {
			t.Errorf("told twice, or of another connection: %+v", p)
		}
		numbers[p.Number] = true
		if p.Kind == "ack" && p.Window <= p.Ack {
			t.Errorf("a window that ends at %d, who reads at once has more to give: %+v", p.Window, p)
		}
		window = max(window, p.Window)
		if p.Kind != "data" || p.Copies == 0 {
			continue
		}
		if len(p.Head) != min(p.Size, MaxHead) || p.Size > 0 && p.Head[len(p.Head)-1] != byte(int(p.Offset)+len(p.Head)-1) {
			t.Errorf("the segment from %d begins with %x", p.Offset, p.Head)
		}
		for i := range p.Size {
			arrived[int(p.Offset)+i] = true
		}
		if p.Fin {
			fins++
		}
		again = max(again, p.Again)
	}
	if missing := slices.Index(arrived, false); missing >= 0 || fins == 0 || again == 0 || window < size {
		t.Errorf("byte %d never came; %d FIN, sent %d times again; a window up to %d", missing, fins, again, window)
	}
}

// A probe of a shut window is new each time: its attempts only tell its draws apart.
func TestAProbeWasNotSentBefore(t *testing.T) {
	l := both(t, link.Profile{Latency: link.NewFixed(5 * ms)})
	probes := 0
	l.config.Told = func(p *Packet) {
		if p.Kind != "data" || p.Size > 0 {
			return
		}
		if probes++; p.Again != 0 {
			t.Errorf("a probe was sent %d times before: %+v", p.Again, p)
		}
	}
	a, b := l.dial()
	b.paused = true
	a.send(1 << 20)
	l.pass(time.Minute)
	if probes < 4 {
		t.Errorf("%d probes in a minute, want at least one each 15 s", probes)
	}
}
