package traffic

import (
	"errors"
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
)

// drive is a load under way: many requests to one target.
type drive struct {
	env   sdk.Env
	plan  plan
	began time.Duration // of Env.Elapsed: a wall clock that is set does not move what is due
	until time.Duration // a closed loop begins nothing later, since it began
	limit int           // of requests under way at once
	open  func() requester

	cond      sdk.Cond // guards what follows; the method waits at it for requesters to come back
	recording recording
	waiting   []int       // requests that are due, oldest first, while no requester is free
	busy      int         // requesters in use
	idle      []requester // the others
	fatal     error       // why to go on makes no sense
}

var errTooMany = fmt.Errorf("more than %d requests: use less time, or per_second", maxRecords)

// drive makes requests and sums up what came of them. See the package comment for the kinds of loops.
func (c *client) drive(env sdk.Env, args driveArgs) (*driven, error) {
	p, err := planOf(args)
	if err != nil {
		return nil, err
	}
	if p.draws() {
		p.seed = c.dice(env)
	}
	d := &drive{env: env, plan: p, began: env.Elapsed(), limit: p.Clients, cond: env.NewCond()}
	if d.limit == 0 {
		d.limit = maxClients
	}
	d.recording = newRecording(&d.plan, d.plan.schedule(env.Rand()))
	if err := d.fit(sdk.Deadline(env)); err != nil {
		return nil, err
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
	d.recording.sort()
	all := d.recording.all(sdk.Began(env))
	all.target = args.URL
	return all, nil
}

// fit makes sure that the drive ends before the script gives up, which would lose all that it has found. How long
// requests in a closed loop take is not known beforehand: it ends in time.
func (d *drive) fit(deadline time.Time) error {
	d.until = maxSchedule
	if deadline.IsZero() {
		return nil
	}
	timeout := sdk.Left(d.env, deadline)
	d.until = timeout - d.plan.Within
	last := d.recording.last()
	if d.plan.closed() {
		last = d.plan.Duration // 0 when it is to make so many requests
	}
	if last <= d.until {
		return nil
	}
	return sdk.Misuse(
		fmt.Sprintf("a call without a timeout has a day; give %s at least", value.FormatDuration(last+d.plan.Within)),
		fmt.Errorf("the last request is due after %s and has %s, but the call has timeout = %s",
			value.FormatDuration(last), value.FormatDuration(d.plan.Within), value.FormatDuration(timeout)))
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
		d.open = func() requester { return newEchoRequester(d, p.addr, f) }
	case p.scheme == "tcp":
		data := payload(p.Size)
		d.open = func() requester { return &bulkRequester{stream: stream{addr: p.addr}, data: data} }
	default:
		body := payload(p.Size)
		s := &shape{seed: p.seed, fn: p.fn, work: p.work, path: p.path, header: p.header, body: body}
		d.open = func() requester {
			l := newHTTPRequester(p.target, p.header, body)
			if s.fn != nil || s.work != nil {
				l.maker = newRequestMaker(s)
			}
			return l
		}
	}
	return nothing, nil
}

// run makes the requests, and returns when the last of them has ended.
func (d *drive) run() error {
	if d.plan.closed() {
		d.busy = d.plan.Clients
		for range d.plan.Clients {
			d.env.Go(d.loop)
		}
	} else {
		d.pace()
	}
	if err := d.settle(); err != nil {
		return err
	}
	for _, l := range d.idle {
		l.close()
	}
	if d.fatal == nil {
		d.recording.missed(d.plan.Requests, d.now())
	}
	return d.fatal
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

// ask makes request n, which is due at an instant since the drive began, notes how it has ended, and reports whether
// there was an answer, or no need of one. Who has asked waits from when it was due.
func (d *drive) ask(l requester, n int, due time.Duration) bool {
	a := l.ask(d.env, n, d.env.Now().Add(due+d.plan.Within-d.now()))
	if a.at == 0 {
		a.at = d.now()
	}
	d.cond.Lock()
	defer d.cond.Unlock()
	d.recording.end(n, a)
	switch {
	case a.err == nil:
		return true
	case errors.As(a.err, new(interface{ Misuse() string })):
		d.fatal = a.err
	case errors.Is(a.err, sdk.ErrNoNode), errors.Is(a.err, sdk.ErrStopped):
		d.fatal = reason(a.err)
	}
	return false
}

// now is the time since the drive began.
func (d *drive) now() time.Duration { return d.env.Elapsed() - d.began }

// arriveAgain counts an answer to a request that has been answered before.
func (d *drive) arriveAgain(n int) {
	d.cond.Lock()
	defer d.cond.Unlock()
	if n < len(d.recording.records) {
		d.recording.arriveAgain(n)
	}
}

// arriveBroken counts an answer that is not what was sent. It cannot be told to which request.
func (d *drive) arriveBroken() {
	now := d.now()
	d.cond.Lock()
	defer d.cond.Unlock()
	d.recording.arriveBroken(now)
}
