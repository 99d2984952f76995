package sdk

import "time"

// Deadline is the instant, on the node's clock, at which the script gives up on the method call that was given this
// environment: a method that takes something from a queue should not do so afterwards. It is the zero time in Run, and
// for a call without a timeout.
func Deadline(env Env) time.Time {
	if c, ok := env.(*callEnv); ok {
		return c.deadline
	}
	return time.Time{}
}

// callEnv is the environment of one method call.
type callEnv struct {
	Env
	deadline time.Time
}
