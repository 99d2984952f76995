package traffic

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// maxBody is the largest body, in bytes, that a script sends or is given.
const maxBody = 16 << 20

type getArgs struct {
	URL     string     `lab:"url,address,doc=http://node:port/path"`
	Headers sdk.Fields `lab:"headers,default={},doc=header fields of the request, by name"`
	Method  string     `lab:"method,default=GET"`
	Body    []byte     `lab:"body,default=,doc=text or bytes, at most 16 MiB"`
}

// response is an answer over HTTP in the hands of a script.
type response struct {
	Status  int               `lab:"status,doc=200, 404 ..."`
	Body    string            `lab:"body,doc=text, or bytes when it is not UTF-8"`
	Backend string            `lab:"backend,doc=the node that the header X-Backend names"`
	Headers map[string]string `lab:"headers,doc=the first value of each header field, by its name in lower case"`
}

type headerArgs struct {
	Name string `lab:"name,doc=in upper or lower case"`
}

// header is the first field of that name, nil when there is none.
func (r *response) header(_ sdk.Env, args headerArgs) (*string, error) {
	if value, ok := r.Headers[strings.ToLower(args.Name)]; ok {
		return &value, nil
	}
	return nil, nil
}

// get sends one request on a connection of its own, and follows no redirects. It fails when nothing of the request was
// sent; later on the server may have acted on it, so the outcome is unknown.
func (*client) get(env sdk.Env, args getArgs) (*response, error) {
	t, req, err := args.request()
	if err != nil {
		return nil, sdk.Misuse("", err)
	}
	deadline := sdk.Deadline(env)
	conn, err := dialBy(env, t.addr, deadline)
	if err != nil {
		return nil, reason(err)
	}
	wire := &tapped{Conn: conn}
	defer wire.Close()
	if err := wire.SetDeadline(deadline); err != nil {
		return nil, reason(err)
	}
	r, err := exchange(wire, req)
	if err != nil && wire.sent {
		return nil, sdk.Unknown(reason(err))
	}
	return r, reason(err)
}

// request is what is asked for, and of whom.
func (args *getArgs) request() (t target, req *http1.Request, err error) {
	if t, err = targetOf(args.URL, "http"); err != nil {
		return t, nil, err
	}
	header, err := headerOf(t, args.Headers)
	if err != nil {
		return t, nil, err
	}
	if len(args.Body) > maxBody {
		return t, nil, fmt.Errorf("body has %d bytes, want at most %d", len(args.Body), maxBody)
	}
	req = &http1.Request{
		Method: args.Method, Target: t.path, Header: header,
		Framing: http1.Framing(len(args.Body)), Body: bytes.NewReader(args.Body),
	}
	return t, req, sendable(req)
}

// sendable says why the head of a request cannot be sent.
func sendable(req *http1.Request) error { return http1.NewWriter(io.Discard).WriteRequestHead(req) }

// exchange sends the request and reads the whole response.
func exchange(conn io.ReadWriter, req *http1.Request) (*response, error) {
	c := http1.NewClient(conn, http1.Limits{Body: maxBody})
	defer c.Release()
	var resp http1.Response
	if err := c.Do(req, &resp); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	r := &response{
		Status: resp.Status, Body: string(body), Backend: resp.Header.Get(nodeField), Headers: map[string]string{},
	}
	for _, f := range resp.Header {
		name := strings.ToLower(f.Name)
		if _, has := r.Headers[name]; !has {
			r.Headers[name] = f.Value
		}
	}
	return r, nil
}

// tapped notes whether anything was sent.
type tapped struct {
	sdk.Conn
	sent bool
}

func (t *tapped) Write(p []byte) (int, error) {
	n, err := t.Conn.Write(p)
	t.sent = t.sent || n > 0
	return n, err
}

// dialBy dials until the deadline, and never longer than Env.Dial. The zero time is no deadline.
func dialBy(env sdk.Env, addr sdk.Addr, deadline time.Time) (sdk.Conn, error) {
	left := sdk.Left(env, deadline)
	switch {
	case deadline.IsZero() || left >= sdk.DialTimeout:
		return env.Dial(string(addr))
	case left <= 0:
		return nil, sdk.ErrTimeout
	}
	return env.DialTimeout(string(addr), left)
}
