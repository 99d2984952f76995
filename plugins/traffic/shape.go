package traffic

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// shape is what each request over HTTP has of its own: what a function of the script makes of its number, and the work
// that it asks the server for.
type shape struct {
	seed   uint64
	fn     *star.Callable // nil for none
	work   *sdk.Draw      // nil for none
	path   string         // and what follows, unless fn says something else
	header http1.Header
	body   []byte
}

const (
	labWork = "Lab-Work" // asks for that much work, whatever the server's service_time
	labKey  = "Lab-Key"  // carries the key of a request, for balancers that hash

	maxHeadFields = 90       // of a request that a function makes: servers take 100
	maxHeadBytes  = 60 << 10 // likewise: servers take 64 KiB
)

var (
	errRandOver = errors.New("this request is made: rand draws for one call only")
	shapeRand   = star.NewRandWords("rand", errRandOver)
)

// requestMaker makes requests by a shape. One task uses it.
type requestMaker struct {
	*shape
	request, work *link.Streams
	header        http1.Header
}

func newRequestMaker(s *shape) *requestMaker {
	return &requestMaker{shape: s, request: link.NewStreams(s.seed, "request"), work: link.NewStreams(s.seed, "work")}
}

// build makes request n, and its body. Its error is the script's mistake.
func (f *requestMaker) build(n int) (req http1.Request, body []byte, err error) {
	f.header = append(f.header[:0], f.shape.header...)
	r := draft{http1.Request{Target: f.path, Header: f.header}, f.body}
	if f.fn != nil {
		if err := f.ask(n, &r); err != nil {
			return req, nil, star.Mistake("request", err)
		}
	}
	if f.shape.work != nil {
		r.Header.Set(labWork, value.FormatDuration(max(0, f.work.Draw(n, *f.shape.work))))
	}
	f.header = r.Header
	if r.Method == "" && len(r.body) == 0 {
		r.Method = "GET"
	} else if r.Method == "" {
		r.Method = "POST"
	}
	r.Framing = http1.Framing(len(r.body))
	return r.Request, r.body, nil
}

// draft is a request that a function is making.
type draft struct {
	http1.Request
	body []byte
}

// ask lets the function say what request n is like.
func (f *requestMaker) ask(n int, r *draft) error {
	chance := shapeRand.Rand(f.request.Of(n))
	result, err := f.fn.Call(starlark.MakeInt(n), &chance)
	chance.Source = nil
	if err != nil {
		return err
	}
	if err := r.take(result); err != nil {
		return fmt.Errorf("%s (%s) %w", f.fn.Name(), f.fn.Position(), err)
	}
	return nil
}

// take takes the parts of a request over.
func (r *draft) take(result starlark.Value) error {
	v, err := star.ToValue(result)
	parts, ok := v.(sdk.Fields)
	if err != nil || !ok {
		return fmt.Errorf("returned %s, want struct(method, path, headers, body, key), each if wanted", star.Described(result))
	}
	for _, part := range parts {
		if part.Value == nil {
			continue
		}
		if err := r.takePart(part); err != nil {
			return fmt.Errorf("returned a request that is wrong: %w", err)
		}
	}
	return r.check()
}

func (r *draft) takePart(part sdk.Field) error {
	switch part.Name {
	case "headers":
		fields, ok := part.Value.(sdk.Fields)
		if !ok {
			return fmt.Errorf("headers: got %s, want a dict", value.Format(part.Value))
		}
		for _, f := range fields {
			text, err := textOf(f)
			if err != nil {
				return fmt.Errorf("headers: %w", err)
			}
			r.Header.Set(f.Name, text)
		}
		return nil
	case "method", "path", "body", "key":
	default:
		msg, hint := spell.Unknown("part", part.Name, []string{"method", "path", "headers", "body", "key"})
		return errors.New(strings.TrimSuffix(msg+"; "+hint, "; "))
	}
	text, err := textOf(part)
	if err != nil {
		return err
	}
	switch part.Name {
	case "method":
		r.Method = text
	case "path":
		r.Target = text
	case "body":
		r.body = []byte(text)
	default:
		r.Header.Set(labKey, text)
	}
	return nil
}

// check says what no server would take.
func (r *draft) check() error {
	size := len(r.Target)
	for _, f := range r.Header {
		size += len(f.Name) + len(f.Value)
	}
	switch {
	case len(r.body) > maxBody:
		return fmt.Errorf("returned a body of %d bytes, want at most %d", len(r.body), maxBody)
	case len(r.Header) > maxHeadFields || size > maxHeadBytes:
		return fmt.Errorf("returned %d headers, with the path %d bytes; want at most %d and %d", len(r.Header), size, maxHeadFields, maxHeadBytes)
	}
	req := r.Request
	if req.Method == "" {
		req.Method = "GET"
	}
	return sendable(&req)
}
