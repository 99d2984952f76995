package balancer

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// front is one client's connection, and the request that is being served on it. http1.Server is not in its place
// because a proxy reads the request's body in one task while it answers in another.
type front struct {
	*core
	client stream
	in     *http1.Reader
	out    *http1.Writer

	req     http1.Request
	resp    http1.Response
	closing bool         // the client wants to close after this exchange
	upgrade string       // the protocol that it wants to switch to
	held    []byte       // the body, where it was read ahead
	body    bytes.Reader // over held
	asked   strategy.Request
	tried   []*backend // in this exchange
	until   time.Time  // when its answer must have begun; zero is without limit
	upload  *upload    // of this exchange, if there is one

	presence http1.Presence
	look     func() (soon bool, err error) // whether the client is still there
}

// outcome is what becomes of the client's connection after an exchange.
type outcome uint8

const (
	again  outcome = iota // it can take the next request
	last                  // it ends after a whole exchange
	early                 // it ends after an answer, while the client may still be sending
	broken                // it ends within an answer: the client must not take what it got for whole
)

const (
	drainBytes = 256 << 10   // of an unread body, before a connection is rather closed
	linger     = time.Second // for the client to read the last answer
	// A request with what we add to it (forward.go) is not to exceed the usual limits, those of http1 among them: the
	// backend would refuse it.
	maxFields = 100 - 3
	maxHead   = 64<<10 - 2<<10

	heldBytes = 16 << 10 // a body up to this size is read before a backend is asked, so that it can be sent again
)

func newFront(c *core, conn sdk.Conn) *front {
	f := &front{core: c, client: newStream(c.env, conn, c.limits.idle)}
	f.in = http1.NewReader(&f.client, http1.Limits{Fields: maxFields, Head: maxHead})
	f.out = http1.NewWriter(f.client.writer())
	f.asked.Client = hostOf(conn.RemoteAddr().String())
	f.asked.Header = func(name string) string { return f.req.Header.Get(name) }
	f.asked.Rand, f.asked.LoadFactor = c.env.Rand(), c.limits.factor
	f.presence = http1.NewPresence(conn, f.in, f.out)
	f.look = f.lookForClient
	return f
}

// hostOf is the node of an address, or the host of one from outside.
func hostOf(addr string) string {
	if i := strings.LastIndexByte(addr, ':'); i >= 0 {
		return addr[:i]
	}
	return addr
}

// serve answers the client's requests, one after the other, until either side has enough.
func (f *front) serve() {
	end := broken
	defer func() { f.end(end) }()
	for {
		f.client.await(f.limits.idle)
		if f.in.Wait() != nil {
			end = last
			return
		}
		if end = f.serveOne(); end != again {
			return
		}
	}
}

// lookForClient ends the wait for a backend when the client has left. While its body is passed on another task reads from
// it, and notices; one whose body is still to come is not looked at.
func (f *front) lookForClient() (soon bool, err error) {
	if !f.upload.ended() || f.upload == nil && !f.whole() {
		return true, nil
	}
	return f.presence.Look()
}

func (f *front) serveOne() outcome {
	f.client.await(f.limits.answer)
	if err := f.in.ReadRequest(&f.req); err == io.EOF {
		return last
	} else if err != nil {
		f.req, f.closing = http1.Request{Header: f.req.Header[:0]}, true
		return max(f.refuse(err), early)
	}
	f.client.await(flowing)
	f.requests.Add(1)
	f.active.Add(1)
	defer f.active.Add(-1)
	f.closing, f.upload = f.req.Close, nil
	f.tried, f.held = f.tried[:0], f.held[:0]
	end := f.exchange()
	if end == broken || end == early || !f.upload.ended() {
		return max(end, early)
	}
	if body := f.req.Body.(*http1.Body); !body.Done() && (end == last || body.Discard(drainBytes) != nil) {
		return early
	}
	return end
}

// refuse answers a request that cannot be passed on, with the status that the error carries. An error without one is
// the connection's own.
func (f *front) refuse(err error) outcome {
	var refused *http1.Error
	if !errors.As(err, &refused) {
		return broken
	}
	f.refusals.Tell("request refused: "+refused.Rule, "client", f.asked.Client, "error", err)
	return f.tell(refused.Status, refused.Rule)
}

// tell answers in the balancer's own name.
func (f *front) tell(status int, text string) outcome {
	f.req.Close = f.closing
	text += "\n"
	err := f.out.WriteResponse(&http1.Response{
		Status: status, Close: f.closing, Framing: http1.Framing(len(text)), Body: strings.NewReader(text),
		Header: http1.Header{{Name: "Content-Type", Value: "text/plain; charset=utf-8"}},
	}, &f.req)
	switch {
	case err != nil:
		return broken
	case f.closing:
		return last
	}
	return again
}

// end closes the connection so that the client can tell what it got. An answer that broke off must not look whole. One
// that came before the request's end would be lost if we closed at once, as the kernel answers what still arrives with
// a reset (RFC 9112 9.6): so we say that we are done, and read on for a while.
func (f *front) end(how outcome) {
	switch how {
	case broken:
		_ = f.client.Reset()
	case early:
		if f.client.CloseWrite() == nil {
			f.client.cutoff(linger)
			f.drain()
		}
	}
	_ = f.client.Close()
	f.upload.wait(time.Time{})
	f.in.Release()
}

// drain reads what the client still sends. An upload that is under way does so already, until it learns that its
// backend has gone.
func (f *front) drain() {
	if f.upload.wait(f.now().Add(linger)) {
		f.in.Release()
		_, _ = io.CopyN(io.Discard, &f.client, drainBytes)
	}
}
