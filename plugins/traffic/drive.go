package traffic

import (
	"errors"
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// drive is a load under way: many requests to one target.
type drive struct {
	env      sdk.Env
	plan     plan
	began    time.Time
	deadline time.Time // when the script gives up, zero for never
	limit    int       // of requests under way at once
	open     func() requester

	cond      sdk.Cond // guards what follows; the method waits at it for requesters to come back
	recording recording
	begun     int
	busy      int         // requesters in use
	idle      []requester // the others
	fatal     error       // why to go on makes no sense
}

var errTooMany = fmt.Errorf("more than %d requests: use less time, or per_second", maxRecords)

// drive makes requests and sums up what came of them. See the package comment for the kinds of loops.
func (client) drive(env sdk.Env, args driveArgs) (*driven, error) {
	p, err := planOf(args)
	if err != nil {
		return nil, err
	}
	d := &drive{
		env: env, plan: p, began: env.Now(), deadline: sdk.Deadline(env), limit: p.Clients, cond: env.NewCond(),
	}
	if d.limit == 0 {
		d.limit = maxClients
	}
	last := p.Duration
	if p.PerSecond > 0 {
		d.recording = newRecording(p.schedule(env.Rand()))
		last = d.recording.last()
	} else {
		d.recording = newRecording(nil)
	}
	if !d.deadline.IsZero() {
		if err := p.fits(last, d.deadline.Sub(d.began)); err != nil {
			return nil, err
		}
	}
	finish, err := d.prepare()
	if err != nil {
		return nil, reason(err)
	}
	err = d.run()
	finish()
	if err != nil {
		return nil, err
	}
	return d.recording.all(sdk.Began(env)), nil
}

// prepare chooses the sort of requesters. finish is to be called at the end.
func (d *drive) prepare() (finish func(), err error) {
	p, nothing := &d.plan, func() {}
	f := frames{size: p.Size}
	if p.scheme != "http" {
		f.nonce = d.env.Rand().Uint32()
	}
	switch {
	case p.scheme == "udp":
		g, err := openDatagrams(d, p.addr, f, p.Reply)
		if err != nil {
			return nil, err
		}
		d.open = g.requester
		return g.finish, nil
	case p.scheme == "tcp" && p.Reply:
		d.open = func() requester { return newEchoLane(d, p.addr, f) }
	case p.scheme == "tcp":
		data := payload(p.Size)
		d.open = func() requester { return &bulkLane{stream: stream{addr: p.addr}, data: data} }
	default:
		body := payload(p.Size)
		d.open = func() requester { return newHTTPLane(p.target, p.header, body) }
	}
	return nothing, nil
}

// run makes the requests, and returns when the last of them has ended.
func (d *drive) run() error {
	if d.plan.PerSecond > 0 {
		d.pace()
	} else {
		d.busy = d.plan.Clients
		for range d.plan.Clients {
			d.env.Go(d.loop)
		}
	}
	if err := d.settle(); err != nil {
		return err
	}
	for _, l := range d.idle {
		l.close()
	}
	d.recording.records = d.recording.records[:d.begun]
	switch {
	case d.fatal != nil:
		return d.fatal
	case d.late():
		return sdk.Unknown(errTimedOut)
	}
	return nil
}

// settle waits until no request is under way. Each has a deadline, so that is bounded.
func (d *drive) settle() error {
	d.cond.Lock()
	defer d.cond.Unlock()
	for d.busy > 0 {
		if err := d.cond.Wait(time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// late reports whether the script has given up.
func (d *drive) late() bool { return !d.deadline.IsZero() && !d.env.Now().Before(d.deadline) }

// ask makes request n, notes how it has ended, and reports whether there was an answer, or no need of one.
func (d *drive) ask(l requester, n int) bool {
	deadline := d.env.Now().Add(d.plan.Within)
	if !d.deadline.IsZero() && d.deadline.Before(deadline) {
		deadline = d.deadline
	}
	a := l.ask(d.env, n, deadline)
	if a.at.IsZero() {
		a.at = d.env.Now()
	}
	d.cond.Lock()
	defer d.cond.Unlock()
	d.recording.end(n, a, a.at.Sub(d.began))
	if errors.Is(a.err, sdk.ErrNoNode) || errors.Is(a.err, sdk.ErrStopped) {
		d.fatal = reason(a.err)
	}
	return a.err == nil
}

// arriveAgain counts an answer to a request that has been answered before.
func (d *drive) arriveAgain(n int) {
	d.cond.Lock()
	defer d.cond.Unlock()
	if n < d.begun {
		d.recording.arriveAgain(n)
	}
}

// arriveBroken counts an answer that is not what was sent. It cannot be told to which request.
func (d *drive) arriveBroken() {
	now := d.env.Now().Sub(d.began)
	d.cond.Lock()
	defer d.cond.Unlock()
	d.recording.arriveBroken(now)
}
