package balancer

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
)

// queue is requests that wait because every backend that may be picked is full (max_active), first come, first served.
// One queue for all backends, as the queue of an nginx upstream and of an HAProxy backend: whichever has a place first
// takes the first that waits.
type queue struct {
	limit  int          // of those that wait
	length atomic.Int64 // likewise; to be read without mu

	overflows, timeouts atomic.Int64 // of those that were refused

	mu      sync.Mutex
	waiting []*ticket // the oldest first
}

// ticket is a place in the queue.
type ticket struct {
	cond   sdk.Cond
	called bool // under cond: a backend may have a place now
}

// join takes the last place, nil when there is none.
func (q *queue) join(env sdk.Env) *ticket {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= q.limit {
		return nil
	}
	t := &ticket{cond: env.NewCond()}
	q.waiting = append(q.waiting, t)
	q.length.Add(1)
	return t
}

// leave gives up a place, and calls whoever is first now.
func (q *queue) leave(t *ticket) {
	q.mu.Lock()
	q.waiting = slices.DeleteFunc(q.waiting, func(other *ticket) bool { return other == t })
	q.length.Add(-1)
	q.mu.Unlock()
	q.call()
}

// first reports whether it is this one's turn.
func (q *queue) first(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting[0] == t
}

// call wakes the first that waits. Whoever makes room for a request calls it afterwards. It never waits itself.
func (q *queue) call() {
	if q.length.Load() == 0 {
		return
	}
	q.mu.Lock()
	var t *ticket
	if len(q.waiting) > 0 {
		t = q.waiting[0]
	}
	q.mu.Unlock()
	if t != nil {
		t.cond.Lock()
		t.called = true
		t.cond.Signal()
		t.cond.Unlock()
	}
}

// wait returns when the ticket is called, with an error of sdk.Cond.Wait at the deadline, or with that of look, which it
// asks now and then.
func (t *ticket) wait(env sdk.Env, deadline time.Time, look func() (soon bool, err error)) error {
	t.cond.Lock()
	defer t.cond.Unlock()
	for pause := firstLook; !t.called; pause = min(2*pause, lastLook) {
		by := steady(env).Add(pause)
		if !deadline.IsZero() && !by.Before(deadline) {
			by = deadline
		}
		err := t.cond.Wait(wall(env, by))
		switch {
		case err == nil || t.called:
		case by.Equal(deadline) || !errors.Is(err, sdk.ErrTimeout):
			return err
		default:
			t.cond.Unlock() // look may write to a client that does not read
			soon, err := look()
			t.cond.Lock()
			if err != nil {
				return err
			}
			if soon {
				pause = firstLook / 2
			}
		}
	}
	t.called = false
	return nil
}

const noRoom = "no backend had room in time"

// place gets a request a place at a backend: at once, or in the queue when its turn comes.
func (c *core) place(
	r *strategy.Request, tried []*backend, until time.Time, look func() (soon bool, err error),
) (pick, *failure) {
	if c.queue.length.Load() == 0 {
		if p := c.pick(r, tried); !p.full {
			return p, c.refusal(p, tried)
		}
	}
	t := c.queue.join(c.env)
	if t == nil {
		return pick{}, c.shed(&c.queue.overflows, "every backend is busy, and the queue is full", tried)
	}
	defer c.queue.leave(t)
	deadline := until
	if by := c.now().Add(c.limits.queue); c.limits.queue > 0 && (until.IsZero() || by.Before(until)) {
		deadline = by
	}
	for {
		if c.queue.first(t) {
			if p := c.pick(r, tried); !p.full {
				return p, c.refusal(p, tried)
			}
		}
		err := t.wait(c.env, deadline, look)
		switch over := !deadline.IsZero() && !c.now().Before(deadline); {
		case err == nil && !over: // with no time left a backend would look as if it had failed
		case err != nil && !errors.Is(err, sdk.ErrTimeout):
			return pick{}, &failure{client: true}
		case deadline.Equal(until):
			return pick{}, &failure{status: 504, text: noRoom}
		default:
			return pick{}, c.shed(&c.queue.timeouts, noRoom, tried)
		}
	}
}

// shed returns the failure for a request that is asked of no backend, on purpose. It counts only what none was asked before:
// the others are errors.
func (c *core) shed(count *atomic.Int64, text string, tried []*backend) *failure {
	if len(tried) == 0 {
		count.Add(1)
	}
	return &failure{status: 503, text: text, shed: true}
}

// refusal returns the failure for a request that the strategy refused, nil otherwise.
func (c *core) refusal(p pick, tried []*backend) *failure {
	if !p.refused {
		return nil
	}
	return c.shed(&c.refused, "refused by the strategy", tried)
}
