package balancer

import (
	"errors"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// upload sends a request's body to the backend as the client sends it, in a task of its own: so the backend may answer
// at any time, and neither side's slowness can block the other. A nil upload has ended.
type upload struct {
	to     *upstream
	answer time.Duration // how long the answer may take once the request is there
	until  time.Time     // by which it must have begun at the latest; zero is without limit

	cond     sdk.Cond // guards what follows
	answered bool     // the head of the answer is here
	done     bool
	err      error
}

// settle is how long an answer waits for the end of the upload, to tell a server that has answered early from a task
// that has not come to report yet.
const settle = time.Millisecond

// begin runs send, which writes the request.
func begin(to *upstream, answer time.Duration, until time.Time, send func() error) *upload {
	up := &upload{to: to, answer: answer, until: until, cond: to.env.NewCond()}
	to.cutoff(remaining(0, steady(to.env), until)) // before the request is there, no answer is late
	to.env.Go(func() { up.finish(send()) })
	return up
}

// finish also wakes the task that waits for the answer, where there can be none: the client has broken off, so the
// backend must not take what it got for whole; or the backend takes nothing any more.
func (up *upload) finish(err error) {
	up.cond.Lock()
	defer up.cond.Unlock()
	up.done, up.err = true, err
	up.cond.Broadcast()
	var source *http1.BodyError
	if errors.As(err, &source) || errors.Is(err, sdk.ErrTimeout) {
		_ = up.to.Reset()
	} else if !up.answered {
		up.to.cutoff(remaining(up.answer, steady(up.to.env), up.until))
	}
}

// answers takes note that the answer has begun, and reports whether the upload ended before it.
func (up *upload) answers(env sdk.Env) (whole bool) {
	if up == nil {
		return true
	}
	up.cond.Lock()
	up.answered = true
	up.cond.Unlock()
	return up.wait(steady(env).Add(settle))
}

// wait reports whether the upload has ended, waiting for it until the deadline; the zero time waits for ever.
func (up *upload) wait(deadline time.Time) bool {
	if up == nil {
		return true
	}
	up.cond.Lock()
	defer up.cond.Unlock()
	for !up.done {
		if up.cond.Wait(wall(up.to.env, deadline)) != nil {
			break
		}
	}
	return up.done
}

// ended reports whether the upload has ended.
func (up *upload) ended() bool {
	if up == nil {
		return true
	}
	up.cond.Lock()
	defer up.cond.Unlock()
	return up.done
}

// failure is what has ended the upload, nil while it goes on.
func (up *upload) failure() error {
	if up == nil {
		return nil
	}
	up.cond.Lock()
	defer up.cond.Unlock()
	return up.err
}
