package balancer

import (
	"cmp"
	"reflect"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
	"github.com/netlab-dev/netlab/sdk/refusals"
)

// core is a balancer at work, common to both modes. Requests take what they need from the table, an immutable value
// that is replaced as a whole; whatever changes it does so under mu.
type core struct {
	env      sdk.Env
	refusals *refusals.Log
	limits   limits
	http     bool
	key      func(*http1.Request) string // what to hash, nil to leave that to the strategy

	table                                                 atomic.Pointer[table]
	requests, errors, retried, active, abandoned, refused atomic.Int64

	denied atomic.Int64 // retries, by the budget
	budget budget
	queue  queue

	mu      sync.Mutex // guards what follows, and the state of the backends
	chosen  any        // of the strategy, as configured
	gone    []*backend // removed, and serving their last requests
	panics  bool       // too few backends are well
	warming bool       // a task lets weights grow

	blame    sync.Mutex // guards what follows: a strategy may fail while mu is held
	mistakes int        // of the strategy
	mistake  string     // the first one

	drains sdk.Cond // is signalled when a backend has drained
	places sdk.Cond // guards open
	open   int      // clients
}

// limits is the part of the configuration that cannot change.
type limits struct {
	connect, answer, idle, drain time.Duration
	decay                        time.Duration
	clients                      int
	request                      time.Duration // over all tries
	panic                        float64       // threshold
	active                       int           // requests of a backend; 0 is any number
	queue                        time.Duration // that a request may wait for one
	slow                         time.Duration // until a backend that has come has its whole weight
	factor                       float64       // of hashing strategies, see strategy.Request.LoadFactor
	health
	ejection
}

// table is what requests are balanced by. Immutable, but for the counters that the backends keep.
type table struct {
	backends []*backend // all that are configured, by name
	eligible []*backend // those that may be picked, by name
	nobody   string     // why no backend is well; "" when one is
	retries  int
	budget   float64 // share of requests that may be retried; 0 is all
	label    string  // of the strategy
	strategy strategy.Strategy
}

func newCore(env sdk.Env, b *balancer, key func(*http1.Request) string) *core {
	return &core{
		queue: queue{limit: b.Queue},
		env:   env, refusals: refusals.New(env), http: b.Mode == "http", key: key, drains: env.NewCond(), places: env.NewCond(),
		limits: limits{
			connect: b.ConnectTimeout, answer: b.AnswerTimeout, idle: b.Idle, drain: b.DrainTimeout, decay: b.Decay,
			clients: b.MaxConnections, request: b.RequestTimeout,
			health: health{
				every: b.HealthEvery, timeout: b.HealthTimeout, path: b.HealthPath, rise: b.Rise, fall: b.Fall,
			},
			panic: b.PanicThreshold, active: b.MaxActive, queue: b.QueueTimeout, slow: b.SlowStart,
			factor: b.HashBalanceFactor,
			ejection: ejection{
				failures: b.EjectFailures, deviations: b.EjectDeviations, interval: b.EjectEvery, base: b.EjectTime,
				share: b.EjectShare,
			},
		},
	}
}

// accept serves clients until the node stops. A client beyond the limit waits, unaccepted, until another one leaves.
func (c *core) accept(ln sdk.Listener) error {
	serve := c.relay
	if c.http {
		serve = func(conn sdk.Conn) { newFront(c, conn).serve() }
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		if err := c.enter(); err != nil {
			return err
		}
		c.env.Go(func() {
			defer c.leave()
			serve(conn)
		})
	}
}

func (c *core) enter() error {
	c.places.Lock()
	defer c.places.Unlock()
	for c.open >= c.limits.clients {
		if err := c.places.Wait(time.Time{}); err != nil {
			return err
		}
	}
	c.open++
	return nil
}

func (c *core) leave() {
	c.places.Lock()
	defer c.places.Unlock()
	c.open--
	c.places.Signal()
}

// apply makes a plan what holds. Backends that are not in it any more drain; drains that were asked for by hand end. One
// that comes back while it drains is the same, with what it serves.
func (c *core) apply(p plan) {
	seed := c.env.Rand().Uint64()
	c.mu.Lock()
	old := cmp.Or(c.table.Load(), &table{})
	next := &table{retries: p.retries, budget: p.budget, label: old.label, strategy: old.strategy}
	next.backends = c.planned(p.servers, old)
	removed := c.remove(old.backends, next.backends)
	if old.strategy == nil || !reflect.DeepEqual(c.chosen, p.chosen) {
		c.chosen = p.chosen
		next.label, next.strategy = p.strategy.label, p.strategy.make(seed, c.strategyFailed)
	}
	c.publish(next)
	c.mu.Unlock()
	c.drains.Lock()
	c.drains.Broadcast() // for drains that have ended so
	c.drains.Unlock()
	for _, b := range removed {
		c.release(b)
	}
	for _, b := range next.backends {
		c.watch(b)
	}
}

// planned returns the backends of a plan: those that are known, and new ones. Under mu.
func (c *core) planned(servers []server, old *table) (backends []*backend) {
	known := slices.Concat(old.backends, c.gone)
	for _, s := range servers {
		i := slices.IndexFunc(known, func(b *backend) bool { return b.Name == s.name && b.addr == s.addr })
		if i < 0 {
			fresh := newBackend(s, c.limits.decay)
			backends = append(backends, fresh)
			if old.strategy != nil { // those that are there from the beginning need not wait for each other
				c.startSlowly(fresh)
			}
			continue
		}
		if !known[i].takesPart() {
			c.startSlowly(known[i])
		}
		known[i].stay(s)
		backends = append(backends, known[i])
	}
	return backends
}

// remove lets the old backends that do not stay serve their last requests, and returns them. Under mu.
func (c *core) remove(old, staying []*backend) (removed []*backend) {
	for _, b := range old {
		if !slices.Contains(staying, b) {
			b.removed = true
			b.leaving.Store(true)
			removed = append(removed, b)
		}
	}
	c.gone = slices.DeleteFunc(c.gone, func(b *backend) bool { return !b.removed }) // they have come back
	c.gone = append(c.gone, removed...)
	return removed
}

// publish puts a table in force, with the backends that are eligible now. Under mu.
func (c *core) publish(t *table) {
	list, well, all := eligible(t.backends, c.limits.panic)
	t.eligible, t.nobody = list, nobody(t.backends)
	t.strategy.Update(seen(t.eligible))
	c.table.Store(t)
	c.tellPanic(well, all)
	c.queue.call()
}

// republish takes note that a backend's eligibility has changed. Under mu.
func (c *core) republish() {
	t := *c.table.Load()
	c.publish(&t)
}

// find returns the backend of that name or address. Under mu.
func (c *core) find(name string) (*backend, error) {
	t := c.table.Load()
	i := slices.IndexFunc(t.backends, func(b *backend) bool { return b.Name == name || string(b.addr) == name })
	if i >= 0 {
		return t.backends[i], nil
	}
	list := make([]server, len(t.backends))
	for i, b := range t.backends {
		list[i].name = b.Name
	}
	return nil, unknownBackend(name, list)
}

// strategyFailed takes note of a mistake of the strategy, and tells of the first one.
func (c *core) strategyFailed(err error) {
	c.blame.Lock()
	c.mistakes++
	first := c.mistakes == 1
	text := ""
	if first {
		text = hinted(err)
		c.mistake = text
	}
	c.blame.Unlock()
	if first {
		c.env.Go(func() { c.env.Emit(strategyFailed{Error: text}) })
	}
}

// frozen is what the language says of a value that cannot change.
var frozen = regexp.MustCompile(`frozen (list|hash table)`)

// hinted is the text of a mistake, with what to do about it.
func hinted(err error) string {
	text := err.Error()
	if frozen.MatchString(text) {
		text += "; use init for a state, see lab doc write-a-strategy"
	}
	return text
}
