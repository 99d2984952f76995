package balancer

import (
	"errors"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// receive reads the head of the final response, passing on the interim ones. With until100 it ends at leave to send the
// body, too.
func (f *front) receive(u *upstream, until100 bool) (leave bool, fail *failure) {
	if f.upload == nil {
		limit := f.limits.answer
		if !f.until.IsZero() {
			limit = remaining(limit, f.now(), f.until)
		}
		u.await(limit)
	}
	heeded := false
	for {
		if err := u.in.ReadResponse(&f.resp, f.req.Method); err != nil {
			return false, f.noAnswer(err, heeded)
		}
		if f.resp.Status == 101 && f.upgrade == "" {
			return false, &failure{status: 502, text: "backend: 101 without a request to upgrade"}
		}
		if !f.resp.Interim() {
			return false, nil
		}
		heeded = true
		f.resp.ForNextHop()
		if f.out.WriteResponse(&f.resp, &f.req) != nil {
			return false, &failure{client: true}
		}
		if until100 && f.resp.Status == 100 {
			return true, nil
		}
	}
}

// noAnswer makes the failure for a response that did not come.
func (f *front) noAnswer(err error, heeded bool) *failure {
	sent := f.upload.failure()
	var source *http1.BodyError
	var refused *http1.Error
	switch {
	case errors.Is(err, http1.ErrLeft):
		return &failure{client: true}
	case errors.As(sent, &source) && errors.As(sent, &refused):
		return &failure{status: refused.Status, text: refused.Rule, client: true}
	case errors.As(sent, &source):
		return &failure{client: true}
	case errors.Is(sent, sdk.ErrTimeout):
		return &failure{status: 504, text: "backend: does not take the request"}
	case errors.As(err, &refused):
		return &failure{status: refused.Status, text: "backend: " + refused.Rule}
	}
	fail := &failure{status: 502, text: "backend: ended the connection before its answer"}
	fail.again = f.repeatable() && !heeded && !errors.Is(err, sdk.ErrStopped)
	if errors.Is(err, sdk.ErrTimeout) {
		fail.status, fail.text = 504, "backend: no answer in time"
	} else {
		fail.stale = true
	}
	return fail
}

// answer passes the final response on, to a request that may have been answered before it was there. It reports whether
// the backend's connection can be used again, and if not, whether it must be reset.
func (f *front) answer(u *upstream, p *pick, unasked bool) (end outcome, keep, reset bool) {
	whole := f.upload.answers(f.env) && !unasked
	u.await(flowing)
	keep = whole && !f.resp.Close && f.upload.failure() == nil
	protocol := f.resp.Header.Upgrade()
	f.resp.ForNextHop()
	f.mark(p)
	f.req.Close = f.closing || !whole
	if f.resp.Tunnel {
		return f.tunnel(u, protocol), false, false
	}
	err := f.out.WriteResponse(&f.resp, &f.req)
	switch {
	case err != nil:
		return f.brokeOff(p, err), false, true
	case !whole:
		return early, false, true
	case f.resp.Close:
		end = last
	}
	return end, keep && f.resp.Body.(*http1.Body).Done() && u.in.Buffered() == 0, false
}

// mark adds to the answer what the strategy wants the client to come back with.
func (f *front) mark(p *pick) {
	if marker, ok := f.table.Load().strategy.(strategy.Marker); ok {
		if field, value := marker.Mark(&f.asked, p.backend.Backend); field != "" {
			f.resp.Header.Add(field, value)
		}
	}
}

// brokeOff ends an answer that has not come or cannot be passed on. As long as nothing was sent of it the client can be
// told; otherwise the Writer refuses to write anything else.
func (f *front) brokeOff(p *pick, err error) outcome {
	var source *http1.BodyError
	if !errors.As(err, &source) || errors.Is(err, http1.ErrLeft) {
		return broken // the client has gone
	}
	f.refusals.Tell("answer broken off: "+reason(err), "backend", p.backend.Name, "error", err)
	p.failed, f.closing = true, true
	f.errors.Add(1)
	return f.tell(502, "backend: "+reason(err))
}

// tunnel carries what follows an upgrade.
func (f *front) tunnel(u *upstream, protocol string) outcome {
	f.resp.Header.Add("Connection", "Upgrade")
	f.resp.Header.Add("Upgrade", protocol)
	if f.out.WriteResponse(&f.resp, &f.req) != nil {
		return broken
	}
	f.client.free()
	u.free()
	if _, err := f.client.Conn.Write(u.in.Take()); err != nil {
		return broken
	}
	if _, err := u.Conn.Write(f.in.Take()); err != nil {
		return broken
	}
	carry(f.env, f.limits.idle, f.client.Conn, u.Conn)
	return last
}
