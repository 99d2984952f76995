package balancer

import (
	"errors"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/star"
)

// view is a backend as a script sees it: live, so that each look at an attribute reads the counter. Two views are equal
// when they are of one backend, also when a configuration has come in between.
type view struct {
	backend *strategy.Backend
	name    starlark.Value // made once, not at each look
	offer   *offer         // that it is an item of; nil for one that done got
}

var (
	_ star.Numbers        = (*view)(nil)
	_ starlark.Comparable = (*view)(nil)
)

func newView(b *strategy.Backend) *view { return &view{backend: b, name: starlark.String(b.Name)} }

func (v *view) String() string        { return v.backend.Name }
func (v *view) Type() string          { return "backend" }
func (v *view) Freeze()               {}
func (v *view) Truth() starlark.Bool  { return true }
func (v *view) Hash() (uint32, error) { return v.name.Hash() }

// Attr reads the backend. Weights hold from the Update on that follows a change; all else is of this moment.
func (v *view) Attr(name string) (starlark.Value, error) {
	switch name {
	case "inflight":
		return starlark.MakeInt(v.backend.Inflight()), nil
	case "weight":
		return starlark.MakeInt(v.backend.Weight()), nil
	case "ewma":
		return star.Duration(v.backend.EWMA()), nil
	case "name":
		return v.name, nil
	case "errors":
		return starlark.MakeInt64(v.backend.Errors()), nil
	}
	return nil, star.NoAttr(v, name)
}

// Number is Attr for what is a number.
func (v *view) Number(field string) (n int64, duration, ok bool) {
	switch field {
	case "inflight":
		return int64(v.backend.Inflight()), false, true
	case "weight":
		return int64(v.backend.Weight()), false, true
	case "ewma":
		return int64(v.backend.EWMA()), true, true
	case "errors":
		return v.backend.Errors(), false, true
	}
	return 0, false, false
}

// AttrNames lists what a script may look at.
func (v *view) AttrNames() []string { return []string{"errors", "ewma", "inflight", "name", "weight"} }

// CompareSameType knows equality only.
func (v *view) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	same := v.backend.Name == y.(*view).backend.Name
	switch op {
	case syntax.EQL:
		return same, nil
	case syntax.NEQ:
		return !same, nil
	}
	const hint = "compare what they have: a.inflight < b.inflight"
	return false, star.Errorf(hint, "backend %s backend: backends have no order", op)
}

// requestView is a request as a script sees it, for the time of one call.
type requestView struct {
	request *strategy.Request // nil once the call is over
	rand    star.Rand
}

var _ starlark.HasAttrs = (*requestView)(nil)

var errOver = errors.New("this request is over: keep what you need of it, such as request.path")

var requestRand = star.NewRandWords("request.rand", errOver)

func (v *requestView) String() string        { return "request" }
func (v *requestView) Type() string          { return "request" }
func (v *requestView) Freeze()               {}
func (v *requestView) Truth() starlark.Bool  { return true }
func (v *requestView) Hash() (uint32, error) { return 0, errors.New("unhashable type: request") }

// sinceEpoch is an instant of Env.Elapsed as scripts see it: how long the balancer has run. It never jumps.
func sinceEpoch(t time.Time) star.Duration { return star.Duration(t.Sub(sdk.Epoch)) }

// Attr reads the request.
func (v *requestView) Attr(name string) (starlark.Value, error) {
	r := v.request
	if r == nil {
		return nil, errOver
	}
	switch name {
	case "path":
		return starlark.String(r.Path), nil
	case "client":
		return starlark.String(r.Client), nil
	case "header":
		return requestHeader.BindReceiver(v), nil
	case "rand":
		return &v.rand, nil
	case "now":
		return sinceEpoch(r.Now), nil
	}
	return nil, star.NoAttr(v, name)
}

// AttrNames lists what a script may look at.
func (v *requestView) AttrNames() []string {
	return []string{"client", "header", "now", "path", "rand"}
}

// requestHeader is request.header(name): the first value of the field, "" when there is none.
var requestHeader = starlark.NewBuiltin("request.header", func(
	_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var name string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &name); err != nil {
		return nil, err
	}
	r := b.Receiver().(*requestView).request
	switch {
	case r == nil:
		return nil, errOver
	case r.Header == nil:
		return starlark.String(""), nil
	}
	return starlark.String(r.Header(name)), nil
})

// resultView is how an attempt ended, as a script sees it.
type resultView struct{ result strategy.Result }

var _ starlark.HasAttrs = (*resultView)(nil)

func (v *resultView) String() string        { return "result" }
func (v *resultView) Type() string          { return "result" }
func (v *resultView) Freeze()               {}
func (v *resultView) Truth() starlark.Bool  { return true }
func (v *resultView) Hash() (uint32, error) { return 0, errors.New("unhashable type: result") }

// Attr reads the result.
func (v *resultView) Attr(name string) (starlark.Value, error) {
	switch name {
	case "ok":
		return starlark.Bool(v.result.OK), nil
	case "took":
		return star.Duration(max(v.result.Took, time.Duration(0))), nil
	case "now":
		return sinceEpoch(v.result.Now), nil
	}
	return nil, star.NoAttr(v, name)
}

// AttrNames lists what a script may look at.
func (v *resultView) AttrNames() []string { return []string{"now", "ok", "took"} }
