package engine_test

import (
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

type computeArgs struct {
	Fn  sdk.Function `lab:"fn"`
	Arg any          `lab:"arg"`
}

// compute rebuilds a function of a script and calls it.
func (p *probe) compute(_ sdk.Env, a computeArgs) (any, error) {
	fn, err := star.Rebuild(a.Fn, nil)
	if err != nil {
		return nil, err
	}
	result, err := fn.Call(star.FromValue(a.Arg, nil))
	if err != nil {
		return nil, err
	}
	return star.ToValue(result)
}

// sentFunction sends a nested def that uses a helper of a loaded file, a captured duration and a captured function.
func sentFunction(s *stage) {
	helper := value.Module{Path: "lib.star", Source: "def half(x): return x / 2\n"}
	main := value.Module{
		Path: "main.star", Loads: []value.Load{{Name: "lib.star", Path: "lib.star"}},
		Source: "load('lib.star', 'half')\ncheck(True)\ndef outer(base, then):\n    def inner(x):\n" +
			"        return then(base + half(x))\n    return inner\nsecond = lambda x: [x, x * 2]\n",
	}
	second := value.Function{Name: "lambda", Path: "main.star", Line: 7, Col: 10, Modules: []value.Module{helper, main},
		Known: []string{"check"}}
	inner := second
	inner.Name, inner.Line, inner.Col = "inner", 4, 5
	inner.Free = value.Fields{{Name: "base", Value: time.Second}, {Name: "then", Value: second}}

	s.add("probe", nil, "n1")
	s.want([]any{2 * time.Second, 4 * time.Second}, "n1", "compute", "fn", inner, "arg", 2*time.Second)
	inner.Line = 5
	s.wantReply(s.end(s.begin("n1", "compute", args{"fn", inner, "arg", 1})), engine.Failed,
		"function inner: no def or lambda begins at main.star:5:5")
}
