package balancer

import (
	"slices"
	"time"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
)

// Kind is a balancer under the name of a kind of one's own, with further strategies. One that is called like one of
// ours takes its place.
//
//	balancer.Kind("sticky-balancer", balancer.Named{Name: "sticky", Doc: "...", New: newSticky})
func Kind(name string, more ...Named) sdk.Kind {
	table := slices.Concat(more, strategy.All())
	return sdk.Kind{
		Name: name,
		Doc:  "balances HTTP requests or TCP connections over backends; strategies: " + listOf(table),
		New:  func() sdk.Component { return &balancer{named: table} },
		Methods: []sdk.Method{
			sdk.Func("stats", "returns what the balancer has done so far, and the state of its backends", (*balancer).stats).Query(),
			sdk.Func("drain", "sends no new requests to a backend, and waits until it has answered the others; configure ends that",
				(*balancer).drain),
		},
		Events: []any{
			backendUp{}, backendDown{}, backendUnreached{}, backendDrained{}, backendEjected{}, backendReturned{},
			panicBegan{}, panicEnded{}, strategyFailed{},
		},
		Messages: sdk.NoMessages,
	}
}

// The events of the kind.
type (
	// backendUp tells that a backend that was down has passed enough checks.
	backendUp struct{ Backend string }
	// backendDown tells that a backend has failed too many checks, and how the last one failed.
	backendDown struct{ Backend, Reason string }
	// backendUnreached tells of a backend that was taken down, refusing connections, without ever having been up: as
	// likely as not nobody listens on that port.
	backendUnreached struct{ Error string }
	// backendDrained tells that a backend that gets no new requests has answered the last one.
	backendDrained struct{ Backend string }
	// backendEjected tells that a backend gets no requests for a while, and what of its answers is the reason.
	backendEjected struct {
		Backend, Reason string
		Time            time.Duration
	}
	// backendReturned tells that an ejection is over.
	backendReturned struct{ Backend string }
	// panicBegan tells that requests go to all backends, because too few of them are well.
	panicBegan struct{ Well, Backends int }
	// panicEnded tells that requests go to backends that are well, because enough are again.
	panicEnded struct{ Well, Backends int }
	// strategyFailed tells of the first mistake of a script's strategy.
	strategyFailed struct{ Error string }
)
