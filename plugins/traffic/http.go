package traffic

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// httpRequester sends the same request again and again, or one after the other of a shape, over a connection that is kept
// alive.
type httpRequester struct {
	stream
	client *http1.Client // on the connection
	req    http1.Request
	resp   http1.Response
	body   []byte
	reader bytes.Reader  // of body
	maker  *requestMaker // nil when all requests are the same
}

func newHTTPRequester(t target, header http1.Header, body []byte) *httpRequester {
	l := &httpRequester{stream: stream{addr: t.addr}, body: body}
	l.req = http1.Request{
		Method: "GET", Target: t.path, Header: header, Framing: http1.Framing(len(body)), Body: &l.reader,
	}
	if len(body) > 0 {
		l.req.Method = "POST"
	}
	return l
}

// ask sends the request once more, on a new connection, when the kept one turns out to have been closed by the server
// in between, and the request may be repeated (RFC 9112 9.3.1). A kept one that is known to be of no use any more is
// not even tried: what has come on it unasked would be taken for the answer.
func (l *httpRequester) ask(env sdk.Env, n int, deadline time.Time) answer {
	if l.maker != nil {
		var err error
		if l.req, l.body, err = l.maker.build(n); err != nil {
			return answer{err: sdk.Misuse("", err)}
		}
		l.req.Body = &l.reader
	}
	if l.conn != nil && !l.conn.Idle() {
		l.close()
	}
	kept := l.conn != nil
	a := l.try(env, deadline)
	if kept && errors.Is(a.err, http1.ErrNoAnswer) && http1.Idempotent(l.req.Method) {
		a = l.try(env, deadline)
	}
	return a
}

func (l *httpRequester) try(env sdk.Env, deadline time.Time) (a answer) {
	fresh, err := l.connect(env, deadline)
	if err != nil {
		l.close()
		return answer{err: err}
	}
	if fresh {
		l.client = http1.NewClient(l.conn, http1.Limits{})
	}
	l.reader.Reset(l.body)
	a.sent = true
	if a.err = l.client.Do(&l.req, &l.resp); a.err == nil {
		var count int64
		count, a.err = io.Copy(io.Discard, l.resp.Body)
		a.bytes = int(count)
	}
	if a.err != nil || !l.client.Reusable() {
		l.close()
	}
	if a.err == nil {
		a.received, a.status, a.backend = true, l.resp.Status, l.resp.Header.Get(nodeField)
	}
	return a
}

func (l *httpRequester) close() {
	if l.conn != nil {
		l.client.Release()
	}
	l.stream.close()
}

// payload is a body of that many bytes.
func payload(size int) []byte { return []byte(strings.Repeat("x", size)) }
