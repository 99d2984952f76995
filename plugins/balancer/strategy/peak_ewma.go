package strategy

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// peakEWMA draws two backends, as p2c does, and picks the one with the lower load, which is its cost times one more
// than its requests in flight. The cost is an average of latency that is quick to believe bad news: a sample above it
// takes its place at once, one below it is blended in over the time of Backend.Decay. A cost also fades while there are
// no samples. Source: Finagle's PeakEwma.scala.
//
// Beyond the source:
//   - A client that leaves before the answer says that it would have taken longer: that, too, may raise the cost only.
//   - A failed attempt never lowers the cost, and each failure in a row doubles the load: however fast it fails, and
//     however busy the others are, a backend that only fails soon gets probes only. A success ends that.
//   - A backend that was not picked for half of the decay and has nothing in flight is picked when it is drawn; the answer
//     to that probe starts its history anew. So a backend that was slow for a while comes back within seconds, and one
//     that still is slow costs one request in that time.
//   - A backend gets its first requests one at a time whatever they cost, and each is as a probe: otherwise the very first
//     one, often the slowest of all, would decide for seconds.
//   - Weights decide how often a backend is drawn. Of two with unequal weights each may be picked, see Lottery.prefers,
//     so that idle ones of equal cost get shares in proportion to their weights, also when there are only two.
//
// It takes one draw a pick, and none when there is one backend: see Lottery.Two.
type peakEWMA struct {
	field   atomic.Pointer[field]
	history history[cost] // of Update only
}

const (
	firstSamples = 3    // one at a time
	maxFailures  = 200  // in a row that are counted
	unknownFee   = 1e15 // the load of a request in flight at a backend without history: above any known cost
)

// field is the backends of one Update with their costs.
type field struct {
	Lottery
	costs []*cost // beside backends
	index map[*Backend]*cost
	decay time.Duration
}

func newPeakEWMA(uint64) Strategy { return &peakEWMA{history: history[cost]{}} }

func (s *peakEWMA) Update(backends []*Backend) {
	next := &field{
		Lottery: *NewLottery(backends), costs: s.history.of(backends), index: make(map[*Backend]*cost, len(backends)),
		decay: EWMATau,
	}
	for i, b := range backends {
		next.index[b], next.decay = next.costs[i], b.Decay()
	}
	s.field.Store(next)
}

func (s *peakEWMA) Pick(r *Request) *Backend {
	f := s.field.Load()
	if f == nil || len(f.backends) == 0 {
		return nil
	}
	now, best := r.Now.UnixNano(), 0
	if len(f.backends) > 1 {
		best = f.choose(r.Rand.Uint64(), now)
	}
	f.costs[best].picked.Store(now)
	return f.backends[best]
}

func (f *field) choose(draw uint64, now int64) int {
	i, j := f.two(draw)
	a, b := f.at(i, now), f.at(j, now)
	if !f.prefers(a, b, draw) {
		i, j = j, i
	}
	if f.backends[j].inflight.Load() == 0 && f.costs[j].claimProbe(now, f.decay/2) {
		return j
	}
	return i
}

// Done learns from the attempt.
func (s *peakEWMA) Done(b *Backend, r Result) {
	f := s.field.Load()
	if f == nil || r.Unasked {
		return
	}
	if c := f.index[b]; c != nil && (!r.Abandoned || c.mean() > 0) { // nil: it is away
		c.sample(r, f.decay)
	}
}

// at is a backend as it counts now.
func (f *field) at(i int, now int64) contender {
	c, pending := f.costs[i], float64(f.backends[i].inflight.Load())
	value, failures := c.at(now, f.decay), c.failures.Load()
	load := math.Ldexp(value*(pending+1), int(failures))
	switch {
	case pending == 0 && failures == 0 && c.samples.Load() < firstSamples:
		load = 0
	case value == 0:
		load = unknownFee * pending // one request is enough to get to know it
	}
	return contender{i, pending, load}
}

// cost is what one backend costs. Reading takes no lock; the fields may then be of different samples, which is off by
// one sample at most.
type cost struct {
	value    atomic.Uint64 // bits of a float64, in nanoseconds; 0 before the first sample
	sampled  atomic.Int64  // when, in nanoseconds of the Unix epoch
	picked   atomic.Int64  // likewise; 0 before the first pick
	samples  atomic.Int64  // successes since the history began; the first ones begin it anew
	failures atomic.Int64  // in a row, at most maxFailures
	probing  atomic.Bool   // the next sample is a probe's
	mu       sync.Mutex    // held to change value, sampled, samples and failures
	_        [64]byte
}

func (c *cost) mean() float64 { return math.Float64frombits(c.value.Load()) }

// at is the cost at an instant: what it was, faded since.
func (c *cost) at(now int64, decay time.Duration) float64 {
	value := c.mean()
	if value == 0 {
		return 0
	}
	return value * left(time.Duration(now-c.sampled.Load()), decay)
}

// claimProbe reports whether the backend is due to be probed, to one of those who ask at the same time.
func (c *cost) claimProbe(now int64, after time.Duration) bool {
	last := c.picked.Load()
	if last == 0 || now-last < int64(after) || !c.picked.CompareAndSwap(last, now) {
		return false
	}
	c.probing.Store(true)
	return true
}

func (c *cost) sample(r Result, decay time.Duration) {
	now, took := r.Now.UnixNano(), float64(max(r.Took, 1))
	c.mu.Lock()
	defer c.mu.Unlock()
	old, probe := c.at(now, decay), c.probing.Swap(false)
	switch {
	case r.Abandoned:
	case r.OK:
		c.failures.Store(0)
		if probe = probe || c.samples.Add(1) <= firstSamples; probe {
			c.samples.Store(min(c.samples.Load(), firstSamples))
		}
	default:
		c.failures.Store(min(c.failures.Load()+1, maxFailures))
	}
	switch {
	case !r.OK, r.Abandoned:
		old = max(took, old)
	case probe, took >= old:
		old = took
	default:
		old = blend(c.mean(), took, left(time.Duration(now-c.sampled.Load()), decay), int(c.samples.Load())-firstSamples+1)
	}
	c.value.Store(math.Float64bits(old))
	c.sampled.Store(max(now, c.sampled.Load()))
}
