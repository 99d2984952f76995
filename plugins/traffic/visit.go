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
	admitted bool                   // to a place: see capacity
	bell     *sdk.Mailbox[struct{}] // of one that queues
}

// queue waits until it is woken.
func (v *visit) queue() error {
	if v.watched {
		return v.watch(time.Time{})
	}
	_, err := v.bell.Recv(time.Time{})
	return err
}

// wake ends a wait in the queue, or the next one. It does not wait itself.
func (v *visit) wake() {
	v.bell.Post(struct{}{})
	v.reply.Wake()
}

// work waits for as long as the work takes.
func (v *visit) work(d time.Duration) error {
	for end := v.env.Now().Add(d); v.watched && d > 0; d = end.Sub(v.env.Now()) { // a late wake may end a watch too soon
		if err := v.watch(end); err != nil {
			return err
		}
	}
	if d > 0 {
		return v.env.Sleep(d)
	}
	return nil
}

// watch waits with an eye on the client, as long as that can be.
func (v *visit) watch(until time.Time) error {
	err := v.reply.Await(until)
	if errors.Is(err, http1.ErrAhead) {
		v.watched = false
		return nil
	}
	return err
}
