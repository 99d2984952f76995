package balancer

// observe learns from an attempt how its backend is.
func (c *core) observe(b *backend, ok bool) {
	streak := b.outcomes.count(ok)
	if most := c.limits.ejection.failures; most > 0 && streak >= most {
		c.eject(b, inARow(streak))
	}
}

// compare looks at success rates until the node stops.
func (c *core) compare() {
	for c.env.Sleep(c.limits.ejection.interval) == nil {
		backends, rates := c.rate()
		lowest, mean := c.limits.ejection.lowest(rates)
		for i, b := range backends {
			if rates[i] < lowest {
				c.eject(b, below(rates[i], mean))
			}
		}
	}
}

// rate ends an interval: it returns the backends of which there is enough to tell their success rate, and forgives
// those that are not ejected one ejection.
func (c *core) rate() (backends []*backend, rates []float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.table.Load().backends {
		rate, enough := b.outcomes.rate()
		if !b.ejected && b.level > 0 {
			b.level--
		}
		if enough && b.takesPart() && b.well() {
			backends, rates = append(backends, b), append(rates, rate)
		}
	}
	return backends, rates
}

// eject keeps requests from a backend for a while, unless too many are ejected already.
func (c *core) eject(b *backend, why string) {
	c.mu.Lock()
	if b.ejected || !b.takesPart() || !c.limits.ejection.fits(c.ejected()) {
		c.mu.Unlock()
		return
	}
	span := c.limits.ejection.span(b.level)
	b.ejected = true
	b.level++
	b.times++
	c.republish()
	c.mu.Unlock()
	c.env.Emit(backendEjected{Backend: b.Name, Reason: why, Time: span})
	c.env.AfterFunc(span, func() { c.readmit(b) })
}

// ejected counts the backends that are, and those that take part. Under mu.
func (c *core) ejected() (ejected, all int) {
	for _, b := range c.table.Load().backends {
		if b.takesPart() {
			all++
			if b.ejected {
				ejected++
			}
		}
	}
	return ejected, all
}

// readmit ends an ejection. What the backend did before is forgotten, but for how often it was ejected.
func (c *core) readmit(b *backend) {
	b.outcomes.forget()
	c.mu.Lock()
	b.ejected = false
	c.startSlowly(b)
	c.republish()
	gone := b.removed
	c.mu.Unlock()
	if !gone {
		c.env.Emit(backendReturned{Backend: b.Name})
	}
}
