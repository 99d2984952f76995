package serve

import (
	"fmt"
	"reflect"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/manifest"
)

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
	if !receiver.Implements(reflect.TypeFor[sdk.Configurer]()) {
		return fmt.Errorf("config: %q is tagged live, but %s has no method Configure(sdk.Env, sdk.Component) error",
			live, receiver)
	}
	k.methods[configureMethod] = &method{
		name: configureMethod, args: receiver.Elem(), input: k.config, results: 1, next: k.make,
		fn: reflect.ValueOf(func(c sdk.Configurer, env sdk.Env, next sdk.Component) error {
			if err := validate(next); err != nil {
				return err
			}
			return c.Configure(env, next)
		}),
	}
	return nil
}
