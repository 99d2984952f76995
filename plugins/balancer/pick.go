package balancer

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
)

// pick is a backend that was chosen for one attempt. Whoever gets one calls done, exactly once.
type pick struct {
	core     *core
	backend  *backend          // nil when none can be had
	strategy strategy.Strategy // that has chosen it; nil when the balancer itself has
	began    time.Time
	sent     time.Time     // when the attempt to connect had succeeded; zero where that was not needed
	took     time.Duration // until the answer began, 0 before
	ended    time.Time     // zero before
	status   int
	failed   bool
	unasked  bool // nothing can be learned from the attempt
}

// maxPicks is how often a strategy is asked for one request.
const maxPicks = 4

// pick chooses a backend. The first choice is the strategy's. After a failure it is the least busy of those that were
// not tried yet: asked again, round robin would send the next request to the same broken backend.
func (c *core) pick(r *strategy.Request, tried []*backend) pick {
	began := c.env.Now()
	r.Now = began
	for n := 0; ; n++ {
		p := pick{core: c, began: began}
		t := c.table.Load()
		own := n == maxPicks // the strategy insists on a backend that it does not have any more
		if own || len(tried) > 0 {
			p.backend = t.leastBusy(tried, r.Rand)
		}
		if p.backend == nil && !own {
			p.ask(t.strategy, r)
		}
		if p.backend == nil {
			return p
		}
		if p.backend.admit() || own {
			return p
		}
		p.unasked = true
		p.done()
	}
}

// ask lets the strategy choose.
func (p *pick) ask(s strategy.Strategy, r *strategy.Request) {
	if chosen := s.Pick(r); chosen != nil {
		p.backend, _ = chosen.Owner.(*backend)
		p.strategy = s
	}
}

// answered takes note of when the answer began: from then on the time is the client's as well.
func (p *pick) answered(status int) {
	p.backend.requests.Add(1)
	p.backend.succeeded()
	p.status = status
	p.took = p.core.env.Now().Sub(p.since())
}

// since is when the backend was asked.
func (p *pick) since() time.Time {
	if p.sent.IsZero() {
		return p.began
	}
	return p.sent
}

// done tells how the attempt has ended.
func (p *pick) done() {
	if p.ended.IsZero() {
		p.ended = p.core.env.Now()
	}
	if p.status == 0 && p.took == 0 {
		p.took = p.ended.Sub(p.since())
	}
	r := strategy.Result{
		OK: !p.failed && p.status < 500, Unasked: p.unasked, Took: p.took, Now: p.ended, Status: p.status,
	}
	p.backend.Finished(r)
	if !r.Unasked && p.core.limits.ejection.on() {
		p.core.observe(p.backend, r.OK)
	}
	if p.strategy != nil {
		strategy.Done(p.strategy, p.backend.Backend, r)
	}
	if p.backend.leaving.Load() && p.backend.Inflight() == 0 {
		p.core.drained(p.backend)
	}
}

// leastBusy returns a backend that was not tried, nil if there is none: that with the fewest requests in flight for its
// weight, and of several such a random one.
func (t *table) leastBusy(tried []*backend, rand *rand.Rand) *backend {
	var best *backend
	equal := 0
	for _, b := range t.eligible {
		if slices.Contains(tried, b) {
			continue
		}
		order := -1
		if best != nil {
			order = b.Inflight()*best.Weight() - best.Inflight()*b.Weight()
		}
		switch {
		case order < 0:
			best, equal = b, 1
		case order == 0:
			if equal++; rand.IntN(equal) == 0 {
				best = b
			}
		}
	}
	return best
}
