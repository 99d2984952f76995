package network

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

// randomLoss is Reno's window where each segment is lost by chance: Ott, Kemperman and Mathis, "The stationary behavior of
// ideal TCP congestion avoidance", 1996.
func randomLoss(b *table) {
	b.head("Reno, random loss", "window: 1.31/sqrt(p)", "in whole segments", "measured", "Linux 6.18", "PFTK, unchecked")
	const rtt = 50 * ms
	for _, c := range []struct{ p, by, linux float64 }{
		{0.0001, 0.1, 0}, {0.001, 0.1, 39.9}, {0.01, 0.1, 12.2},
		{0.05, 0.25, 4.82}, // the formula is for windows that are not whole
	} {
		p, linux := c.p, "-"
		l, flows := upload(b.t, link.Profile{Latency: latency(rtt / 2), Loss: p}, tcp.Reno)
		got := l.window(flows, 30*time.Second, time.Duration(330+0.2/p)*time.Second, rtt)
		want, measured := b.near(fmt.Sprint("random loss ", p), got, 1.31/math.Sqrt(p), c.by)
		whole, _ := b.near(fmt.Sprint("random loss in whole segments ", p), got, wholeWindow(p), 0.1)
		if c.linux > 0 {
			linux, _ = b.near(fmt.Sprint("Linux, random loss ", p), got, c.linux, 0.05)
		}
		b.row(fmt.Sprintf("%v %%", 100*p), want, whole, measured, linux, digits(pftk(p, rtt)))
	}
}

// wholeWindow is the average of a window that an acknowledgement widens by 1/window and a loss halves, as in the formula, but
// of whole segments and at least two, as of RFC 5681. No timeout and no recovery takes time.
func wholeWindow(p float64) float64 {
	random := rand.New(rand.NewPCG(1, 2))
	window, acked, total, trips := 10, 0, 0, 0.0
	for range 20_000_000 {
		trips += 1 / float64(window)
		switch acked++; {
		case random.Float64() < p:
			window, acked = max(window/2, 2), 0
			continue
		case acked == window:
			window, acked = window+1, 0
		}
		total++
	}
	return float64(total) / trips
}

// pftk is the window of Padhye, Firoiu, Towsley and Kurose, "Modeling TCP throughput", 1998, with acknowledgements of every
// second segment and a timeout of 200 ms more than the round trip.
func pftk(p float64, rtt time.Duration) float64 {
	r, timeout := rtt.Seconds(), (rtt + 200*ms).Seconds()
	return r / (r*math.Sqrt(2*2*p/3) + timeout*min(1, 3*math.Sqrt(3*2*p/8))*p*(1+32*p*p))
}

// periodicLoss is CUBIC's window where every n-th segment is lost, which RFC 9438 section 5.1 is about.
func periodicLoss(b *table) {
	b.head("CUBIC, every n-th segment lost", "round trip", "window: RFC 9438, or Reno", "measured", "Linux 6.18")
	linux := []string{"36.9", "42.6", "120", "211", "-", "-"}
	for i, n := range []int{1000, 10_000, 100_000} {
		for j, rtt := range []time.Duration{20 * ms, 100 * ms} {
			curve := math.Pow(0.4*3.7/1.2, 0.25) * math.Pow(rtt.Seconds()*float64(n), 0.75)
			want := max(curve, math.Sqrt(1.5*float64(n)))
			l := newLab(b.t, link.Profile{Latency: latency(rtt / 2), Rate: 1000 * link.Gbit}, link.Profile{Latency: latency(rtt / 2)})
			l.knock().more = 1 << 50
			first := int(2 * want) // so slow start ends near the window that is expected
			l.loseEvery(n, first, 5)
			from := l.Now()
			l.loseEvery(n, first, 10)
			got := float64(5*n) * float64(rtt) / float64(l.Now()-from)
			expected, measured := b.near(fmt.Sprint("periodic loss ", n, rtt), got, want, 0.15)
			b.row(fmt.Sprint(n), rtt.String(), expected, measured, linux[2*i+j])
		}
	}
}

// loseEvery loses the first-th segment that leaves a and every n-th after it, until so many times n are lost. The rate lets
// them leave one by one.
func (l *lab) loseEvery(n, first, until int) {
	for p, left := l.there(), 0; left < n*until; l.Step() {
		left = int(p.sent) - p.line.len()
		p.profile.Loss = 0
		if (left+1)%n == first%n {
			p.profile.Loss = 1
		}
	}
}

// slowStart is how many round trips pass from the dial until all has arrived.
func slowStart(b *table) {
	b.head("bytes over 50 ms one way", "windows", "round trips expected", "measured")
	for _, size := range []int64{10_000, 43_800, 100_000, 1_000_000} {
		l := both(b.t, link.Profile{Latency: latency(50 * ms)})
		var last time.Duration
		a := l.knock()
		a.more = size
		for l.Next() != Never {
			l.Step()
			if p := a.end.Peer(); last == 0 && p.InOrder() == uint64(size) {
				last = l.Now()
			}
		}
		windows, trips := rounds(size)
		want, got := b.near(fmt.Sprint("slow start ", size), last.Seconds()/0.1, trips, 0.001)
		b.row(fmt.Sprint(size), windows, want, got)
	}
}

// rounds is what doubling windows from 10 say: the dial's round trip, one for each window but the last, and half of one in
// which the last arrives.
func rounds(size int64) (windows string, trips float64) {
	var list []string
	for left, window := (size+tcp.MSS-1)/tcp.MSS, int64(10); left > 0; left, window = left-window, 2*window {
		list = append(list, fmt.Sprint(min(left, window)))
	}
	return strings.Join(list, ", "), float64(len(list)) + 0.5
}

// sharing is what flows get of one line, with Jain's index: R. Jain, D. Chiu, W. Hawe, 1984.
func sharing(b *table) {
	b.head("flows on 10 mbit, 20 ms", "Jain's index", "smallest share / fair share", "all together, mbit")
	cubic, reno := []tcp.Congestion{tcp.Cubic}, []tcp.Congestion{tcp.Reno}
	for _, c := range []struct {
		name  string
		flows []tcp.Congestion
		fair  float64
	}{
		{"2 cubic", slices.Repeat(cubic, 2), 0.99}, {"2 reno", slices.Repeat(reno, 2), 0.99},
		{"10 cubic", slices.Repeat(cubic, 10), 0.99}, {"10 reno", slices.Repeat(reno, 10), 0.99},
		{"5 cubic beside 5 reno", slices.Concat(slices.Repeat(cubic, 5), slices.Repeat(reno, 5)), 0},
	} {
		l, flows := upload(b.t, link.Profile{Latency: latency(10 * ms), Rate: 10 * link.Mbit, Queue: 64 << 10}, c.flows...)
		got := l.carried(flows, 10*time.Second, 130*time.Second)
		index, least, all := jain(got)
		if index < c.fair || len(got) == 2 && least < 0.9 {
			b.t.Errorf("%s: Jain's index %v, the smallest has %v of a fair share; want %v, and 0.9 of two", c.name, index, least, c.fair)
		}
		b.row(c.name, digits(index), digits(least), digits(mbit(all, 120*time.Second)))
	}
}

func jain(got []float64) (index, least, all float64) {
	squares := 0.0
	for _, x := range got {
		all += x
		squares += x * x
	}
	n := float64(len(got))
	return all * all / (n * squares), slices.Min(got) * n / all, all
}

// bloat is how long a datagram waits beside one flow, in the time after the queue was first full.
func bloat(b *table) {
	b.head("queue at 10 mbit, 20 ms", "longest wait expected, ms", "measured", "average wait, ms", "carried, mbit")
	for _, queue := range []int64{64 << 10, 128 << 10, 1 << 20} {
		p := link.Profile{Latency: latency(10 * ms), Rate: 10 * link.Mbit, Queue: queue}
		most, mean, rate := waitBeside(b, p)
		want, got := b.near(fmt.Sprint("queue ", queue), most, float64(queue)*8/10e3, 0.03)
		b.row(fmt.Sprintf("%d KiB", queue>>10), want, got, digits(mean), digits(rate))
	}
	p := link.Profile{Latency: latency(10 * ms), Rate: 10 * link.Mbit, Codel: link.Codel{Target: 5 * ms, Limit: 1 << 20}}
	most, mean, rate := waitBeside(b, p)
	if mean > 7.5 || rate < 9.5 {
		b.t.Errorf("codel: %v ms of wait on average, %v mbit; want at most 7.5 ms, and 9.5 mbit", mean, rate)
	}
	b.row("codel(target = 5*ms)", "-", digits(most), digits(mean), digits(rate))
}

// waitBeside measures by a small datagram every 10 ms.
func waitBeside(b *table, p link.Profile) (most, mean, rate float64) {
	const from, until = 25 * time.Second, 60 * time.Second
	l, flows := upload(b.t, p, tcp.Cubic)
	l.Run(from)
	before, boxes := flows[0].end.Peer().InOrder(), []*box(nil)
	for l.Now() < until {
		boxes = append(boxes, l.box())
		l.there().Send(1, 7, []byte{0}, boxes[len(boxes)-1])
		l.pass(10 * ms)
	}
	rate = mbit(float64(flows[0].end.Peer().InOrder()-before), until-from)
	n := 0
	for i, x := range boxes {
		if len(x.at) > 0 { // not lost, and not yet on its way at the end
			wait := (x.at[0] - from - time.Duration(i+1)*10*ms).Seconds() * 1000
			most, mean, n = max(most, wait), mean+wait, n+1
		}
	}
	return most, mean / float64(n), rate
}
