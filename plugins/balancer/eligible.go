package balancer

import (
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
)

// Which backends get requests is decided in this file, in three steps: who takes part at all, who of those is well, and,
// when a request has picked one of them, whether that one admits it. Strategies see the outcome of the first two.

// takesPart reports whether the backend is configured, with a weight, and not drained. Under core.mu.
func (b *backend) takesPart() bool { return b.weight > 0 && !b.removed && !b.leaving.Load() }

// well reports whether the backend is fit to serve, as far as its checks and its answers tell. Under core.mu.
func (b *backend) well() bool { return b.up && !b.ejected }

// eligible returns the backends that may be picked, in their order, and how many of those that take part are well. When
// that is a share below the threshold all that take part are eligible: Envoy's panic threshold. The few that are left
// would fall under the load of all, and so many cannot really be ill at once; the checks are. Under core.mu.
func eligible(backends []*backend, threshold float64) (list []*backend, well, all int) {
	var part, fit []*backend
	for _, b := range backends {
		if !b.takesPart() {
			continue
		}
		part = append(part, b)
		if b.well() {
			fit = append(fit, b)
		}
	}
	if panics(len(fit), len(part), threshold) {
		return part, len(fit), len(part)
	}
	return fit, len(fit), len(part)
}

// nobody says why no backend is well, "" when one is. Under core.mu.
func nobody(backends []*backend) string {
	var why []string
	for _, b := range backends {
		if b.takesPart() && b.well() {
			return ""
		}
		if is := b.trouble(); !slices.Contains(why, is) {
			why = append(why, is)
		}
	}
	switch {
	case why == nil:
		return "no backend is configured"
	case len(why) == 1 && why[0] == isDown:
		return "no backend is up"
	}
	return "every backend " + strings.Join(why, " or ")
}

const isDown = "is down"

// trouble says why a backend gets no requests. Under core.mu.
func (b *backend) trouble() string {
	switch {
	case b.leaving.Load():
		return "is being drained"
	case b.weight == 0:
		return "has weight 0"
	case !b.up:
		return isDown
	}
	return "is ejected"
}

func panics(well, all int, threshold float64) bool { return float64(well) < threshold*float64(all) }

// tellPanic tells when a panic begins or ends. Under mu.
func (c *core) tellPanic(well, all int) {
	now := panics(well, all, c.limits.panic)
	if now == c.panics {
		return
	}
	c.panics = now
	c.env.Go(func() {
		if now {
			c.env.Emit(panicBegan{Well: well, Backends: all})
		} else {
			c.env.Emit(panicEnded{Well: well, Backends: all})
		}
	})
}

// admission is whether a request that has picked a backend may go there.
type admission uint8

const (
	admitted admission = iota
	leaving            // since the look at the table the backend has begun to drain; the request is counted until pick.done
	full               // it has as many requests as it may have; the request is not counted
)

// admit counts a request for the backend, of which it may have so many at once; 0 is any number.
func (b *backend) admit(most int) admission {
	if most == 0 {
		b.Picked()
	} else if !b.TryPicked(most) {
		return full
	}
	if b.leaving.Load() {
		return leaving
	}
	return admitted
}

// hasRoom reports whether the backend would admit a request now.
func (b *backend) hasRoom(most int) bool { return most == 0 || b.Inflight() < most }

// seen is the backends as strategies see them.
func seen(backends []*backend) []*strategy.Backend {
	list := make([]*strategy.Backend, len(backends))
	for i, b := range backends {
		list[i] = b.Backend
	}
	return list
}
