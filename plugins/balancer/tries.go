package balancer

import "time"

// deadline is when a request that comes now must have been answered, or connected; zero is never.
func (c *core) deadline() time.Time {
	if c.limits.request <= 0 {
		return time.Time{}
	}
	return c.env.Now().Add(c.limits.request)
}

// left is what is left of a limit to one that must be over at an instant. A limit of 0, and the zero time, are none.
func left(limit time.Duration, now, until time.Time) time.Duration {
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
	now := c.env.Now()
	switch {
	case !until.IsZero() && !now.Before(until):
		return false
	case t.budget > 0 && !c.budget.retry(c.now(), t.budget):
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
