package star

import (
	"strings"
	"testing"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/value"
)

// one is a function at a place of a file of its own.
func one(source string, line, col int32) value.Function {
	return value.Function{
		Name: "f", Path: "m.star", Line: line, Col: col, Modules: []value.Module{{Path: "m.star", Source: source}},
	}
}

func TestHostileFunctionsAreErrors(t *testing.T) {
	free := func(v any) value.Function {
		fn := one("def g(x): return lambda: x", 1, 18)
		fn.Free = value.Fields{{Name: "x", Value: v}}
		return fn
	}
	modules := func(list ...value.Module) value.Function {
		return value.Function{Name: "f", Path: "m.star", Line: 1, Col: 1, Modules: list}
	}
	home := value.Module{Path: "m.star", Source: "def f(): pass"}
	circle := modules(value.Module{Path: "m.star", Loads: []value.Load{{Name: "m", Path: "m.star"}}})
	deep := any(int64(1))
	for range 40 {
		deep = []any{deep}
	}
	wide := free(nil)
	for range 12 {
		inner := wide
		wide = free([]any{inner, inner})
	}
	for name, c := range map[string]struct {
		fn   value.Function
		want string
	}{
		"empty":             {value.Function{}, "is not among its modules"},
		"no such place":     {one("x = 1", 1, 1), "no def or lambda begins at m.star:1:1"},
		"place in a text":   {one("x = 'lambda: 1'", 1, 6), "no def or lambda begins"},
		"not Starlark":      {one("def f(:", 1, 1), "m.star:1:8"},
		"unknown name":      {one("def f(): return y", 1, 1), "undefined: y"},
		"fails at the top":  {one("x = 1 // 0", 1, 1), "m.star:1:7: in <toplevel>"},
		"endless top":       {one("[x for x in range(1 << 40) if x < 0]", 1, 1), "top level takes more than 50000000 steps"},
		"too large":         {one(strings.Repeat(" ", MaxSource+1), 1, 1), "262145 bytes, want at most 262144"},
		"not UTF-8":         {one("x = '\xff'", 1, 1), "not UTF-8"},
		"load without":      {one("load(\"a\", \"b\")", 1, 1), "its source was not sent along"},
		"module twice":      {modules(home, home), "it is listed twice"},
		"without a path":    {modules(value.Module{}), "a path of 0 bytes"},
		"circle":            {circle, "not among the modules before it"},
		"captured node":     {free(value.Node("n1")), "captured x: a value.Node cannot be captured"},
		"captured object":   {free(value.Object{Node: "n1"}), "cannot be captured"},
		"nested deep":       {free(deep), "nested deeper than 28"},
		"many functions":    {wide, "functions captured"},
		"unknown form":      {free(value.Fields{{Name: "$money", Value: []any{}}}), `form "$money"`},
		"form without list": {free(value.Fields{{Name: dictTag, Value: int64(1)}}), "$dict holds a int64"},
		"key without value": {free(value.Fields{{Name: dictTag, Value: []any{int64(1)}}}), "a key without a value"},
		"unhashable key":    {free(value.Fields{{Name: dictTag, Value: []any{[]any{}, nil}}}), "unhashable"},
		"unhashable member": {free(value.Fields{{Name: setTag, Value: []any{[]any{}}}}), "unhashable"},
		"foreign type":      {free(struct{}{}), "cannot be captured"},
	} {
		if _, err := Rebuild(c.fn, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want %q", name, err, c.want)
		}
	}
}

// FuzzRebuild holds that whatever comes from the wire is an error or can be called, and in either case comes to an end.
func FuzzRebuild(f *testing.F) {
	for _, seed := range []struct {
		source    string
		line, col int32
		free      string
	}{
		{"def f(a, b = 1): return a + b + x", 1, 1, "x"}, {"g = [lambda a: a + x for y in [1]]", 1, 6, "x"},
		{"load('m', 'x')\nf = lambda a: x", 2, 5, "a="}, {"def f(*a, **k):\n  def g(): return f\n  return g", 2, 3, "f"},
		{"def f(a): return [a] * (1 << 40), 'a' * a, range(1 << a), list(range(1 << 40))", 1, 1, "a"},
		{"def f(a):\n  x = ''\n  x += '%s' % a\n  return x.join(x.split(*[x])), {k: x[1:] for k in x.elems()}", 1, 1, "a"},
		{"check(1)\nif True:\n  def f(a): check(a)", 3, 3, "a"}, {"f = lambda a, *, b = x: (a, b)", 1, 5, "b="},
	} {
		f.Add(seed.source, seed.line, seed.col, seed.free)
	}
	f.Fuzz(func(t *testing.T, source string, line, col int32, free string) {
		if len(source) > 1000 {
			return
		}
		fn := one(source, line, col)
		fn.Known = []string{"check"}
		if free != "" {
			fn.Free = value.Fields{{Name: free, Value: value.Fields{{Name: tupleTag, Value: []any{int64(1)}}}}}
		}
		c, err := Rebuild(fn, nil)
		if err != nil {
			return
		}
		c.Steps = 1000
		if _, err := c.Call(starlark.MakeInt(1)); err != nil {
			_ = Backtrace(err)
		}
	})
}
