package traffic

import (
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// capacity is a server with so many places: whoever finds none free waits, first come, first served. Every request
// takes a ticket, and a place that becomes free admits the next one.
type capacity struct {
	cond     sdk.Cond // wakes in the order of the tickets, since they are taken and waited with under its lock
	places   int      // 0 for any number
	tickets  int      // handed out so far
	admitted int      // tickets below may pass
	finished int
}

func newCapacity(env sdk.Env, places int) *capacity {
	return &capacity{cond: env.NewCond(), places: places, admitted: places}
}

// enter waits for a place. Its error is ErrStopped.
func (c *capacity) enter() error {
	c.cond.Lock()
	defer c.cond.Unlock()
	ticket := c.tickets
	c.tickets++
	for c.places > 0 && ticket >= c.admitted {
		if err := c.cond.Wait(time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// leave frees the place that enter has given.
func (c *capacity) leave() {
	c.cond.Lock()
	defer c.cond.Unlock()
	c.finished++
	c.admitted++
	c.cond.Signal()
}

// load says how many have a place, and how many wait for one.
func (c *capacity) load() (active, waiting int) {
	c.cond.Lock()
	defer c.cond.Unlock()
	inside := c.tickets - c.finished
	if c.places == 0 {
		return inside, 0
	}
	active = min(inside, c.places)
	return active, inside - active
}
