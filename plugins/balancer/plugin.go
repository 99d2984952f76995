// Package balancer is a load balancer for HTTP/1.1 and TCP: the kind "balancer". Which backend gets a request is
// decided by a strategy: one of package strategy, one that a plugin brings along (Kind), or a function of the script
// (function.go).
//
// A client's connection is one task, in blocking style. In mode http it is a front (front.go): it reads a request, has
// a backend picked (pick.go), does the exchange over a connection from the backend's pool (exchange.go, pool.go) and
// passes the answer on (answer.go). A body that does not fit into a small buffer is passed on by a second task while
// the answer comes (upload.go), so either may come first. In mode tcp, and after an upgrade, bytes are carried both
// ways without a look at them (tcp.go, tunnel.go).
//
// Requests find the backends in a table that is replaced as a whole when anything changes (core.go): a backend's health
// (health.go), an ejection (eject.go), a slow start (slow.go), a drain (drain.go), the configuration (plan.go). The strategy
// sees only backends that may be picked; eligible.go decides which these are. When all of them are full, requests wait in
// a queue (queue.go). How often a request is tried, and for how long, is bounded by tries.go and budget.go. What decides
// is arithmetic that is given the time: budget, ejection and outcomes (outlier.go), eligible, warmth.
//
// # What the balancer promises
//
// A request is sent to another backend only where that does no harm: when connecting has failed, or when the method is
// idempotent, the body is in memory, and not a byte of an answer has come. A connection that has waited in a pool is
// replaced by a fresh one under the same condition when it turns out to be dead; a request that cannot be repeated goes
// out only on a fresh or recently used one. Who gets no answer is told 502 (backend failed), 503 (no backend may be
// asked, or none has room) or 504 (too late). An answer that breaks off ends in a reset, never in what looks like its end.
package balancer

import (
	"embed"

	"github.com/netlab-dev/netlab/sdk"
)

//go:embed modules
var modules embed.FS

// Templates are those of a plugin with a strategy, for lab plugin new --strategy.
//
//go:embed templates
var Templates embed.FS

// Plugin serves the kind balancer.
func Plugin() sdk.Plugin {
	return sdk.Plugin{
		Name: "balancer", Doc: "a load balancer for HTTP and TCP", Kinds: []sdk.Kind{Kind("balancer")}, Modules: modules,
	}
}
