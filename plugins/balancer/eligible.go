package balancer

import "github.com/netlab-dev/netlab/plugins/balancer/strategy"

// Which backends get requests is decided in this file, in three steps: who takes part at all, who of those is well, and,
// when a request has been given one of them, whether that one has to pass it up. Strategies see the outcome of the first
// two.

// takesPart reports whether the backend is configured, with a weight, and not drained. Under core.mu.
func (b *backend) takesPart() bool { return b.weight > 0 && !b.removed && !b.leaving.Load() }

// well reports whether the backend is fit to serve, as far as the balancer knows. Under core.mu.
func (b *backend) well() bool { return b.up }

// eligible returns the backends that may be picked, in their order. Under core.mu.
func eligible(backends []*backend) []*backend {
	var list []*backend
	for _, b := range backends {
		if b.takesPart() && b.well() {
			list = append(list, b)
		}
	}
	return list
}

// admit counts a request for the backend, and reports whether it may go there: between a look at the table and the count
// the backend may have begun to drain. A request that is not admitted is counted all the same until pick.done.
func (b *backend) admit() bool {
	b.Picked()
	return !b.leaving.Load()
}

// seen is the backends as strategies see them.
func seen(backends []*backend) []*strategy.Backend {
	list := make([]*strategy.Backend, len(backends))
	for i, b := range backends {
		list[i] = b.Backend
	}
	return list
}
