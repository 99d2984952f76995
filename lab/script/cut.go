package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
)

// cut is lab.cut(a, b, oneway = False, lasting = None) -> fault.
var cut = verb{"cut", "cut NODE NODE [oneway=True] [lasting=5s]; nodes in a list are joined by commas: cut n1,n2 n3", func(r *run, c call) (starlark.Value, error) {
	var a, b starlark.Value
	var oneway bool
	var lasting lifetime
	if err := load.UnpackArgs("lab.cut", c.args, c.kwargs,
		"a", &a, "b", &b, "oneway?", &oneway, "lasting??", &lasting); err != nil {
		return nil, err
	}
	from, to, err := r.ends("lab.cut", a, b)
	if err != nil {
		return nil, err
	}
	return r.fault(&fault{verb: "cut"}, lasting, between(from, to, oneway), cutting)
}}
