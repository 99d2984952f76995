// Package strategy decides which backend of a balancer gets a request. One strategy a file, each with the paper or the
// program it comes from; all of them are found by name in the table that All returns.
//
// A strategy is pure: it has no clock, no randomness and no network of its own. Time and random draws come with each
// request, the load of the backends is read from live views that the balancer keeps. With the same backends, requests
// and draws it therefore makes the same picks. It sees only backends that may be picked; health, draining and retries
// are the balancer's business.
//
// The balancer works with a strategy in turns of Update, whenever the eligible backends change, and Pick, once for each
// attempt, with Backend.Picked and Backend.Finished around the attempt. Who writes a strategy implements Strategy, and
// Learner too if it learns from how attempts end.
package strategy

import (
	"math/rand/v2"
	"time"
)

// Strategy picks backends. Make one for each balancer.
type Strategy interface {
	// Update hands over the backends that may be picked, sorted by name, whenever they or their weights have changed; the
	// slice is the strategy's to keep, not to change. It is never called concurrently with itself, but while picks are
	// being made. A backend that leaves and comes back may come as the same *Backend. Before the first Update there is
	// none.
	Update(backends []*Backend)
	// Pick returns one of the backends of the latest Update. Nil, while there are some, refuses the request: the balancer
	// answers 503 at once, in TCP mode resets the connection, and counts it apart from failures; it is for strategies that
	// shed load or fail fast. Pick must not block, is called from many tasks at once, and does not keep the request.
	Pick(r *Request) *Backend
}

// Learner is a Strategy that wants to know how attempts ended.
type Learner interface {
	Strategy
	// Done tells how the attempt ended for which Pick has chosen b. It is called exactly once for each Pick that returned
	// a backend, also when the attempt failed, was given up or never made, and also for a backend that has left since;
	// from many tasks at once, after Backend.Finished. It must not block.
	Done(b *Backend, r Result)
}

// Marker is a Strategy that gives clients something to come back with, such as a cookie.
type Marker interface {
	Strategy
	// Mark returns a header field that is added to the answer b has given to the request, an empty field for none. b need
	// not be what Pick has chosen: after a failure the balancer itself chooses. It is called from many tasks at once, and
	// must not block.
	Mark(r *Request, b *Backend) (field, value string)
}

// Done tells s how an attempt at b has ended, if it wants to know. A strategy that is built around another one passes
// on by it what it is told.
func Done(s Strategy, b *Backend, r Result) {
	if learner, ok := s.(Learner); ok {
		learner.Done(b, r)
	}
}

// Request is what a strategy may know of a request. In TCP mode a connection is a request without path and headers.
type Request struct {
	// Path is the target's path as it was sent, without the query; "" in TCP mode.
	Path string
	// Client is the host part of the client's address, without its port: the name of its node.
	Client string
	// Key is what the hashing strategies hash. The balancer fills it by its configuration, hash = "client", "path",
	// "header:NAME" or "cookie:NAME"; when it is empty, as for a request without that header, Client takes its place.
	Key string
	// LoadFactor bounds the load of hashing strategies: above 0, a backend gets no more than so many times its share of
	// what is in flight, and what is above that goes to the next one for its key. 0 is no bound.
	LoadFactor float64
	// Header returns the first value of a header field, "" when there is none. It may be nil, as in TCP mode.
	Header func(name string) string
	// Now goes by Env.Elapsed: it never jumps. Only differences mean something.
	Now time.Time
	// Rand is where a strategy takes its draws from. Never nil, and safe for concurrent use where picks are concurrent.
	Rand *rand.Rand
}

// HashKey is the text whose hash decides: Key, or Client when there is no key.
func (r *Request) HashKey() string {
	if r.Key != "" {
		return r.Key
	}
	return r.Client
}

// Result is how an attempt ended.
type Result struct {
	// OK is false when the backend failed: it could not be reached, broke the connection, took too long, or answered what
	// the balancer counts as a failure. A client that goes away is no failure of the backend.
	OK bool
	// Unasked is true when the attempt was not made, as when the balancer prefers a backend that this request has not
	// tried yet. There is nothing to learn then; OK and Took mean nothing.
	Unasked bool
	// Abandoned is true when the client left before the answer: it would have taken longer than Took. OK is true then.
	Abandoned bool
	// Took is the time that the backend took to answer: to the head of the answer, or to the failure. Connecting is not part
	// of it where it has succeeded, as it would be in some answers and not in others. In TCP mode, where each attempt
	// connects, it is the time to the open connection.
	Took time.Duration
	// Now is when the attempt had ended, by the same clock as Request.Now.
	Now time.Time
	// Status is the answer's HTTP status, 0 when there was none.
	Status int
}

// Named is a strategy as it is offered to scripts. New makes one for one balancer. The seed is for choices that are
// not a request's, such as a random subset of the backends at an Update; most strategies ignore it. Whatever must be
// equal on all balancers, as the places of backends on a ring, must not depend on it.
type Named struct {
	Name string // as in strategy = "round_robin"
	Doc  string // one sentence
	New  func(seed uint64) Strategy
}

// Default is the name of the strategy of a balancer that is not told otherwise.
const Default = "round_robin"
