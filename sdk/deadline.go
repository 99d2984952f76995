package sdk

import (
	"time"

	"github.com/netlab-dev/netlab/sdk/clock"
)

// Deadline is when the script gives up the method call that got this environment; zero is never. After that, take nothing
// from a queue.
func Deadline(env Env) time.Time {
	if c, ok := env.(interface{ Deadline() time.Time }); ok {
		return c.Deadline()
	}
	return time.Time{}
}

// Left is the time until a deadline made from Now, without clock jumps.
func Left(env Env, deadline time.Time) time.Duration { return clock.Sub(deadline, env.Now()) }

// Began is lab.now() when the script made the method call that got this environment; 0 in Run.
func Began(env Env) time.Duration {
	if c, ok := env.(interface{ Began() time.Duration }); ok {
		return c.Began()
	}
	return 0
}
