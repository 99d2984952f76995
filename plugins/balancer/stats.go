package balancer

import (
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// stats is what a balancer has done since it began.
type stats struct {
	Requests       int64          `lab:"requests,doc=requests (in mode tcp connections) received"`
	Errors         int64          `lab:"errors,doc=requests that got no complete answer from a backend"`
	Retries        int64          `lab:"retries,doc=further tries of requests, at another backend if there is one"`
	RetriesDenied  int64          `lab:"retries_denied,doc=how often the retry budget did not allow a retry"`
	Refused        int64          `lab:"refused,doc=requests that the strategy refused; not counted in errors"`
	Abandoned      int64          `lab:"abandoned,doc=requests whose client left before the answer"`
	Waiting        int64          `lab:"waiting,draw,doc=requests in the queue for a backend"`
	QueueFull      int64          `lab:"queue_full,doc=requests refused because the queue was full; not counted in errors"`
	QueueTimeouts  int64          `lab:"queue_timeouts,doc=requests refused after queue_timeout in the queue; not counted in errors"`
	Active         int64          `lab:"active,draw,doc=requests that are being served"`
	Panic          bool           `lab:"panic,doc=too few backends are healthy, so requests go to all"`
	Strategy       string         `lab:"strategy,doc=the strategy in force"`
	StrategyErrors int            `lab:"strategy_errors,doc=picks in which the strategy failed"`
	StrategyError  string         `lab:"strategy_error,doc=the first of these failures; empty if there is none"`
	Backends       []backendStats `lab:"backends,doc=in the order of their names"`
}

// backendStats is what a balancer knows of a backend.
type backendStats struct {
	Name      string
	Addr      sdk.Addr
	Weight    int
	Up        bool          `lab:"up,draw,doc=it passes its checks"`
	Ejected   bool          `lab:"ejected,draw,doc=it gets no requests for a while because of how it has answered"`
	Ejections int64         `lab:"ejections,doc=how often it was ejected"`
	Draining  bool          `lab:"draining,doc=it gets no new requests"`
	Inflight  int           `lab:"inflight,draw,doc=requests that are being served"`
	Requests  int64         `lab:"requests,draw,doc=requests that it has answered; in mode tcp connections"`
	Errors    int64         `lab:"errors,doc=attempts that have failed, and answers of 500 and above"`
	EWMA      time.Duration `lab:"ewma,doc=average time to the head of an answer with a status below 500; recent ones weigh more"`
}

func (b *balancer) stats(sdk.Env) (stats, error) {
	c := b.core
	s := stats{
		Requests: c.requests.Load(), Errors: c.errors.Load(), Retries: c.retried.Load(), Active: c.active.Load(),
		Waiting: c.queue.length.Load(), QueueFull: c.queue.overflows.Load(), QueueTimeouts: c.queue.timeouts.Load(),
		Abandoned: c.abandoned.Load(), RetriesDenied: c.denied.Load(), Refused: c.refused.Load(),
	}
	c.blame.Lock()
	s.StrategyErrors, s.StrategyError = c.mistakes, c.mistake
	c.blame.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.table.Load()
	s.Strategy, s.Panic = t.label, c.panics
	for _, b := range t.backends {
		s.Backends = append(s.Backends, backendStats{
			Name: b.Name, Addr: b.addr, Weight: b.weight, Up: b.up, Ejected: b.ejected, Ejections: b.times,
			Draining: b.leaving.Load(), Inflight: b.Inflight(),
			Requests: b.requests.Load(), Errors: b.Errors(), EWMA: b.EWMA(),
		})
	}
	return s, nil
}
