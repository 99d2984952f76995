// Package example is a plugin for lab that is not part of lab: a module of its own, as anybody would write it. It serves
// two kinds: greeter, a TCP server that greets whoever sends a name, and sticky-balancer, the balancer of lab with one
// more strategy.
package example

import "github.com/netlab-dev/netlab/sdk"

// Plugin serves both kinds.
func Plugin() sdk.Plugin {
	return sdk.Plugin{
		Name: "example", Doc: "greets by name, and balances with a sticky cookie",
		Kinds: []sdk.Kind{greeterKind(), stickyKind()},
	}
}
