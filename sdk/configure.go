package sdk

import (
	"fmt"
	"reflect"

	"github.com/netlab-dev/netlab/sdk/manifest"
)

// Configurer is what the component of a kind with live parameters must be: it takes a new configuration while it runs.
type Configurer interface {
	Component
	// Configure hands over a component that New has made, with the complete new configuration in its tagged fields; it
	// will never run. Only live parameters can differ from those in force. Configure runs as a method does, beside Run and
	// other methods, and takes over what it wants under the component's own lock. An error means that nothing has changed.
	Configure(env Env, next Component) error
}

// configureMethod is the method by which the host asks for that. It is the lab's, so no manifest lists it.
const configureMethod = "configure"

// compileConfigure adds the method to a kind with live parameters.
func (k *kindType) compileConfigure(receiver reflect.Type, described *manifest.Kind) error {
	live := ""
	for _, p := range described.Config {
		if p.Live {
			live = p.Name
			break
		}
	}
	if live == "" {
		return nil
	}
	if !receiver.Implements(reflect.TypeFor[Configurer]()) {
		return fmt.Errorf("config: %q is tagged live, but %s has no method Configure(sdk.Env, sdk.Component) error",
			live, receiver)
	}
	k.methods[configureMethod] = &method{
		name: configureMethod, args: receiver.Elem(), input: k.config, results: 1, next: k.make,
		fn: reflect.ValueOf(func(c Configurer, env Env, next Component) error { return c.Configure(env, next) }),
	}
	return nil
}
