package strategy

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// peakEWMA draws two backends, as p2c does, and picks the one with the lower load, which is its cost times one more
// than its requests in flight. The cost is an average of latency that is quick to believe bad news: a sample above it
// takes its place at once, one below it is blended in over ten seconds. A cost also fades while there are no samples.
// Source: Finagle's PeakEwma.scala.
//
// Beyond the source: a failed attempt never lowers the cost, and counts as slow, else the backend that fails fastest
// would get all requests. And a backend that was not picked for five seconds and has nothing in flight is picked when
// it is drawn; the answer to that probe starts its history anew. So a backend that was slow for a while comes back
// within seconds, and one that still is slow costs one request in that time.
//
// It takes one draw a pick, and none when there is one backend: see Lottery.Two. Weights decide how often a backend is
// drawn.
type peakEWMA struct{ field atomic.Pointer[field] }

const (
	costTau    = 10 * time.Second // time constant of the decay of costs
	probeAfter = 5 * time.Second  // without a pick a backend is probed
	failedTook = time.Second      // the least that a failed attempt counts for
	unknownFee = 1e15             // the load of a request in flight at a backend without history: above any known cost
)

// field is the backends of one Update with their costs.
type field struct {
	Lottery
	costs []*cost // beside backends
	index map[*Backend]*cost
}

func newPeakEWMA(uint64) Strategy { return &peakEWMA{} }

func (s *peakEWMA) Update(backends []*Backend) {
	next := &field{Lottery: *NewLottery(backends), index: make(map[*Backend]*cost, len(backends))}
	old := s.field.Load()
	for _, b := range backends {
		var c *cost
		if old != nil {
			c = old.index[b]
		}
		if c == nil {
			c = &cost{}
		}
		next.costs, next.index[b] = append(next.costs, c), c
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
		var other int
		best, other = f.Two(r.Rand)
		a, b := f.load(best, now), f.load(other, now)
		if b < a {
			best, other = other, best
		}
		if f.backends[other].inflight.Load() == 0 && f.costs[other].claimProbe(now) {
			best = other
		}
	}
	f.costs[best].picked.Store(now)
	return f.backends[best]
}

// Done learns from the attempt.
func (s *peakEWMA) Done(b *Backend, r Result) {
	f := s.field.Load()
	if f == nil || r.Unasked {
		return
	}
	if c := f.index[b]; c != nil { // nil: it has left
		c.sample(r)
	}
}

func (f *field) load(i int, now int64) float64 {
	value, pending := f.costs[i].at(now), float64(f.backends[i].inflight.Load())
	if value == 0 && pending > 0 {
		return unknownFee * pending // one request is enough to get to know it
	}
	return value * (pending + 1)
}

// cost is what one backend costs. Reading takes no lock; value and sampled may then be of different samples, which is
// off by one sample at most.
type cost struct {
	value   atomic.Uint64 // bits of a float64, in nanoseconds; 0 before the first sample
	sampled atomic.Int64  // when, in nanoseconds of the Unix epoch
	picked  atomic.Int64  // likewise; 0 before the first pick
	probing atomic.Bool   // the next sample is a probe's
	mu      sync.Mutex    // held to change value and sampled
	_       [64]byte
}

// at is the cost at an instant: what it was, faded since.
func (c *cost) at(now int64) float64 {
	value := math.Float64frombits(c.value.Load())
	if value == 0 {
		return 0
	}
	return blend(value, 0, time.Duration(now-c.sampled.Load()), costTau)
}

// claimProbe reports whether the backend is due to be probed, to one of those who ask at the same time.
func (c *cost) claimProbe(now int64) bool {
	last := c.picked.Load()
	if last == 0 || now-last < int64(probeAfter) || !c.picked.CompareAndSwap(last, now) {
		return false
	}
	c.probing.Store(true)
	return true
}

func (c *cost) sample(r Result) {
	now := r.Now.UnixNano()
	c.mu.Lock()
	defer c.mu.Unlock()
	took, old := float64(max(r.Took, 1)), c.at(now)
	if !r.OK {
		took = max(took, float64(failedTook), old)
	}
	switch {
	case c.probing.Swap(false), took >= old:
		old = took
	default:
		// What it fades by in the time since the last sample is what the new sample weighs.
		faded := old / math.Float64frombits(c.value.Load())
		old += took * (1 - faded)
	}
	c.value.Store(math.Float64bits(old))
	c.sampled.Store(max(now, c.sampled.Load()))
}
