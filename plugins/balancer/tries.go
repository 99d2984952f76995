package balancer

import (
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// steady is an instant that no jump of the wall clock moves. What is measured is a difference of such, and so is what is
// left until a deadline that is kept for longer than for one wait.
func steady(env sdk.Env) time.Time { return sdk.Epoch.Add(env.Elapsed()) }

// wall is a steady instant as calls with a deadline want it: what is left until then, from now. Zero is never.
func wall(env sdk.Env, by time.Time) time.Time {
	if by.IsZero() {
		return by
	}
	left := by.Sub(steady(env))
	return env.Now().Add(left)
}

func (c *core) now() time.Time { return steady(c.env) }

// deadline is when a request that comes now must have been answered, or connected; zero is never.
func (c *core) deadline() time.Time {
	if c.limits.request <= 0 {
		return time.Time{}
	}
	return c.now().Add(c.limits.request)
}

// remaining is what remains of a limit to one that must be over at an instant. A limit of 0, and the zero time, are none.
func remaining(limit time.Duration, now, until time.Time) time.Duration {
	if until.IsZero() {
		return limit
	}
	rest := max(until.Sub(now), 1)
	if limit <= 0 {
		return rest
	}
	return min(limit, rest)
}

// mayRetry reports whether a request may be sent to one more backend, and counts it.
func (c *core) mayRetry(t *table, until time.Time) bool {
	now := c.now()
	switch {
	case !until.IsZero() && !now.Before(until):
		return false
	case t.budget > 0 && !c.budget.retry(now, t.budget):
		c.denied.Add(1)
		return false
	}
	c.retried.Add(1)
	return true
}

// ended lets the retry budget know that a request is over.
func (c *core) ended(t *table, answered bool) {
	if t.budget > 0 {
		c.budget.end(c.now(), answered)
	}
}
