package balancer

import (
	"time"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
)

// warmth is the share of its weight, in thousandths, that a backend gets which came (back) so long ago: Envoy's slow
// start, max(min_weight_percent, (age / window) ^ (1 / aggression)), with its defaults of 10 % and 1.
func warmth(age, window time.Duration) int {
	if age >= window {
		return strategy.Warm
	}
	return max(int(strategy.Warm*age/window), strategy.Warm/10)
}

// slowSteps is in how many steps weights grow.
const slowSteps = 20

// startSlowly lets a backend start slowly that came (back) now. Under mu.
func (c *core) startSlowly(b *backend) {
	if c.limits.slow <= 0 {
		return
	}
	b.since = c.now()
	b.SetWarmth(warmth(0, c.limits.slow))
	if !c.warming {
		c.warming = true
		c.env.Go(c.warm)
	}
}

// warm lets the weights of all that start slowly grow until they have their whole weight.
func (c *core) warm() {
	for c.env.Sleep(max(c.limits.slow/slowSteps, time.Millisecond)) == nil {
		c.mu.Lock()
		now := c.now()
		c.warming = false
		for _, b := range c.table.Load().backends {
			if b.Warmth() < strategy.Warm {
				b.SetWarmth(warmth(now.Sub(b.since), c.limits.slow))
				c.warming = c.warming || b.Warmth() < strategy.Warm
			}
		}
		c.republish()
		more := c.warming
		c.mu.Unlock()
		if !more {
			return
		}
	}
}
