package star

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// host loads scripts as the lab does: with names that only it knows, and an origin for each module.
type host struct {
	files   map[string]string
	globals map[string]starlark.StringDict
	origins map[string]*Origin
}

func newHost(files map[string]string) *host {
	return &host{files: files, globals: map[string]starlark.StringDict{}, origins: map[string]*Origin{}}
}

var hostNames = []string{"check", "matrix", "node"}

func (h *host) predeclared() starlark.StringDict {
	names := Predeclared()
	nothing := func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
		return starlark.None, nil
	}
	names["check"], names["matrix"] = starlark.NewBuiltin("check", nothing), starlark.NewBuiltin("matrix", nothing)
	names["node"] = nodeRef{"web1"}
	return names
}

func (h *host) load(path string) (starlark.StringDict, error) {
	if globals, ok := h.globals[path]; ok {
		return globals, nil
	}
	source, ok := h.files[path]
	if !ok {
		return nil, fmt.Errorf("no file %s", path)
	}
	tree, err := Dialect.Parse(path, source, 0)
	if err != nil {
		return nil, err
	}
	names := h.predeclared()
	origin := NewOrigin(tree, source, append(hostNames, "ms", "s"))
	program, err := starlark.FileProgram(tree, names.Has)
	if err != nil {
		return nil, err
	}
	names[OriginName] = origin
	thread := &starlark.Thread{Load: func(_ *starlark.Thread, name string) (starlark.StringDict, error) {
		globals, err := h.load(name)
		if err == nil {
			origin.Load(name, h.origins[name])
		}
		return globals, err
	}}
	globals, err := program.Init(thread, names)
	globals.Freeze()
	h.globals[path], h.origins[path] = globals, origin
	return globals, err
}

// value loads main.star and returns its global "it", or what its function "make" returns.
func (h *host) value(t testing.TB) starlark.Value {
	t.Helper()
	globals, err := h.load("main.star")
	if err != nil {
		t.Fatal(err)
	}
	if it := globals["it"]; it != nil {
		return it
	}
	it, err := starlark.Call(&starlark.Thread{}, globals["make"], nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// send turns a function into what a component receives.
func send(t testing.TB, v starlark.Value) value.Function {
	t.Helper()
	val, err := ToValue(v)
	if err != nil {
		t.Fatal(err)
	}
	received, err := wire.DecodeValue(wire.EncodeValue(val))
	if err != nil {
		t.Fatal(err)
	}
	return received.(value.Function)
}

func rebuilt(t testing.TB, source string) *Callable {
	t.Helper()
	c, err := Rebuild(send(t, newHost(map[string]string{"main.star": source}).value(t)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var lib = `
load("deep.star", "twice")
def helper(x): return twice(x) + 1
`

func TestARebuiltFunctionAnswersAsTheOriginalDoes(t *testing.T) {
	for name, source := range map[string]string{
		"lambda":           `it = lambda x: x * 2`,
		"def":              "N = [1, 2]\ndef it(x):\n    return [x + n for n in N]",
		"def with default": `def it(x, key = min, *rest, last = [3]): return key(x, 2) + last[0]`,
		"a loaded helper": `
load("lib.star", "helper", h = "helper")
def it(x): return helper(x) + h(x)`,
		"a loaded helper in a nested def": `
load("lib.star", "helper")
def make():
    k = 3
    def pick(x): return helper(x) * k
    return pick`,
		"a loaded function itself": `
load("lib.star", "helper")
it = helper`,
		"nested def with captures": `
def make():
    a, b = 2*ms, {"w": [1, (2, 3)], 7: set([1])}
    def pick(x):
        return (a * x, b["w"], type(b), b[7], type(b["w"][1]))
    return pick`,
		"captured kinds of values": `
def make():
    r, d, st, n = 1*mbit, uniform(1*ms, 2*ms), struct(a = {"k": None}), None
    by, f, tr, ra = b"\xff", 0.5, True, range(3)
    return lambda x: [r, d, st, st.a["k"], n, by, f, tr, list(ra), x]`,
		"a struct with a strange field": `
def make():
    st = struct(**{"$dict": [1, 2]})
    return lambda x: (st, type(st))`,
		"a tuple as a key": `
def make():
    key = (1, 2)
    return lambda x: {(1, 2): "found"}[key]`,
		"a captured function": `
def make():
    k = 10
    inc = lambda x: x + k
    def twice(x): return inc(inc(x))
    return lambda x: twice(x) + k`,
		"defaults with captured names": `
def make():
    fs = []
    for i in range(3):
        fs.append(lambda x, i = i, k = {"i": i}: (x, i, k["i"]))
    return fs[1]`,
		"a default of a nested def": `
def make():
    w = {"a": 2}
    def pick(x, w = w, *, y = len(w)): return (x, w["a"], y)
    return pick`,
		"a lambda in a lambda": `
def make():
    k = 4
    return (lambda a: (lambda x: x + a + k))(5)`,
		"a loop at top level": `
fs = []
for i in range(3):
    fs.append(lambda x, i = i: x + i)
it = fs[2]`,
		"a comprehension at top level": `
fs = [lambda x: x + i for i in range(3)]
it = fs[0]`,
		"a shadowed global": `
w = 1
def make():
    w = 2
    return lambda x: x + w`,
		"a nested def with the name of a global": `
def pick(x): return 1
def make():
    def pick(x): return 2
    return pick`,
		"a shadowed load": `
load("lib.star", "helper")
def make():
    helper = lambda x: -x
    return lambda x: helper(x)`,
		"the words of the library": `
def it(x):
    return (round(2.5 * x), sum([x, 1]), struct(a = 1).a, math.floor(1.5), json.encode({"x": x}), 3*s, min([3, 1]))`,
		"matrix at top level": `
def it(x): return x
matrix(it, x = [1])
y = [matrix, matrix(it)]`,
		"not ASCII": `N = "é"; it = ["ü", lambda x: N * x][1]`,
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"main.star": source, "lib.star": lib, "deep.star": "def twice(x): return 2 * x"}
			fn := newHost(files).value(t)
			c, err := Rebuild(send(t, fn), nil)
			if err != nil {
				t.Fatal(err)
			}
			want, err := starlark.Call(&starlark.Thread{}, fn, starlark.Tuple{starlark.MakeInt(3)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Call(starlark.MakeInt(3))
			if err != nil {
				t.Fatal(Backtrace(err))
			}
			if same, err := starlark.Equal(got, want); !same || err != nil || got.String() != want.String() {
				t.Errorf("got %s, want %s (%v)", got, want, err)
			}
		})
	}
}

func TestOnlyTheModulesThatAFunctionNeedsTravelAndInOrder(t *testing.T) {
	h := newHost(map[string]string{
		"main.star": `
load("lib.star", "helper")
load("deep.star", "twice")
def make(): return lambda x: twice(helper(x))`,
		"lib.star": lib, "deep.star": "def twice(x): return 2 * x",
	})
	fn := send(t, h.value(t))
	if len(fn.Free) > 0 {
		t.Errorf("what the file loads travels as captured: %v", fn.Free)
	}
	var paths []string
	for _, m := range fn.Modules {
		paths = append(paths, m.Path)
	}
	if want := []string{"deep.star", "lib.star", "main.star"}; !slices.Equal(paths, want) {
		t.Errorf("got modules %q, want %q", paths, want)
	}
	alone, err := ToValue(h.globals["deep.star"]["twice"])
	if err != nil || len(alone.(value.Function).Modules) != 1 {
		t.Errorf("a function of a file that loads nothing has modules %v, %v", alone, err)
	}
}

func TestWhatAFunctionCannotTakeAlongIsNamed(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{`
def make():
    n = node
    return lambda x: n`, "the lambda in line 4 captures n: a node cannot travel inside a function"},
		{`
def make():
    web = [{"n": node}]
    def pick(x): return web
    return pick`, "function pick captures web: a node cannot"},
		{`
def make():
    m = min
    return lambda x: m(x)`, "captures m: min is built in"},
		{`
def make():
    return lambda x, m = min: m(x)`, "default of m: min is built in"},
		{`
def make():
    def pick(x): return pick
    return pick`, "function pick captures pick: function pick captures itself"},
		{`
def make():
    f = lambda x: y
    if f == None:
        y = 1
    return f`, "captures y, which has no value yet"},
		{`
def make():
    j = json
    return lambda x: j`, "captures j: a module cannot travel"},
		{"it = min", "min is built in and cannot travel"},
		{"it = [].append", "append is built in and cannot travel"},
		{`
def make():
    f = lambda: 1
    for i in range(70):
        f = (lambda g: lambda: g())(f)
    return f`, "nested deeper than 28"},
		{`
def make():
    f = lambda: 1
    for i in range(9):
        f = (lambda g, h: lambda: (g, h))(f, f)
    return f`, "more than 64 functions in one value"},
		{`
def make():
    x = []
    for i in range(25):
        x = [x, x]
    return x`, "more than 1048576 parts"},
		{"X = '" + strings.Repeat("x", MaxSource) + "'\ndef it(x): pass", "function it cannot travel to a plugin: module"},
	} {
		v := newHost(map[string]string{"main.star": c.source}).value(t)
		if got, err := ToValue(v); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngot %v, error %v, want %q", c.source, got, err, c.want)
		}
	}
}
