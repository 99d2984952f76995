package traffic

import (
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
)

// schedule is when the requests of an open loop are due, since its beginning; nothing for a closed one. It is drawn up
// front, one variate for one arrival, so that nothing that happens meanwhile can shift it.
func (p *plan) schedule(random *rand.Rand) []record {
	switch {
	case p.closed():
		return nil
	case p.ramp != nil && p.Arrivals == "poisson":
		step := func() float64 { return -math.Log1p(-random.Float64()) }
		return p.ramp.schedule(step(), step)
	case p.ramp != nil:
		return p.ramp.schedule(0, func() float64 { return 1 })
	}
	records := make([]record, 0, int(p.planned()))
	at := 0.0 // in seconds
	for n := 0; n < maxRecords; n++ {
		if p.Arrivals == "poisson" {
			at += -math.Log1p(-random.Float64()) / p.PerSecond
		} else {
			at = float64(n) / p.PerSecond
		}
		due := time.Duration(math.Round(at * float64(time.Second)))
		if p.Requests > 0 && n == p.Requests || p.Requests == 0 && due >= p.Duration {
			break
		}
		records = append(records, record{start: due})
	}
	return records
}

// pace begins each request when it is due.
func (d *drive) pace() {
	for n := range d.recording.records {
		due := d.recording.records[n].start
		if wait := due - d.now(); wait > 0 && d.env.Sleep(wait) != nil {
			return
		}
		if !d.begin(n, due) {
			return
		}
	}
}

// begin makes request n in a task of its own. When as many as may be are under way, it waits for one of these to end.
func (d *drive) begin(n int, due time.Duration) (goOn bool) {
	d.cond.Lock()
	defer d.cond.Unlock()
	switch {
	case d.fatal != nil:
		return false
	case d.busy == d.limit:
		d.waiting = append(d.waiting, n)
	case d.now() >= due+d.plan.Within: // the node was paused
		d.recording.miss(n)
	default:
		d.busy++
		requester := d.requester()
		d.env.Go(func() { d.work(requester, n, due) })
	}
	return true
}

// requester returns a requester that is free: that which was used last, so that no more connections are kept than are
// needed.
func (d *drive) requester() requester {
	last := len(d.idle) - 1
	if last < 0 {
		return d.open()
	}
	requester := d.idle[last]
	d.idle = d.idle[:last]
	return requester
}

// work makes request n, and then those that have waited for it to end.
func (d *drive) work(l requester, n int, due time.Duration) {
	for more := true; more; n, due, more = d.turn(l) {
		d.ask(l, n, due)
	}
}

// turn finds the next request for a requester, or takes it back.
func (d *drive) turn(l requester) (n int, due time.Duration, more bool) {
	d.cond.Lock()
	defer d.cond.Unlock()
	if n, more = d.choose(); !more {
		d.give(l)
		return 0, 0, false
	}
	return n, d.recording.records[n].start, true
}

// choose takes one of the requests that wait: the oldest. Once that has waited for half of its patience it takes the
// newest instead, as servers do that shed load (adaptive LIFO: Maurer, Fail at Scale, ACM Queue 13(8), 2015). Else each
// would be begun just before it is given up, and none be answered. What has waited for too long is late.
func (d *drive) choose() (n int, ok bool) {
	for len(d.waiting) > 0 && d.fatal == nil {
		now := d.now()
		last := len(d.waiting) - 1
		oldest, newest := d.waiting[0], d.waiting[last]
		switch waited := now - d.recording.records[oldest].start; {
		case waited >= d.plan.Within:
			d.recording.miss(oldest)
			d.waiting = d.waiting[1:]
		case waited > d.plan.Within/2:
			d.waiting = d.waiting[:last]
			return newest, true
		default:
			d.waiting = d.waiting[1:]
			return oldest, true
		}
	}
	return 0, false
}

// give takes a requester back. The caller holds the lock.
func (d *drive) give(l requester) {
	d.idle = append(d.idle, l)
	d.busy--
	d.cond.Signal() // the last to come wakes the method: nobody else waits then
}

// afterError is how long a client of a closed loop waits when it got no answer: errors may take no time at all.
const afterError = 10 * time.Millisecond

// loop is one client of a closed loop.
func (d *drive) loop() {
	d.cond.Lock()
	requester := d.open()
	d.cond.Unlock()
	think := link.NewStreams(d.plan.seed, "think")
	for {
		n, due, ok := d.next()
		if !ok {
			break
		}
		pause := time.Duration(0)
		if !d.ask(requester, n, due) {
			pause = afterError
		}
		if d.plan.Think != (sdk.Draw{}) {
			pause = max(pause, think.Draw(n, d.plan.Think))
		}
		if pause > 0 && d.pause(pause) != nil {
			break
		}
	}
	d.cond.Lock()
	defer d.cond.Unlock()
	d.give(requester)
}

// pause waits, but no longer than requests are begun.
func (d *drive) pause(pause time.Duration) error {
	if d.plan.Requests == 0 {
		return d.env.Sleep(min(pause, d.plan.Duration-d.now()))
	}
	until := d.env.Now().Add(min(pause, d.until+1-d.now()))
	d.cond.Lock()
	defer d.cond.Unlock()
	for d.fatal == nil && len(d.recording.records) < d.plan.Requests {
		switch err := d.cond.Wait(until); {
		case errors.Is(err, sdk.ErrTimeout):
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}

// next begins the next request of a closed loop: it is due just now.
func (d *drive) next() (n int, due time.Duration, ok bool) {
	now := d.now()
	d.cond.Lock()
	defer d.cond.Unlock()
	n = len(d.recording.records)
	switch {
	case d.fatal != nil || now > d.until:
		return 0, 0, false
	case d.plan.Requests > 0 && n == d.plan.Requests, d.plan.Requests == 0 && now >= d.plan.Duration:
		return 0, 0, false
	case n == maxRecords:
		d.fatal = errTooMany
		return 0, 0, false
	}
	d.recording.records = append(d.recording.records, record{start: now})
	if n+1 == d.plan.Requests {
		d.cond.Broadcast() // who thinks need not go on
	}
	return n, now, true
}
