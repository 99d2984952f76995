package traffic

import (
	"math"
	"math/rand/v2"
	"time"
)

// schedule is when the requests of an open loop are due, since its beginning. It is drawn up front, one variate for one
// arrival, so that nothing that happens meanwhile can shift it.
func (p *plan) schedule(random *rand.Rand) []record {
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

// pace begins each request when it is due, in a task of its own. When as many as may be are under way, it waits for one
// to end; the request is then late, which its latency shows.
func (d *drive) pace() {
	for n := range d.recording.records {
		due := d.began.Add(d.recording.records[n].start)
		if wait := due.Sub(d.env.Now()); wait > 0 && d.env.Sleep(wait) != nil {
			return
		}
		requester := d.take(n)
		if requester == nil {
			return
		}
		d.env.Go(func() {
			d.ask(requester, n)
			d.give(requester)
		})
	}
}

// take returns a requester that is free, once there may be one more request under way; nil when there is to be none.
func (d *drive) take(n int) requester {
	d.cond.Lock()
	defer d.cond.Unlock()
	for d.busy == d.limit {
		if d.cond.Wait(d.deadline) != nil {
			return nil
		}
	}
	if d.fatal != nil || d.late() {
		return nil
	}
	d.busy++
	d.begun = n + 1
	last := len(d.idle) - 1
	if last < 0 {
		return d.open()
	}
	requester := d.idle[last] // that which was used last, so that no more connections are kept than are needed
	d.idle = d.idle[:last]
	return requester
}

// give takes a requester back.
func (d *drive) give(l requester) {
	d.cond.Lock()
	defer d.cond.Unlock()
	d.idle = append(d.idle, l)
	d.busy--
	d.cond.Signal() // there is only the method itself to wait
}

// afterError is how long a client of a closed loop waits when it got no answer: errors may take no time at all.
const afterError = 10 * time.Millisecond

// loop is one client of a closed loop.
func (d *drive) loop() {
	d.cond.Lock()
	requester := d.open()
	d.cond.Unlock()
	for {
		n, ok := d.next()
		if !ok {
			break
		}
		if !d.ask(requester, n) && d.env.Sleep(afterError) != nil {
			break
		}
	}
	d.give(requester)
}

// next begins the next request of a closed loop: it is due just now.
func (d *drive) next() (n int, ok bool) {
	now := d.env.Now().Sub(d.began)
	d.cond.Lock()
	defer d.cond.Unlock()
	switch {
	case d.fatal != nil || d.late():
		return 0, false
	case d.plan.Requests > 0 && d.begun == d.plan.Requests, d.plan.Requests == 0 && now >= d.plan.Duration:
		return 0, false
	case d.begun == maxRecords:
		d.fatal = errTooMany
		return 0, false
	}
	d.recording.records = append(d.recording.records, record{start: now})
	d.begun++
	return d.begun - 1, true
}
