package network

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

// kernelCurve compares windows with those of Linux 6.18, which were measured once: its TCP in two network namespaces, whose
// packets went through TUN devices and this model of a link.
func kernelCurve(b *table) {
	b.head("one CUBIC flow", "", "window each half second, in segments of 1448 bytes")
	for _, c := range []struct {
		name   string
		p      link.Profile
		kernel []float64
	}{
		{"10 mbit, 20 ms, 128 KiB", link.Profile{Rate: 10 * link.Mbit, Queue: 128 << 10, Latency: latency(10 * ms)}, []float64{49, 70, 92, 109, 85, 94, 101, 106}},
		{"100 mbit, 100 ms, no bound", link.Profile{Rate: 100 * link.Mbit, Latency: latency(50 * ms)}, []float64{160, 1173, 1389, 1605}},
		{"100 mbit, 100 ms, 250 KB", link.Profile{Rate: 100 * link.Mbit, Queue: 250_000, Latency: latency(50 * ms)}, []float64{160, 647, 500, 519, 536, 549, 560}},
	} {
		c.p.MTU = 1448
		l, a := dialled(b, c.p)
		model := make([]float64, len(c.kernel))
		for i := range model {
			l.pass(500 * ms)
			model[i] = float64(a.end.Connection().Cwnd)
			if want := c.kernel[i]; math.Abs(model[i]-want) > max(0.02*want, 1.5) {
				b.t.Errorf("%s: a window of %v after %v, want the kernel's %v within 2 %%", c.name, model[i], l.Now(), want)
			}
		}
		b.row(c.name, "kernel", list(c.kernel))
		b.row("", "model", list(model))
	}
}

func dialled(b *table, p link.Profile) (*lab, *socket) {
	l := newLab(b.t, p, link.Profile{Latency: p.Latency})
	a := l.knock()
	a.more = 1 << 50
	for !a.end.Open() {
		l.Step()
	}
	return l, a
}

func list(x []float64) string { return strings.Trim(fmt.Sprint(x), "[]") }

// kernelLoss compares what a flow carries and sends again with the same kernel.
func kernelLoss(b *table) {
	b.head("against Linux 6.18", "what", "kernel", "model")
	deep := link.Profile{Rate: 10 * link.Mbit, Queue: 1 << 20, Latency: latency(10 * ms), MTU: 1448}
	l, a := dialled(b, deep)
	first := time.Duration(0)
	for l.Now() < 25*time.Second {
		l.pass(10 * ms)
		if first == 0 && a.end.Connection().Retransmits > 0 {
			first = l.Now()
		}
	}
	b.versus("10 mbit, 20 ms, 1 MiB, 25 s", "first loss, s", first.Seconds(), 13.5, 0.05)
	b.versus("", "segments sent again", float64(a.end.Connection().Retransmits), 185, 0.1)
	short := link.Profile{Rate: 100 * link.Mbit, Queue: 250_000, Latency: latency(50 * ms), MTU: 1448}
	l, a = dialled(b, short)
	l.pass(10 * time.Second)
	b.versus("100 mbit, 100 ms, 250 KB, 10 s", "mbit", mbit(float64(a.end.Peer().InOrder()), 10*time.Second), 61.6, 0.05)
	b.versus("", "segments sent again", float64(a.end.Connection().Retransmits), 341, 0.15)
	for _, c := range []struct {
		control tcp.Congestion
		kernel  float64
	}{{tcp.Reno, 5.79}, {tcp.Cubic, 5.35}} {
		p := link.Profile{Rate: 10 * link.Mbit, Latency: latency(10 * ms), Loss: 0.01, MTU: 1448}
		l, flows := upload(b.t, p, c.control)
		got := mbit(l.carried(flows, time.Second, 301*time.Second)[0], 300*time.Second)
		b.versus("10 mbit, 20 ms, 1 % of random loss, "+c.control.String(), "mbit", got, c.kernel, 0.1)
	}
}

func (b *table) versus(name, what string, got, kernel, by float64) {
	want, measured := b.near(name+what, got, kernel, by)
	b.row(name, what, want, measured)
}
