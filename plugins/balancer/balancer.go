package balancer

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// balancer is the component. Its exported fields are the kind's configuration.
type balancer struct {
	Listen   int           `lab:"listen,default=8080,main,doc=TCP port to listen on"`
	Backends []sdk.Addr    `lab:"backends,live,doc=nodes with a main address, or node:port, to balance over: at most 1000"`
	Weights  sdk.Fields    `lab:"weights,default={},live,doc=weights from 0 (no new work) to 1000 by backend; 1 where none is given"`
	Strategy any           `lab:"strategy,default=round_robin,live,doc=a name, a function or strategy(...)"`
	Mode     string        `lab:"mode,default=http,doc=http balances requests, tcp connections"`
	Hash     string        `lab:"hash,default=client,doc=what is hashed: client, path, header:NAME or cookie:NAME"`
	Decay    time.Duration `lab:"decay,default=10s,doc=time constant of ewma and peak_ewma: a sample so old counts 1/e. peak_ewma takes the lower average latency x (inflight + 1) of two drawn by weight: a slower answer counts at once, each failure in a row doubles the load, idle backends that are alike get shares by weight, and one that was not picked for half of decay is tried again"`
	Retries  int           `lab:"retries,default=1,live,doc=how many further backends are asked where that does no harm"`

	ConnectTimeout time.Duration `lab:"connect_timeout,default=1s,doc=limit of connecting to a backend"`
	AnswerTimeout  time.Duration `lab:"answer_timeout,default=30s,doc=limit of the wait for the head of an answer"`
	Idle           time.Duration `lab:"idle,default=60s,doc=how long a connection may move no byte; 0s is without limit"`
	DrainTimeout   time.Duration `lab:"drain_timeout,default=30s,doc=after that a backend's last connections are reset"`
	MaxConnections int           `lab:"max_connections,default=10000,doc=clients served at once; others wait"`

	HealthEvery   time.Duration `lab:"health_every,default=1s,doc=pause between two checks of a backend; 0s is never"`
	HealthTimeout time.Duration `lab:"health_timeout,default=1s,doc=limit of a check"`
	HealthPath    string        `lab:"health_path,default=/health,doc=is asked for, and must be answered 200 to 399"`
	Rise          int           `lab:"rise,default=2,doc=passed checks in a row that bring a backend up"`
	Fall          int           `lab:"fall,default=3,doc=failed checks in a row that take a backend down"`

	RetryBudget    float64       `lab:"retry_budget,default=0.2,live,doc=in any 200ms at most so many retries for each request that was answered, less one for each that was not; besides, 10 a second are free. 0 is without limit. As in Envoy (retry_budget) and Finagle (RetryBudget), but that failures take from it (Site Reliability Engineering, chapter 21)"`
	RequestTimeout time.Duration `lab:"request_timeout,default=0s,doc=limit of a request over all its tries, until its answer begins; 0s is without limit. It is Envoy's timeout of a route, beside which answer_timeout is its per_try_timeout"`
	PanicThreshold float64       `lab:"panic_threshold,default=0.5,doc=when a smaller share of the backends is well, requests go to all of them, as those that are left could not bear it; 0 is never. Envoy's healthy_panic_threshold, 50 %"`

	MaxActive    int           `lab:"max_active,default=0,doc=requests, in mode tcp connections, that a backend serves at once; 0 is any number. Envoy's max_requests, HAProxy's maxconn, nginx's max_conns"`
	Queue        int           `lab:"queue,default=1024,doc=requests that wait, first come first served, while every backend serves max_active; one more is answered 503 at once (in mode tcp reset). Envoy's max_pending_requests"`
	QueueTimeout time.Duration `lab:"queue_timeout,default=60s,doc=how long a request may wait in the queue before it is answered 503; 0s is without limit. As for nginx's queue. A client that leaves leaves the queue; in mode tcp one that ends its direction has left"`

	SlowStart         time.Duration `lab:"slow_start,default=0s,doc=a backend that comes (back) while the balancer runs begins with a tenth of its weight, and has it all after so long; 0s is at once. For weighted_round_robin, random, least_connections, p2c, peak_ewma and scores. Envoy's slow_start_window"`
	HashBalanceFactor float64       `lab:"hash_balance_factor,default=0.0,doc=ring, maglev and rendezvous pass over a backend that has so many times its share of the requests in flight, 1.25 for instance; 0 is without limit. Mirrokni et al., Consistent Hashing with Bounded Loads; in Envoy and HAProxy under the same name, in percent"`

	EjectFailures   int           `lab:"eject_failures,default=0,doc=failures in a row (answers from 500 are some) for which a backend is ejected: it gets no requests for a while; 0 is never. Envoy's consecutive_5xx is 5"`
	EjectDeviations float64       `lab:"eject_deviations,default=0.0,doc=a backend is ejected whose success rate is so many standard deviations below the mean; 0 is never. Only among 5 or more backends with 100 or more attempts each. Envoy's success_rate_stdev_factor is 1.9"`
	EjectEvery      time.Duration `lab:"eject_every,default=10s,doc=how often success rates are compared, as Envoy's interval; a backend that is in then has one ejection less against it"`
	EjectTime       time.Duration `lab:"eject_time,default=30s,doc=how long the first ejection lasts; the second lasts twice as long, and so on, to 300s. Envoy's base_ejection_time"`
	EjectShare      float64       `lab:"eject_share,default=0.1,doc=of the backends at most so many are ejected at once, but one may always be. Envoy's max_ejection_percent"`

	named []Named
	core  *core // set before Run first waits, so methods find it
}

// Run accepts clients until the node stops.
func (b *balancer) Run(env sdk.Env) error {
	p, key, err := b.checked()
	if err != nil {
		return err
	}
	b.core = newCore(env, b, key)
	b.core.apply(p)
	if b.core.limits.ejection.on() {
		env.Go(b.core.compare)
	}
	ln, err := env.Listen(b.Listen)
	if err != nil {
		return err
	}
	return b.core.accept(ln)
}

// Validate says what is wrong with the configuration.
func (b *balancer) Validate() error {
	_, _, err := b.checked()
	return err
}

// checked is what the configuration asks for.
func (b *balancer) checked() (p plan, key func(*http1.Request) string, err error) {
	if err = b.valid(); err != nil {
		return p, nil, err
	}
	if p, err = b.plan(); err != nil {
		return p, nil, err
	}
	key, err = keyOf(b.Hash, b.Mode)
	return p, key, err
}

// Configure takes over backends, weights, strategy, retries and their budget. What is in flight ends as it began.
func (b *balancer) Configure(_ sdk.Env, next sdk.Component) error {
	n, ok := next.(*balancer)
	if !ok {
		return fmt.Errorf("configuration of another kind: %T", next)
	}
	n.named = b.named
	p, err := n.plan()
	if err != nil {
		return err
	}
	b.core.apply(p)
	return nil
}

// valid checks what cannot change while the balancer runs.
func (b *balancer) valid() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(b.Mode == "http" || b.Mode == "tcp", "mode: got %q, want http or tcp", b.Mode)
	check(b.Rise > 0, "rise: got %d, want 1 or more", b.Rise)
	check(b.Fall > 0, "fall: got %d, want 1 or more", b.Fall)
	check(b.MaxConnections > 0, "max_connections: got %d, want 1 or more", b.MaxConnections)
	check(strings.HasPrefix(b.HealthPath, "/") && asRequest(b.HealthPath, nil) == nil,
		"health_path: got %q, want a path such as /health", b.HealthPath)
	check(b.Listen >= 0 && b.Listen <= 65535, "listen: got %d, want a port from 0 (any that is free) to 65535", b.Listen)
	check(b.ConnectTimeout > 0, "connect_timeout: got %v, want more than 0s", b.ConnectTimeout)
	check(b.AnswerTimeout > 0, "answer_timeout: got %v, want more than 0s", b.AnswerTimeout)
	check(b.RequestTimeout >= 0, "request_timeout: got %v, want 0s or more", b.RequestTimeout)
	check(b.HealthTimeout > 0, "health_timeout: got %v, want more than 0s", b.HealthTimeout)
	check(b.HealthEvery >= 0, "health_every: got %v, want 0s or more", b.HealthEvery)
	check(b.DrainTimeout >= 0, "drain_timeout: got %v, want 0s or more", b.DrainTimeout)
	check(b.Decay > 0, "decay: got %v, want more than 0s", b.Decay)
	check(b.PanicThreshold >= 0 && b.PanicThreshold <= 1, "panic_threshold: got %v, want 0.0 to 1.0", b.PanicThreshold)
	check(b.MaxActive >= 0, "max_active: got %d, want 0 or more", b.MaxActive)
	check(b.Queue >= 0, "queue: got %d, want 0 or more", b.Queue)
	check(b.QueueTimeout >= 0, "queue_timeout: got %v, want 0s or more", b.QueueTimeout)
	check(b.SlowStart >= 0, "slow_start: got %v, want 0s or more", b.SlowStart)
	factor := b.HashBalanceFactor
	check(factor == 0 || factor > 1 && factor <= 1000, "hash_balance_factor: got %v, want more than 1.0, or 0.0", factor)
	check(b.EjectFailures >= 0, "eject_failures: got %d, want 0 or more", b.EjectFailures)
	check(b.EjectDeviations >= 0, "eject_deviations: got %v, want 0.0 or more", b.EjectDeviations)
	check(b.EjectEvery > 0, "eject_every: got %v, want more than 0s", b.EjectEvery)
	check(b.EjectTime > 0, "eject_time: got %v, want more than 0s", b.EjectTime)
	check(b.EjectShare >= 0 && b.EjectShare <= 1, "eject_share: got %v, want 0.0 to 1.0", b.EjectShare)
	check(b.Idle >= 0, "idle: got %v, want 0s or more", b.Idle)
	return errors.Join(errs...)
}
