package network

import (
	"cmp"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

var allRows = flag.Bool("kernel", false, "compare with the kernel's TCP over all lines, which takes most of a minute")

// row is a line over which the kernel's TCP and the model's are compared, and by how much they may differ on a busy
// machine of two cores. The kernel's segments carry 1448 bytes, and so do the model's here.
type row struct {
	name       string
	queue      int64
	codel      link.Codel
	rate       link.Rate
	latency    time.Duration
	congestion tcp.Congestion
	samples    int // each half second
	changes    []change
	each       float64 // of window and round trip in each sample; 0 is not compared
	mean       float64 // of their means
	got        float64 // of the bytes that have arrived
	again      int     // of the segments sent again
}

// change is what happens to a line on the way.
type change struct {
	at time.Duration
	do func(l *lab)
}

// sample is what a sender knows at an instant.
type sample struct {
	window, trip float64 // segments, milliseconds
	again        int     // segments sent again
	got          int64   // bytes that have arrived
}

func (s sample) String() string { return fmt.Sprintf("%.0f/%.0fms", s.window, s.trip) }

var rows = []row{
	{name: "a queue of 128 KiB", rate: 10 * link.Mbit, latency: 10 * ms, queue: 128 << 10, samples: 8,
		each: 0.15, mean: 0.03, got: 0.02, again: 3},
	{name: "a long fat pipe", rate: 100 * link.Mbit, latency: 50 * ms, samples: 6,
		each: 0.05, mean: 0.03, got: 0.02, again: 0},
	{name: "a fifth of the pipe as queue", rate: 100 * link.Mbit, latency: 50 * ms, queue: 250_000, samples: 10,
		each: 0.1, mean: 0.03, got: 0.03, again: 50},
	{name: "reno", rate: 10 * link.Mbit, latency: 10 * ms, queue: 64 << 10, congestion: tcp.Reno, samples: 12,
		mean: 0.1, got: 0.02, again: 20},
	{name: "codel", rate: 10 * link.Mbit, latency: 10 * ms, codel: link.Codel{Target: 5 * ms, Limit: 1 << 20}, samples: 16,
		mean: 0.1, got: 0.02, again: 8},
	{name: "a brown-out", rate: 10 * link.Mbit, latency: 10 * ms, queue: 64 << 10, samples: 12,
		changes: []change{{3 * time.Second, brown}, {4 * time.Second, bright}}, got: 0.03, again: 15},
	{name: "a cut", rate: 10 * link.Mbit, latency: 10 * ms, queue: 128 << 10, samples: 12,
		changes: []change{{3 * time.Second, cut}, {4 * time.Second, heal}}, got: 0.05, again: 15},
}

func brown(l *lab)  { l.setRate(8 * link.Kbit) }
func bright(l *lab) { l.setRate(10 * link.Mbit) }

func (l *lab) setRate(rate link.Rate) {
	p := l.there().Profile()
	p.Rate = rate
	l.there().SetProfile(p)
}

func cut(l *lab) {
	for _, p := range []*Path{l.there(), l.b.Path(l.a)} {
		p.AddEffect(link.Cut, nil)
	}
}

func heal(l *lab) {
	for _, p := range []*Path{l.there(), l.b.Path(l.a)} {
		p.RemoveEffect(link.Cut, nil)
	}
}

// TestTheKernelsTCP compares the model with the TCP of the machine's kernel over the same paths.
func TestTheKernelsTCP(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of the wall clock")
	}
	for i, r := range rows {
		if i == 0 || *allRows {
			t.Run(r.name, r.compare)
		}
	}
}

func (r row) compare(t *testing.T) {
	kernel, slower := r.kernel(t)
	model := r.model(t, slower)
	t.Logf("kernel %v\nmodel  %v", kernel, model)
	var want, got sample
	for i := range kernel {
		if r.each > 0 {
			within(t, fmt.Sprintf("window %d", i), model[i].window, kernel[i].window, r.each)
			within(t, fmt.Sprintf("round trip %d", i), model[i].trip, kernel[i].trip, r.each)
		}
		want.add(kernel[i])
		got.add(model[i])
	}
	if r.mean > 0 {
		within(t, "mean window", got.window, want.window, r.mean)
		within(t, "mean round trip", got.trip, want.trip, r.mean)
	}
	within(t, "bytes", float64(got.got), float64(want.got), r.got)
	if off := got.again - want.again; off < -r.again || off > r.again {
		t.Errorf("%d segments sent again, the kernel %d: want %d at most between them", got.again, want.again, r.again)
	}
}

// add adds what is an average, and takes what is a count.
func (s *sample) add(one sample) {
	*s = sample{s.window + one.window, s.trip + one.trip, one.again, one.got}
}

func within(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if got < want*(1-by) || got > want*(1+by) {
		t.Errorf("%s: %.4g, the kernel %.4g: want %.0f %% at most between them", what, got, want, 100*by)
	}
}

// How late a packet may come after slow start before the bench itself, and not TCP, decides what comes out.
const lateLater = 10 * ms

// lateAtFirst is the same for slow start: HyStart looks for acknowledgements at most 2 ms apart (hystart_ack_delta_us of
// tcp_cubic.c), and the line alone keeps them apart by the time of a segment.
func (r row) lateAtFirst() time.Duration { return 2*ms - 1448*8*time.Second/time.Duration(r.rate) }

// attempts are how often a row is played until all packets come in time.
const attempts = 3

// kernel plays the row with the kernel's TCP. slower is by how much a round trip takes longer than the line says.
func (r row) kernel(t *testing.T) (all []sample, slower time.Duration) {
	for range attempts {
		k := newKernel(t, r.there(), r.back(), r.congestion)
		k.dial()
		var first time.Duration
		all = r.play(k.lab, k.Run, func() sample {
			first = cmp.Or(first, k.worst)
			i := k.info()
			return sample{float64(i.Snd_cwnd), float64(i.Rtt) / 1000, int(i.Total_retrans), k.got}
		})
		t.Logf("packets came %v late, %v at worst in slow start, %v later; %d were lost", k.total/time.Duration(k.arrived), first, k.worst, k.drops)
		if first <= r.lateAtFirst() && k.worst <= lateLater {
			return all, max(time.Duration(k.info().Min_rtt)*time.Microsecond-2*r.latency, 0)
		}
	}
	t.Skipf("the kernel's TCP is not compared: in each of %d attempts a packet came more than %v late in slow start, or %v later", attempts, r.lateAtFirst(), lateLater)
	return nil, 0
}

// model plays the row with the model's TCP in virtual time.
func (r row) model(t *testing.T, slower time.Duration) []sample {
	r.latency += slower / 2
	l := newLab(t, r.there(), r.back())
	set := tcp.Default
	set.Congestion = r.congestion
	l.SetTCP(nil, set)
	a, b := l.dial()
	a.send(1 << 40)
	return r.play(l, l.Run, func() sample {
		c := a.end.Connection()
		return sample{float64(c.Cwnd), float64(c.RTT) / float64(ms), c.Retransmits, b.got}
	})
}

func (r row) there() link.Profile {
	return link.Profile{Rate: r.rate, Queue: r.queue, Codel: r.codel, Latency: link.NewFixed(r.latency), MTU: 1448}
}

func (r row) back() link.Profile { return link.Profile{Latency: link.NewFixed(r.latency)} }

// play lets the row happen and takes its samples.
func (r row) play(l *lab, run func(until time.Duration), look func() sample) (all []sample) {
	began, changes := l.Now(), r.changes
	for i := range r.samples {
		at := time.Duration(i+1) * 500 * ms
		for len(changes) > 0 && changes[0].at < at {
			run(began + changes[0].at)
			changes[0].do(l)
			changes = changes[1:]
		}
		run(began + at)
		all = append(all, look())
	}
	return all
}
