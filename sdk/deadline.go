package sdk

import (
	"reflect"
	"time"
)

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

// withDeadline wraps an environment, held in a value of type Env, for a call that starts now.
func withDeadline(on reflect.Value, timeout time.Duration) reflect.Value {
	inner := on.Interface().(Env)
	var e Env = &callEnv{inner, inner.Now().Add(timeout)}
	return reflect.ValueOf(&e).Elem()
}
