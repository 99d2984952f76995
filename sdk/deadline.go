package sdk

import "time"

// Deadline is when the script gives up on the method call that was given this environment, on the node's clock: take nothing
// from a queue afterwards. The zero time is never, and in Run.
func Deadline(env Env) time.Time {
	if c, ok := env.(interface{ Deadline() time.Time }); ok {
		return c.Deadline()
	}
	return time.Time{}
}

// Began is when the script made the method call that was given this environment: lab.now() there, 0 in Run. What env.Now()
// says at a method's start is that instant on the node's clock.
func Began(env Env) time.Duration {
	if c, ok := env.(interface{ Began() time.Duration }); ok {
		return c.Began()
	}
	return 0
}
