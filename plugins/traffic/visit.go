package traffic

import (
	"errors"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// visit is one request on its way through a backend. While it is watched, its waits end when its client has gone.
type visit struct {
	env      sdk.Env
	reply    *http1.Reply
	watched  bool
	probe    time.Duration          // until the next one, of a client that has ended its direction; 0 for none
	admitted bool                   // to a place: see capacity
	bell     *sdk.Mailbox[struct{}] // of one that queues
}

// How a client that has ended its direction is probed: first at once, then after twice the time each, which is worth it
// until all that a probe may send is sent.
const (
	firstProbe = 10 * time.Millisecond
	lastProbe  = 2 * time.Second
)

// work waits for as long as the work takes.
func (v *visit) work(d time.Duration) error {
	for end := v.env.Elapsed() + d; d > 0; d = end - v.env.Elapsed() {
		if err := v.wait(v.env.Now().Add(d)); err != nil {
			return err
		}
	}
	return nil
}

// wait waits until the instant, the zero time being never, or until it is woken; it may return early.
func (v *visit) wait(until time.Time) error {
	if v.watched {
		return v.watch(until)
	}
	if v.probe > 0 && v.probe <= lastProbe {
		if err := v.reply.Probe(); err != nil {
			return err
		}
		next := v.env.Now().Add(v.probe)
		v.probe *= 2
		if until.IsZero() || next.Before(until) {
			until = next
		}
	}
	if v.bell == nil {
		return v.env.Sleep(sdk.Left(v.env, until))
	}
	if _, err := v.bell.Recv(until); !errors.Is(err, sdk.ErrTimeout) {
		return err
	}
	return nil
}

// watch waits with an eye on the client, as long as that can be.
func (v *visit) watch(until time.Time) error {
	err := v.reply.Await(until)
	switch {
	case errors.Is(err, http1.ErrEnded):
		v.watched, v.probe = false, firstProbe
	case errors.Is(err, http1.ErrAhead):
		v.watched = false
	default:
		return err
	}
	return nil
}

// wake ends a wait in the queue, or the next one. It does not wait itself.
func (v *visit) wake() {
	v.bell.Post(struct{}{})
	v.reply.Wake()
}
