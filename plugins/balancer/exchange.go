package balancer

import (
	"cmp"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// failure is why an attempt has not given the client an answer.
type failure struct {
	status int    // what the client is told; 0 when there is nobody to tell
	text   string // likewise
	client bool   // the client has failed, not the backend
	again  bool   // asking another backend does no harm: this one has got nothing, or doing it twice is allowed
	shed   bool   // no backend was asked, on purpose; it is counted apart
	stale  bool   // the connection ended before a byte of the answer
}

// expectWait is how long the client waits for a backend's leave to send its body; then we give it. Not every server
// knows about expectations (RFC 9110 10.1.1).
const expectWait = time.Second

// maxHops is how many may have forwarded a request: balancers that lead to each other would keep it going for ever.
const maxHops = 20

// exchange gets the answer to the request from a backend, or gives one.
func (f *front) exchange() outcome {
	if f.req.Method == "CONNECT" {
		f.closing = true
		return max(f.tell(405, "CONNECT is not served here"), early)
	}
	if f.prepare() > maxHops {
		f.errors.Add(1)
		return f.tell(508, "the request goes round in a circle")
	}
	if err := f.hold(); err != nil {
		f.closing = true
		return max(f.refuse(err), early)
	}
	f.ask()
	t := f.table.Load()
	f.until = f.deadline()
	var failed *failure
	for n := 0; ; n++ {
		end, fail := f.attempt()
		switch {
		case fail == nil:
			f.ended(t, true)
			return end
		case failed == nil || fail.status != 503:
			failed = fail // that no other backend is left does not tell why this one has failed
		}
		if !fail.again || n >= t.retries || !f.mayRetry(t, f.until) {
			return f.give(failed)
		}
	}
}

// give tells the client of the failure.
func (f *front) give(fail *failure) outcome {
	if !fail.client && !fail.shed {
		f.errors.Add(1)
		f.ended(f.table.Load(), false)
	}
	// What the client still sends, or not, could not be told from its next request.
	f.closing = f.closing || fail.client || !f.upload.ended() || f.upload == nil && f.req.ExpectsContinue()
	if fail.status == 0 {
		f.abandoned.Add(1)
		return broken
	}
	return f.tell(fail.status, fail.text)
}

// prepare makes the request fit for the next hop (RFC 9110 7.6.1), and says there whom it comes from. It returns
// how many have forwarded it by now.
func (f *front) prepare() (hops int) {
	f.upgrade = ""
	// HTTP/1.0 knows no upgrade (RFC 9110 7.8), and h2c would hide the requests that follow from us.
	if f.req.Framing == 0 && !f.req.HTTP10 {
		if protocol := f.req.Header.Upgrade(); !strings.EqualFold(protocol, "h2c") {
			f.upgrade = protocol
		}
	}
	f.req.ForNextHop()
	if f.upgrade != "" {
		f.req.Header.Add("Connection", "Upgrade")
		f.req.Header.Add("Upgrade", f.upgrade)
	}
	if !f.req.ExpectsContinue() && f.req.Header.Has("Expect") {
		f.req.Header.Del("Expect") // a server would wait for a body that is not held back
	}
	return forward(&f.req.Header, f.asked.Client)
}

// hold reads a small body ahead.
func (f *front) hold() error {
	size := int64(f.req.Framing)
	if size <= 0 || size > heldBytes || f.req.ExpectsContinue() {
		return nil
	}
	if f.held == nil {
		f.held = make([]byte, 0, heldBytes)
	}
	f.held = f.held[:size]
	_, err := io.ReadFull(f.req.Body, f.held)
	return err
}

// ask tells the strategy what it may know of the request.
func (f *front) ask() {
	f.asked.Path, f.asked.Key = f.req.Path(), ""
	if f.key != nil {
		f.asked.Key = f.key(&f.req)
	}
}

// repeatable reports whether the request may be sent again when nobody knows whether the first one was served.
func (f *front) repeatable() bool {
	return http1.Idempotent(f.req.Method) && f.whole()
}

// whole reports whether the request is here to its end.
func (f *front) whole() bool { return f.req.Framing == 0 || len(f.held) > 0 }

// attempt asks one backend, and passes its answer on.
func (f *front) attempt() (outcome, *failure) {
	p, fail := f.place(&f.asked, f.tried, f.until, f.look)
	if fail != nil {
		return again, fail
	}
	if p.backend == nil {
		why := cmp.Or(f.table.Load().nobody, "the strategy has picked none of the backends")
		return again, &failure{status: 503, text: why}
	}
	defer p.done()
	f.tried = append(f.tried, p.backend)
	most := f.limits.idle
	if !f.repeatable() {
		most = min(most, trusted)
	}
	u, err := p.backend.connect(f.core, p.began, most, f.until)
	for {
		if err != nil {
			p.failed = true
			return again, f.unreachable(err)
		}
		reused := u.used
		if !reused {
			p.sent = f.now() // how long it took to connect is not how fast the backend answers
		}
		end, fail := f.over(u, &p)
		if fail == nil || !reused || !fail.stale || !fail.again {
			return end, fail
		}
		p.backend.pool.expire(f.now(), 0) // the others are as old
		p.failed = false
		u, err = p.backend.dial(f.core, f.until)
	}
}

// unreachable is the failure of a dial. Nothing was sent, so that any request may go to another backend.
func (f *front) unreachable(err error) *failure {
	fail := &failure{status: 502, text: "backend: " + reason(err), again: !errors.Is(err, sdk.ErrStopped)}
	nobody := f.table.Load().nobody
	switch {
	case nobody != "": // one was tried all the same, in a panic, and is as dead as its checks say
		fail.status, fail.text = 503, nobody
	case errors.Is(err, sdk.ErrTimeout):
		fail.status = 504
	}
	return fail
}

// over does the exchange over the connection, which then goes back or ends.
func (f *front) over(u *upstream, p *pick) (end outcome, fail *failure) {
	u.speakHTTP()
	u.look = f.look
	pool, keep, reset := &p.backend.pool, false, true
	defer func() {
		u.look = nil
		if keep {
			p.ended = f.now()
			pool.give(u, p.ended)
		} else {
			pool.drop(u, reset)
		}
	}()
	answered, fail := f.send(u)
	if fail == nil && !answered {
		_, fail = f.receive(u, false)
	}
	if fail != nil {
		if !fail.stale && fail.text != "" { // else it was closed, as any connection may be
			f.refusals.Tell("request failed: "+fail.text, "backend", p.backend.Name, "client", f.asked.Client)
		}
		p.failed, p.abandoned = !fail.client, fail.client
		return again, fail
	}
	p.answered(f.resp.Status)
	end, keep, reset = f.answer(u, p, answered)
	return end, nil
}

// send sends the request, or lets it be sent while we go on. It reports whether the answer came instead of leave to
// send the body.
func (f *front) send(u *upstream) (answered bool, fail *failure) {
	req := f.req
	req.Close = false
	if len(f.held) > 0 {
		f.body.Reset(f.held)
		req.Body = &f.body
	}
	switch {
	case f.whole():
		_ = u.out.WriteRequest(&req) // when that fails the backend may have said why: reading will tell
		return false, nil
	case req.ExpectsContinue():
		return f.sendExpecting(u, &req)
	}
	streamed := req
	f.upload = begin(u, f.limits.answer, f.until, func() error { return u.out.WriteRequest(&streamed) })
	return false, nil
}

// sendExpecting sends the head, and the body when it is asked for.
func (f *front) sendExpecting(u *upstream, head *http1.Request) (answered bool, fail *failure) {
	req := *head
	_ = u.out.WriteRequestHead(&req)
	u.await(remaining(expectWait, f.now(), f.until))
	if err := u.in.Wait(); errors.Is(err, sdk.ErrTimeout) {
		if f.out.WriteResponse(&http1.Response{Status: 100}, &f.req) != nil {
			return false, &failure{client: true}
		}
	} else if err != nil {
		return false, f.noAnswer(err, false)
	} else if leave, fail := f.receive(u, true); fail != nil || !leave {
		return true, fail
	}
	f.upload = begin(u, f.limits.answer, f.until, func() error { return u.out.WriteRequestBody(&req) })
	return false, nil
}
