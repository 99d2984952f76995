package traffic

import (
	"errors"

	"github.com/netlab-dev/netlab/sdk"
)

// inbox lets one method at a time wait for something to arrive. A method ends at its deadline
// without taking anything; one that the script has cancelled earlier is overtaken by the next.
type inbox struct {
	cond    sdk.Cond // guards everything that arrives, too
	turn    int      // of the method that waits now
	fetches bool     // a task is waiting for the network
}

func newInbox(env sdk.Env) *inbox { return &inbox{cond: env.NewCond()} }

var errOvertaken = errors.New("a later read has taken over")

// wait returns once done says so, with its error; done runs under the lock, and takes what it finds. While it does not,
// fetch runs in a task of its own, without the lock, to get more; what it returns then puts that into place.
func (in *inbox) wait(env sdk.Env, done func() (bool, error), fetch func() (arrive func())) error {
	in.cond.Lock()
	defer in.cond.Unlock()
	in.turn++
	mine := in.turn
	in.cond.Broadcast()
	deadline := sdk.Deadline(env)
	for {
		if !deadline.IsZero() && sdk.Left(env, deadline) <= 0 {
			return sdk.Unknown(sdk.ErrTimeout) // what arrives from now on is for the next one
		}
		if ok, err := done(); ok {
			return err
		}
		if !in.fetches {
			in.fetches = true
			env.Go(func() { in.fetch(fetch) })
		}
		if err := in.cond.Wait(deadline); err != nil && !errors.Is(err, sdk.ErrTimeout) {
			return err
		}
		if in.turn != mine {
			return sdk.Unknown(errOvertaken)
		}
	}
}

func (in *inbox) fetch(fetch func() func()) {
	arrive := fetch()
	in.cond.Lock()
	defer in.cond.Unlock()
	arrive()
	in.fetches = false
	in.cond.Broadcast()
}
