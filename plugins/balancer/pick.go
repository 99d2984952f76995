package balancer

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
)

// pick is a backend that was chosen for one attempt. Whoever gets one calls done, exactly once.
type pick struct {
	core      *core
	backend   *backend          // nil when none can be had
	strategy  strategy.Strategy // that has chosen it; nil when the balancer itself has
	began     time.Time
	sent      time.Time     // when the attempt to connect had succeeded; zero where that was not needed
	took      time.Duration // until the answer began, 0 before
	ended     time.Time     // zero before
	status    int
	failed    bool
	refused   bool // the strategy wants no backend to have it
	unasked   bool // nothing can be learned from the attempt
	full      bool // there is no backend because all have as many requests as they may have
	abandoned bool // the client has left before the answer
}

// maxPicks is how often a strategy is asked for one request.
const maxPicks = 4

// pick chooses a backend. The first choice is the strategy's. After a failure it is the least busy of those that were
// not tried yet: asked again, round robin would send the next request to the same broken backend. The same holds when
// the strategy's choice is full. When all are, the pick says so.
func (c *core) pick(r *strategy.Request, tried []*backend) pick {
	began := c.now()
	r.Now = began
	own, most := false, c.limits.active
	for n := 0; ; n++ {
		p := pick{core: c, began: began}
		t := c.table.Load()
		last := n >= maxPicks // the strategy insists on a backend that it does not have any more
		own = own || last
		p.choose(t, r, tried, own)
		if p.backend == nil {
			p.full = most > 0 && len(t.eligible) > 0 && !p.refused
			return p
		}
		switch p.backend.admit(most) {
		case admitted:
			return p
		case leaving:
			if last {
				return p
			}
			p.unasked = true
			p.done()
		case full:
			own = true
			p.pass()
		}
	}
}

// choose chooses a backend of the table: the strategy's, or with own, and where one was tried already, the balancer's.
func (p *pick) choose(t *table, r *strategy.Request, tried []*backend, own bool) {
	most := p.core.limits.active
	if own || len(tried) > 0 {
		p.backend = t.leastBusy(tried, most, r.Rand)
	}
	switch {
	case p.backend != nil:
	case most > 0 && len(tried) > 0 && t.hasOther(tried): // it is full, and worth waiting for
	case own:
		p.backend = t.leastBusy(nil, most, r.Rand)
	default:
		p.ask(t, r)
	}
}

// pass lets the strategy know that its choice was full.
func (p *pick) pass() {
	if p.strategy != nil {
		strategy.Done(p.strategy, p.backend.Backend, strategy.Result{Unasked: true, Now: p.began})
	}
}

// ask lets the strategy choose.
func (p *pick) ask(t *table, r *strategy.Request) {
	chosen := t.strategy.Pick(r)
	if chosen == nil {
		p.refused = len(t.eligible) > 0
		return
	}
	p.backend, _ = chosen.Owner.(*backend)
	p.strategy = t.strategy
}

// answered takes note of when the answer began: from then on the time is the client's as well.
func (p *pick) answered(status int) {
	p.backend.requests.Add(1)
	p.backend.succeeded()
	p.status = status
	p.took = p.core.now().Sub(p.since())
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
		p.ended = p.core.now()
	}
	if p.status == 0 && p.took == 0 {
		p.took = p.ended.Sub(p.since())
	}
	r := strategy.Result{
		OK: !p.failed && p.status < 500, Unasked: p.unasked, Abandoned: p.abandoned, Took: p.took, Now: p.ended, Status: p.status,
	}
	p.backend.Finished(r)
	if !r.Unasked && !r.Abandoned && p.core.limits.ejection.on() {
		p.core.observe(p.backend, r.OK)
	}
	if p.strategy != nil {
		strategy.Done(p.strategy, p.backend.Backend, r)
	}
	p.core.queue.call()
	if p.backend.leaving.Load() && p.backend.Inflight() == 0 {
		p.core.drained(p.backend)
	}
}

// hasOther reports whether there is a backend that was not tried.
func (t *table) hasOther(tried []*backend) bool {
	return slices.ContainsFunc(t.eligible, func(b *backend) bool { return !slices.Contains(tried, b) })
}

// leastBusy returns a backend that was not tried and has room, nil if there is none: that with the fewest requests in
// flight for its weight, and of several such a random one.
func (t *table) leastBusy(tried []*backend, most int, rand *rand.Rand) *backend {
	var best *backend
	equal := 0
	for _, b := range t.eligible {
		if slices.Contains(tried, b) || !b.hasRoom(most) {
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
