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

// visit is a datagram that sums up how long datagrams take.
type visit struct {
	l    *lab
	sent time.Duration
	took *[]float64 // milliseconds
}

func (v *visit) Decided(int) {}
func (v *visit) Arrive(int)  { *v.took = append(*v.took, (v.l.Now()-v.sent).Seconds()*1000) }

// waiting is the time of datagrams that arrive by chance at a line of 1 mbit, a thousand bytes long or on average. With sizes
// that are all the same that is M/D/1, whose wait is rho/2(1-rho) of a service (Pollaczek and Khinchine); with exponential
// ones M/M/1, with rho/(1-rho).
func waiting(b *table) {
	b.head("a line, Poisson arrivals", "load", "time expected, ms", "measured")
	const service = 8.0 // ms
	for _, rho := range []float64{0.5, 0.8} {
		for _, c := range []struct {
			name string
			wait float64
			size func(*rand.Rand) float64
		}{
			{"M/D/1", rho / (2 * (1 - rho)), func(*rand.Rand) float64 { return 1000 }},
			{"M/M/1", rho / (1 - rho), func(r *rand.Rand) float64 { return 1000 * r.ExpFloat64() }},
		} {
			took := arrivals(b, service/rho, c.size)
			want, got := b.near(fmt.Sprint(c.name, rho), mean(took), (1+c.wait)*service, 0.02)
			b.row(c.name, fmt.Sprint(rho), want, got)
		}
	}
}

// arrivals sends a million datagrams, every so many milliseconds on average.
func arrivals(b *table, every float64, size func(*rand.Rand) float64) []float64 {
	l, dice, data := both(b.t, rate(link.Mbit, 0)), rand.New(rand.NewPCG(1, 2)), make([]byte, 65507)
	took := make([]float64, 0, 1_000_000)
	at := 0.0
	for range cap(took) {
		at += every * dice.ExpFloat64()
		l.Run(time.Duration(at * 1e6))
		n := min(int(math.Round(size(dice))), len(data))
		l.there().Send(1, 7, data[:n], &visit{l, l.Now(), &took})
	}
	l.Run(Never - 1)
	return took
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// losing is what a link loses of a million datagrams, one each millisecond, and in bursts how many slots in a row.
func losing(b *table) {
	b.head("loss", "share expected", "measured", "slots in a row expected", "measured in a row")
	for _, p := range []float64{0.01, 0.1} {
		lost := losses(b, link.Profile{Loss: p})
		want, got := b.near(fmt.Sprint("loss ", p), share(lost), p, 0.05)
		row, rows := b.near(fmt.Sprint("loss in a row ", p), 1/turns(lost), 1/(1-p), 0.02)
		b.row(fmt.Sprint(p), want, got, row, rows)
	}
	for _, law := range []link.Burst{
		{Bad: 0.001, Good: 0.1, Loss: 1, Slot: ms}, {Bad: 0.01, Good: 0.25, Loss: 1, Slot: ms},
	} {
		lost := losses(b, link.Profile{Burst: law})
		want, got := b.near(law.String(), share(lost), law.Bad/(law.Bad+law.Good), 0.05)
		row, rows := b.near(law.String(), 1/turns(lost), 1/law.Good, 0.05)
		b.row(law.String(), want, got, row, rows)
	}
}

// fated is a datagram of which only the loss counts.
type fated bool

func (f *fated) Decided(copies int) { *f = copies == 0 }
func (f *fated) Arrive(int)         {}

func losses(b *table, p link.Profile) []fated {
	l, lost := both(b.t, p), make([]fated, 1_000_000)
	for i := range lost {
		l.there().Send(1, 7, []byte{0}, &lost[i])
		l.pass(ms)
	}
	return lost
}

func share(lost []fated) float64 {
	n := 0
	for _, gone := range lost {
		if gone {
			n++
		}
	}
	return float64(n) / float64(len(lost))
}

// turns is the chance that what follows a loss is none.
func turns(lost []fated) float64 {
	ends, n := 0, 0
	for i, gone := range lost[:len(lost)-1] {
		if gone {
			n++
			if !lost[i+1] {
				ends++
			}
		}
	}
	return float64(ends) / float64(n)
}

// jitters are the median and the 99th percentile of what distributions add.
func jitters(b *table) {
	b.head("latency", "median expected, ms", "median measured", "99th expected, ms", "99th measured")
	const normal = 2.326348 // the 99th percentile of the standard normal distribution
	for _, c := range []struct {
		p           link.Profile
		median, p99 float64
	}{
		{link.Profile{Latency: latency(10 * ms), Jitter: latency(5 * ms)}, 10, 14.9},
		{link.Profile{Latency: link.NewUniform(5*ms, 25*ms)}, 15, 24.8},
		{link.Profile{Latency: link.NewExponential(10 * ms)}, 10 * math.Ln2, 10 * math.Log(100)},
		{link.Profile{Latency: link.NewNormal(20*ms, 2*ms)}, 20, 20 + 2*normal},
		{link.Profile{Latency: link.NewLogNormal(20*ms, 0.5)}, 20, 20 * math.Exp(0.5*normal)},
		{link.Profile{Latency: link.NewPareto(5*ms, 2)}, 5 * math.Sqrt2, 50},
	} {
		name := strings.Replace(c.p.Latency.String(), "µ", "u", 1)
		if c.p.Jitter != (link.Draw{}) {
			name += ", jitter " + c.p.Jitter.String()
		}
		took := delays(b, c.p)
		m, median := b.near(name, took[len(took)/2], c.median, 0.02)
		n, p99 := b.near(name, took[len(took)*99/100], c.p99, 0.04)
		b.row(name, m, median, n, p99)
	}
}

func delays(b *table, p link.Profile) (took []float64) {
	l := both(b.t, p)
	for range 200_000 {
		l.there().Send(1, 7, []byte{0}, &visit{l, l.Now(), &took})
		l.pass(ms)
	}
	l.Run(Never - 1)
	slices.Sort(took)
	return took
}

// longPipe is what one flow carries of 100 mbit over 100 ms, where a window has to hold 1.25 MB.
func longPipe(b *table) {
	b.head("100 mbit, 100 ms, one flow", "expected, mbit", "measured, from 2 s to 10 s")
	for _, c := range []struct {
		name     string
		queue    int64
		low, top float64
	}{
		{"queue of rate x delay, 1.25 MB", 1_250_000, 90, 100},
		{"no bound of the queue", 0, 90, 100},
		{"queue of a fifth of that, 250 KB", 250_000, 47, 67},
	} {
		l, flows := upload(b.t, link.Profile{Latency: latency(50 * ms), Rate: 100 * link.Mbit, Queue: c.queue}, tcp.Cubic)
		got := mbit(l.carried(flows, 2*time.Second, 10*time.Second)[0], 8*time.Second)
		if got < c.low || got > c.top+0.1 {
			b.t.Errorf("%s: %v mbit, want %v to %v", c.name, got, c.low, c.top)
		}
		b.row(c.name, fmt.Sprintf("%v to %v", c.low, c.top), digits(got))
	}
}
