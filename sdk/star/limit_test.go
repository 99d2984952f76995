package star

import (
	"fmt"
	"maps"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.starlark.net/starlark"
)

// hostile makes the values that the expressions below use, and those that no builtin is prepared for.
const hostile = `
def nest(n, wrap):
    v = 0
    for _ in range(n):
        v = wrap(v)
    return v

endless = range(1 << 40)
text = "xy" * (17 * MiB)
blanks = "a " * (2 * MiB)
lines = "\n" * (2 * MiB)
items = [0] * 3000000
table = {i: i for i in range(800000)}
members = set(range(700000))
deep = nest(20000, lambda v: (v,))
deep_list = nest(20000, lambda v: [v])
deep_dict = nest(20000, lambda v: {"a": v})
deep_struct = nest(20000, lambda v: struct(a = v))
shared = nest(60, lambda v: (v, v))
shared_struct = nest(60, lambda v: struct(a = v, b = v))
cyclic = []
cyclic.append(cyclic)
cyclic_dict = {}
cyclic_dict["a"] = struct(a = [cyclic_dict])
huge = nest(3000, lambda v: (v + 1) << 511)
raw = bytes(text)
half = (0,) * 3000000
joined = [text, text]
spread = lambda *args, **kwargs: args
`

// sharedWorld is a hostileWorld for tests that change nothing in it.
var sharedWorld = sync.OnceValues(func() (starlark.StringDict, error) {
	return guardedExec("w.star", hostile, Predeclared())
})

// hostileWorld executes the hostile values.
func hostileWorld(t testing.TB) starlark.StringDict {
	t.Helper()
	globals, err := guardedExec("w.star", hostile, Predeclared())
	if err != nil {
		t.Fatal(Backtrace(err))
	}
	return globals
}

func guardedExec(path, source string, names starlark.StringDict) (starlark.StringDict, error) {
	tree, err := Dialect.Parse(path, source, 0)
	if err != nil {
		return nil, err
	}
	Guard(tree)
	program, err := starlark.FileProgram(tree, names.Has)
	if err != nil {
		return nil, err
	}
	return Init(program, &starlark.Thread{}, names)
}

const (
	tooMuch = "at once, want at most 64 MiB"
	tooLong = "the text is longer than 64 MiB"
	tooDeep = "nested deeper than 10000"
)

func TestWhatAsksForTooMuchIsRefused(t *testing.T) {
	wanted := map[string][]string{
		tooMuch: {
			"list(endless)", "tuple(endless)", "sorted(endless)", "reversed(endless)", "enumerate(endless)", "set(endless)",
			"zip(endless, endless)", "dict(endless)", "bytes(endless)", "sorted(iterable = endless)", "sorted(range(1 << 62))",
			"[0] * (1 << 28)", "(1 << 28) * [0]", "(0,) * (1 << 28)", `"a" * (1 << 30 - 1)`, `b"a" * (1 << 29)`,
			"text + text", "raw + raw", "items + items", "half + half", "table | table", "members | members",
			"members ^ members", `"%(a)s%(a)s" % {"a": text}`, `"{0}{0}".format(text)`,
			`"{a}{a}".format(a = text)`, `text.replace("x", "zzzz")`, `text.replace("", "-")`, `text.join(["a"] * 3)`,
			`"".join(joined)`, `("," * 100).join(["a"] * 1000000)`, "blanks.split()", `text.split("x")`, `text.rsplit("y")`,
			"blanks.rsplit(None, 1 << 30)", `text.split("x", 1 << 30)`, "lines.splitlines()", "text.upper()", "text.title()",
			"items.extend(endless)", "items.extend(items)", "table.items()", "table.update(table)",
			"members.union(endless)", "members.update(endless)", "members.difference(endless)", "members.issubset(endless)",
			"members.symmetric_difference(endless)", "set().intersection(endless)", "spread(*endless)", "spread(*items)",
			`{k: v for k, v in zip(range(900000), range(900000))}`, `str(b"\xff" * (30 * MiB))`, `repr("\n" * (33 * MiB))`,
			`json.decode("[" + "{}," * 200000 + "{}]")`, `json.decode("[" + "[]," * 1000000 + "[]]")`,
			`json.indent("[" * 9000 + "]" * 9000)`, `json.encode_indent([0] * 900000, indent = " " * 100)`,
		},
		tooLong: {
			`"%s%s" % (text, text)`, "str(joined)", "repr(joined)", "print(joined)", "fail(joined)", `"%s" % joined`, `"%r" % (joined,)`, `"{}".format(joined)`,
			"str(shared)", "repr(shared_struct)", "print(shared)", "json.encode(joined)", "json.encode([text] * 100)",
			"json.encode(endless)", `"%s" % (shared,)`,
		},
		tooDeep: {
			"str(deep)", "repr(deep_list)", "print(deep_dict)", "str(deep_struct)", "fail(deep)", `"%s" % deep_list`,
			`"{}".format(deep)`, "json.encode(deep_list)", "json.encode(deep_dict)", "json.encode(deep_struct)",
			`json.decode("[" * 30000000)`, `json.decode("{\"a\":" * 30000)`, `json.decode("[" * 30000, 0)`,
		},
		"the product has more than 1048576 bits":      {"huge * huge"},
		"bits, want at most 1048576":                  {"str(huge)", `"%d" % huge`, "print([huge])", "json.encode(huge)"},
		"int: a text of 20971520 bytes, want at most": {`int("9" * (20 * MiB))`, `int(x = "9" * (20 * MiB))`},
		"json.decode: number of more than 400000":     {`json.decode("9" * (20 * MiB))`},
		"cycle":                   {"json.encode(cyclic)"},
		"cannot be stripped of":   {`("é" * MiB).strip("è" * MiB)`, `("é" * MiB).lstrip("è" * MiB)`, `("é" * MiB).rstrip("è" * MiB)`},
		"maximum recursion depth": {"deep == nest(20000, lambda v: (v,))", "deep_struct == nest(100, lambda v: struct(a = v))"},
		"computation cancelled: too many steps": {
			"min(endless)", "max(endless)", "all(range(1, 1 << 40))", "any([0] * 3000000)", "sum(items)",
			"sum([0 for _ in range(300000)] * 10)", "max(endless, key = lambda x: 0)",
		},
	}
	globals, err := sharedWorld()
	if err != nil {
		t.Fatal(Backtrace(err))
	}
	for want, expressions := range wanted {
		for _, expression := range expressions {
			refused(t, globals, "return "+expression, want)
			if receiver, rest, ok := strings.Cut(expression, "."); ok && globals.Has(receiver) {
				name, args, _ := strings.Cut(rest, "(")
				refused(t, globals, fmt.Sprintf("f = [%s.%s, getattr]; return f[0](%s", receiver, name, args), want)
			}
		}
	}
}

func TestAssignmentsWithAnOperatorAreBounded(t *testing.T) {
	globals, err := sharedWorld()
	if err != nil {
		t.Fatal(Backtrace(err))
	}
	for _, body := range []string{
		"x = [1]; x += endless", "x = {0: [1]}; x[0] += endless", "x = [0] * 3000000; x += x",
		"x = text; x += x",
		"x = [text]; x[0] += x[0]", "x = [text]; (lambda: x)()[0] += x[0]", "x = [[1]]; x[len(x) - 1] += endless",
		"x = text; x *= 2", "getattr(items, 'extend')(endless)", "getattr(text, 'split', None)('x')", "x = {}; x |= table; x |= {-i: i for i in range(100000)}", "x = [0]; x *= 1 << 28",
	} {
		refused(t, globals, body, tooMuch)
	}
}

func allocatedBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// evaluate calls a function with that body in the hostile world; it tells the value, and how many bytes were allocated for it.
func evaluate(t *testing.T, globals starlark.StringDict, body string) (v starlark.Value, allocated uint64, err error) {
	t.Helper()
	names := Predeclared()
	maps.Copy(names, globals)
	made, err := guardedExec("e.star", "def f():\n    "+body+"\n", names)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	thread := &starlark.Thread{Print: func(*starlark.Thread, string) {}}
	thread.SetMaxExecutionSteps(2_000_000)
	before := allocatedBytes()
	v, err = Call(thread, made["f"], nil, nil)
	return v, allocatedBytes() - before, err
}

// refused holds that a function body ends with an error before it has allocated much.
func refused(t *testing.T, globals starlark.StringDict, body, want string) {
	t.Helper()
	_, allocated, err := evaluate(t, globals, body)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: got %.200v, want an error with %q", body, err, want)
	} else if strings.Contains(Backtrace(err), "$") || !strings.Contains(Backtrace(err), "e.star:2:") {
		t.Errorf("%s: backtrace %s", body, Backtrace(err))
	}
	if allocated > 4*MaxPiece {
		t.Errorf("%s: allocated %d MiB", body, allocated>>20)
	}
}

func TestDepthIsFoundWithoutRecursionAndBeforeAnybodyRecurses(t *testing.T) {
	nested := func(wrap func(starlark.Value) starlark.Value, n int) starlark.Value {
		v := starlark.Value(starlark.None)
		for range n {
			v = wrap(v)
		}
		return v
	}
	for name, wrap := range map[string]func(starlark.Value) starlark.Value{
		"tuple":  func(v starlark.Value) starlark.Value { return starlark.Tuple{v} },
		"list":   func(v starlark.Value) starlark.Value { return starlark.NewList([]starlark.Value{v}) },
		"struct": func(v starlark.Value) starlark.Value { return &Record{[]string{"a"}, []starlark.Value{v}} },
		"method": func(v starlark.Value) starlark.Value { return starlark.NewBuiltin("m", nil).BindReceiver(v) },
	} {
		if err := CheckNesting(nested(wrap, MaxNesting-1)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		err := CheckNesting(starlark.NewList([]starlark.Value{starlark.None, nested(wrap, 200_000)}))
		if err == nil || !strings.Contains(err.Error(), tooDeep) {
			t.Errorf("%s: got error %v", name, err)
		}
		all := starlark.NewList(nil) // which makes each level the child of one that has been seen
		nested(func(v starlark.Value) starlark.Value {
			w := wrap(v)
			_ = all.Append(w) // it is not frozen
			return w
		}, 20_000)
		if err := CheckNesting(all); err == nil {
			t.Errorf("%s: levels that are reached one by one are not found to be deep", name)
		}
	}
}

func TestModulesThatCannotBeFrozenAreErrors(t *testing.T) {
	for source, want := range map[string]string{
		"x = nest(20000, lambda v: [v])":                     tooDeep,
		"x = nest(20000, lambda v: [v].append)":              tooDeep,
		"x = nest(20000, lambda v: lambda: v)":               tooDeep,
		"x = nest(20000, lambda v: lambda a = v: a)":         tooDeep,
		"x = nest(60, lambda v: (v, v))":                     "when what it holds twice counts twice",
		"def g():\n  def h(): return h\n  return h\nx = g()": "<function h> contains itself",
	} {
		source = "def nest(n, wrap):\n  v = 0\n  for _ in range(n):\n    v = wrap(v)\n  return v\n" + source
		if _, err := Rebuild(one(source+"\ndef f0(): pass", int32(strings.Count(source, "\n")+2), 1), nil); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", source, err, want)
		}
	}
	source := "x = []\nx.append(x)\nd = {}\nd[0] = struct(a = [d])\ndef f(): return str(x) + str(d)"
	c, err := Rebuild(one(source, 5, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := c.Call(); err != nil || text != starlark.String("[[...]]{0: struct(a = [{0: struct(...)}])}") {
		t.Errorf("got %v, %v", text, err)
	}
}

func TestAPanicIsAnErrorAtTheFunction(t *testing.T) {
	explode := starlark.NewBuiltin("explode", func(
		*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple,
	) (starlark.Value, error) {
		panic("boom")
	})
	c, err := Rebuild(one("\ndef f(): explode()", 2, 1), starlark.StringDict{"explode": explode})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Call(); err == nil || !strings.Contains(Backtrace(err), "m.star:2:1: in f\nError: internal error: boom") {
		t.Errorf("got %v", Backtrace(err))
	}
	_, err = Rebuild(one("explode()\ndef f(): pass", 2, 1), starlark.StringDict{"explode": explode})
	if err == nil || !strings.Contains(err.Error(), "m.star: internal error: boom") {
		t.Errorf("got %v", err)
	}
}

// Each builtin and method is called with hostile values, and comes to an end without much memory. A call may take longer
// than Go's fuzzing engine allows one on a busy machine, so this is a test.
func TestEveryBuiltinAndMethodEndsWithHostileValues(t *testing.T) {
	globals := hostileWorld(t)
	names := globals.Keys()
	callees := slices.Concat(starlark.Universe.Keys(), Predeclared().Keys())
	for _, name := range names {
		if v, ok := globals[name].(starlark.HasAttrs); ok {
			for _, attr := range v.AttrNames() {
				callees = append(callees, name+"."+attr)
			}
		}
	}
	callees = append(callees, "json.decode", "json.encode", "json.indent", "json.encode_indent", "math.floor", "math.pow")
	callees = slices.DeleteFunc(callees, func(name string) bool { return strings.HasPrefix(name, "$") })
	for i := range callees {
		args := names[i*7%len(names)]
		switch b := names[(i*5+3)%len(names)]; i % 4 {
		case 1:
			args += ", " + b
		case 2:
			args = "*" + args
		case 3:
			args += ", **" + b
		}
		call := fmt.Sprintf("return %s(%s)", callees[i], args)
		began := time.Now()
		_, allocated, _ := evaluate(t, globals, call)
		if allocated > 6*MaxPiece {
			t.Errorf("%s: allocated %d MiB", call, allocated>>20)
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("%s: took %s", call, took)
		}
	}
}
