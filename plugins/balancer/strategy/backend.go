package strategy

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// MaxBackends is how many backends the strategies are built for; a balancer should take no more.
	MaxBackends = 1024
	// MaxWeight is the largest weight. With MaxBackends it keeps the sum of all weights within 32 bits.
	MaxWeight = 1_000_000
)

// EWMATau is the time constant of averages where nothing else is said (Backend.SetDecay): after it a sample weighs 1/e of
// what it weighed at first. It is the one of Finagle's load metric.
const EWMATau = 10 * time.Second

// Backend is a live view of one server. The balancer's host part makes it with NewBackend, keeps it for as long as the
// server is configured, and tells it of each attempt; strategies read. All methods are safe for concurrent use, and all
// that read are lock free: a reader may see the counters at slightly different moments.
type Backend struct {
	// Name names the backend, uniquely within its balancer. It never changes.
	Name string
	// Owner is the host part's own, to find its data by a pick. Strategies leave it alone.
	Owner any

	weight atomic.Int64
	cold   atomic.Int64 // thousandths of the weight that it does without while it starts slowly
	decay  atomic.Int64 // nanoseconds
	// The counters change with each request, on all cores: on cache lines of their own they do not slow down reading what
	// is above, or the next backend's.
	_        [64]byte
	inflight atomic.Int64
	errors   atomic.Int64
	ewma     atomic.Int64 // nanoseconds; written under mu
	mu       sync.Mutex
	sampled  time.Time // when ewma was last written
	samples  int
	_        [64]byte
}

// NewBackend makes the view of a backend without load; weight is as in SetWeight.
func NewBackend(name string, weight int) *Backend {
	b := &Backend{Name: name}
	b.SetWeight(weight)
	b.SetDecay(EWMATau)
	return b
}

// Weight is the backend's share of the requests in relation to the other backends' weights, 1 to MaxWeight. What is to
// take no new work the host part keeps from strategies.
func (b *Backend) Weight() int { return int(b.weight.Load()) }

// SetWeight changes the weight; what is out of range becomes the nearest bound. Strategies go by it from the next
// Update on. For the host part.
func (b *Backend) SetWeight(weight int) { b.weight.Store(int64(min(max(weight, 1), MaxWeight))) }

// Decay is the time constant of EWMA. A strategy with averages of its own takes it for them, too.
func (b *Backend) Decay() time.Duration { return time.Duration(b.decay.Load()) }

// SetDecay changes the time constant, EWMATau by default; it must be more than 0. For the host part.
func (b *Backend) SetDecay(decay time.Duration) { b.decay.Store(int64(decay)) }

// SetWarmth says what share of its weight a backend gets that starts slowly, in thousandths; Warm is all. Strategies go by
// it from the next Update on. For the host part.
func (b *Backend) SetWarmth(thousandths int) {
	b.cold.Store(int64(Warm - min(max(thousandths, 1), Warm)))
}

// Warmth is what SetWarmth has said, Warm when it was not called. Strategies that hash do not go by it: keys would move
// with every step.
func (b *Backend) Warmth() int { return Warm - int(b.cold.Load()) }

// Inflight is how many requests have been picked for the backend and are not finished.
func (b *Backend) Inflight() int { return int(b.inflight.Load()) }

// Errors is how many attempts have failed.
func (b *Backend) Errors() int64 { return b.errors.Load() }

// EWMA is the average time of the attempts that succeeded, in which older ones weigh less and less (Decay). It is 0
// before the first one.
func (b *Backend) EWMA() time.Duration { return time.Duration(b.ewma.Load()) }

// Picked counts a request that goes to the backend. The host part calls it right after the pick, and Finished exactly
// once when the request is over.
func (b *Backend) Picked() { b.inflight.Add(1) }

// TryPicked is Picked for a backend that has fewer than most requests in flight. Otherwise it reports false, and nothing
// is counted.
func (b *Backend) TryPicked(most int) bool {
	for {
		n := b.inflight.Load()
		if n >= int64(most) {
			return false
		}
		if b.inflight.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Finished counts the end of a request. It comes before the strategy's Done.
func (b *Backend) Finished(r Result) {
	b.inflight.Add(-1)
	switch {
	case r.Unasked:
	case r.OK && r.Abandoned && (b.ewma.Load() == 0 || int64(r.Took) <= b.ewma.Load()): // that may be any time
	case r.OK:
		b.sample(r.Took, r.Now)
	default:
		b.errors.Add(1) // its time says how fast the backend fails, not how fast it serves
	}
}

func (b *Backend) sample(took time.Duration, now time.Time) {
	took = max(took, 1) // 0 means that there is no sample
	b.mu.Lock()
	defer b.mu.Unlock()
	b.samples++
	b.ewma.Store(int64(blend(float64(b.ewma.Load()), float64(took), left(now.Sub(b.sampled), b.Decay()), b.samples)))
	if now.After(b.sampled) {
		b.sampled = now
	}
}

// blend is the average after its n-th sample, when so much is left of the average before. That follows from the time
// gone by, not from the number of samples, so that it means the same under any load. But the first samples count alike,
// as in a plain mean: else the very first one, often the slowest, would be most of the average for a long time.
func blend(average, sample, left float64, n int) float64 {
	return average + (sample-average)*max(1-left, 1/float64(n))
}

// left is what is left of an average after some time without a sample.
func left(gone, tau time.Duration) float64 {
	return math.Exp(-float64(max(gone, 0)) / float64(tau))
}
