package balancer

import (
	"fmt"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// balancer is the component. Its exported fields are the kind's configuration.
type balancer struct {
	Listen   int           `lab:"listen,default=8080,main,doc=TCP port to listen on"`
	Backends []sdk.Addr    `lab:"backends,live,doc=at most 1000 nodes with a main address, or addresses node:port"`
	Weights  sdk.Fields    `lab:"weights,default={},live,doc=a weight for each backend, from 0 (no new work) to 1000; 1 for a backend without one"`
	Strategy any           `lab:"strategy,default=round_robin,live,doc=a name, a function or strategy(...)"`
	Mode     string        `lab:"mode,default=http,oneof=http|tcp,doc=http balances requests, tcp balances connections"`
	Hash     string        `lab:"hash,default=client,doc=what ring, maglev and rendezvous hash: client, path, header:NAME or cookie:NAME"`
	Decay    time.Duration `lab:"decay,default=10s,min=1us,doc=time constant of ewma and peak_ewma: a sample of this age counts 1/e"`
	Retries  int           `lab:"retries,default=1,live,min=0,max=100,doc=how many more tries a request gets when a backend fails and another try does no harm; each goes to a backend that was not asked yet, if there is one"`

	ConnectTimeout time.Duration `lab:"connect_timeout,default=1s,min=1us,doc=time limit of a dial to a backend"`
	AnswerTimeout  time.Duration `lab:"answer_timeout,default=30s,min=1us,doc=time limit of the wait for the head of an answer"`
	Idle           time.Duration `lab:"idle,default=60s,min=0s,doc=how long a connection may carry no byte; 0s is no limit"`
	DrainTimeout   time.Duration `lab:"drain_timeout,default=30s,min=0s,doc=how long drain waits before it resets the last connections of a backend"`
	MaxConnections int           `lab:"max_connections,default=10000,min=1,doc=how many clients it serves at once; others wait"`

	HealthEvery   time.Duration `lab:"health_every,default=1s,min=0s,doc=pause between two health checks of a backend; 0s is no checks"`
	HealthTimeout time.Duration `lab:"health_timeout,default=1s,min=1us,doc=time limit of a health check"`
	HealthPath    string        `lab:"health_path,default=/health,doc=path of a health check; the check passes if the status is 200 to 399"`
	Rise          int           `lab:"rise,default=2,min=1,doc=passed checks in a row that bring a backend up"`
	Fall          int           `lab:"fall,default=3,min=1,doc=failed checks in a row that take a backend down"`

	RetryBudget    float64       `lab:"retry_budget,default=0.2,live,min=0.0,max=100.0,doc=limit of retries: within 200ms, at most this share of the answered requests, minus the number of failed requests; besides, 10 at once, which come back at 10 a second; 0 is no limit"`
	RequestTimeout time.Duration `lab:"request_timeout,default=0s,min=0s,doc=time limit of a request: its wait in the queue and all its tries, until its answer begins; 0s is no limit. Envoy calls it the timeout of a route, and answer_timeout per_try_timeout"`
	PanicThreshold float64       `lab:"panic_threshold,default=0.5,min=0.0,max=1.0,doc=if a smaller share of the backends is healthy, requests go to all backends, because the healthy ones would be overloaded; 0 is never. Envoy's healthy_panic_threshold"`

	MaxActive    int           `lab:"max_active,default=0,min=0,doc=how many requests (in mode tcp connections) a backend serves at once; 0 is any number. Envoy's max_requests, HAProxy's maxconn, nginx's max_conns"`
	Queue        int           `lab:"queue,default=1024,min=0,doc=how many requests may wait, in order, while every backend serves max_active; one more gets 503 at once (in mode tcp a reset). Envoy's max_pending_requests"`
	QueueTimeout time.Duration `lab:"queue_timeout,default=60s,min=0s,doc=how long a request may wait in the queue before it gets 503; 0s is no limit. When a client leaves, its request leaves the queue; in mode tcp, a client that ends its direction has left"`

	SlowStart         time.Duration `lab:"slow_start,default=0s,min=0s,doc=a new or recovered backend begins with a tenth of its weight, and has its full weight after this time; 0s is at once. For weighted_round_robin, random, least_connections, p2c, peak_ewma and scores. Envoy's slow_start_window"`
	HashBalanceFactor float64       `lab:"hash_balance_factor,default=0.0,min=0.0,max=1000.0,doc=ring, maglev and rendezvous skip a backend that has this many times its share of the unanswered requests, such as 1.25; 0 is no limit. Envoy and HAProxy give it in percent"`

	EjectFailures   int           `lab:"eject_failures,default=0,min=0,doc=a backend is ejected after this many failures in a row (a status of 500 or more is a failure): it gets no requests for a while; 0 is never. Envoy's consecutive_5xx is 5"`
	EjectDeviations float64       `lab:"eject_deviations,default=0.0,min=0.0,doc=a backend is ejected if its success rate is this many standard deviations below the mean; 0 is never. It needs at least 5 backends with at least 100 attempts each. Envoy's success_rate_stdev_factor is 1.9"`
	EjectEvery      time.Duration `lab:"eject_every,default=10s,min=1us,doc=how often success rates are compared, as Envoy's interval; a backend that is not ejected then has one ejection forgiven"`
	EjectTime       time.Duration `lab:"eject_time,default=30s,min=1us,doc=how long the first ejection lasts; the n-th one lasts n times as long, at most 300s. Envoy's base_ejection_time"`
	EjectShare      float64       `lab:"eject_share,default=0.1,min=0.0,max=1.0,doc=the largest share of the backends that can be ejected at once; one backend always can. Envoy's max_ejection_percent"`

	named []Named
	core  *core // set before Run first waits, so methods find it
}

// Run accepts clients until the node stops.
func (b *balancer) Run(env sdk.Env) error {
	p, key, err := b.validated()
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
	_, _, err := b.validated()
	return err
}

// validated checks the configuration and returns its plan and its hash key.
func (b *balancer) validated() (p plan, key func(*http1.Request) string, err error) {
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

// valid checks what a tag cannot say of what cannot change while the balancer runs.
func (b *balancer) valid() error {
	if !strings.HasPrefix(b.HealthPath, "/") || asRequest(b.HealthPath, nil) != nil {
		return fmt.Errorf("health_path: got %q, want a path such as /health", b.HealthPath)
	}
	if factor := b.HashBalanceFactor; factor > 0 && factor <= 1 {
		return fmt.Errorf("hash_balance_factor: got %v, want more than 1.0, or 0.0", factor)
	}
	return nil
}
