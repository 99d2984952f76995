package traffic

import (
	"slices"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// capacity is a server with so many places: whoever finds none free waits, first come, first served.
type capacity struct {
	places int // 0 for any number

	mu     sync.Mutex // guards what follows, and of each visit whether it is admitted
	active int
	queue  []*visit
}

// enter waits for a place. After an error, which is that of the wait, there is none to leave.
func (c *capacity) enter(v visit) error {
	c.mu.Lock()
	if c.places == 0 || c.active < c.places {
		c.active++
		c.mu.Unlock()
		return nil
	}
	queued := c.add(v)
	c.mu.Unlock()
	for {
		err := queued.wait(time.Time{})
		if c.settled(queued, err) {
			return err
		}
	}
}

// add puts a request into the queue. Only those that queue cost an allocation.
func (c *capacity) add(v visit) *visit {
	v.bell = sdk.NewMailbox[struct{}](v.env)
	c.queue = append(c.queue, &v)
	return &v
}

// settled reports whether a request need not queue any longer: it was admitted, or err has ended its wait.
func (c *capacity) settled(v *visit, err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		return v.admitted
	case v.admitted:
		c.pass()
	default:
		at := slices.Index(c.queue, v)
		c.queue = slices.Delete(c.queue, at, at+1)
	}
	return true
}

// leave frees the place that enter has given.
func (c *capacity) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pass()
}

// pass gives a place to the first of the queue.
func (c *capacity) pass() {
	if len(c.queue) == 0 {
		c.active--
		return
	}
	first := c.queue[0]
	c.queue[0], c.queue = nil, c.queue[1:]
	first.admitted = true
	first.wake()
}

// load says how many have a place, and how many wait for one.
func (c *capacity) load() (active, waiting int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.active, len(c.queue)
}
