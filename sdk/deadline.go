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

// Began is when the script made the method call that was given this environment, on the run's clock: what lab.now() said
// there. A method maps its node's clock to the run's by it: the instant env.Now() at its start is Began(env) of the run.
// It is 0 in Run.
func Began(env Env) time.Duration {
	if c, ok := env.(*callEnv); ok {
		return c.began
	}
	return 0
}

// callEnv is the environment of one method call.
type callEnv struct {
	Env
	deadline time.Time // zero for none
	began    time.Duration
}
