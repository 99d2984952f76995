package star

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

func TestACallThatFailsTellsWhereInTheScript(t *testing.T) {
	c := rebuilt(t, "def broken(d):\n    return d[\"x\"]\n\ndef it(x):\n    return broken({})\n")
	_, err := c.Call(starlark.None)
	if err == nil {
		t.Fatal("want an error")
	}
	for _, want := range []string{"main.star:5:18: in it", "main.star:2:13: in broken", `key "x" not in dict`} {
		if got := Backtrace(err); !strings.Contains(got, want) {
			t.Errorf("got backtrace\n%s\nwant %q", got, want)
		}
	}
	if c.Name() != "it" || c.Position() != "main.star:4:1" {
		t.Errorf("got %s at %s", c.Name(), c.Position())
	}
}

func TestACallHasALimitOfStepsOfItsOwn(t *testing.T) {
	c := rebuilt(t, "def it(n):\n    for i in range(n):\n        pass\n    return n")
	for range 5 { // a thread serves many calls, each with the whole limit
		if _, err := c.Call(starlark.MakeInt(10000)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Call(starlark.MakeInt(1 << 30)); err == nil || !strings.Contains(err.Error(), "too many steps") {
		t.Errorf("got %v, want an error about steps", err)
	}
	if _, err := c.Call(starlark.MakeInt(1)); err != nil {
		t.Errorf("the call after one that took too long: %v", err)
	}
	short := rebuilt(t, "def it(n):\n    for i in range(n):\n        pass")
	short.Steps = 100
	if _, err := short.Call(starlark.MakeInt(1000)); err == nil {
		t.Error("Steps was not obeyed")
	}
}

func TestWhatAFunctionHasCapturedIsFrozen(t *testing.T) {
	c := rebuilt(t, "def make():\n    seen = []\n    def pick(x): seen.append(x)\n    return pick")
	if _, err := c.Call(starlark.None); err == nil || !strings.Contains(err.Error(), "frozen list") {
		t.Errorf("got %v, want an error about a frozen list", err)
	}
}

func TestHostOnlyNamesAreErrorsInsideAFunction(t *testing.T) {
	c := rebuilt(t, "def it(x): check(x)")
	if _, err := c.Call(starlark.True); err == nil || !strings.Contains(err.Error(), "check belongs to the experiment") {
		t.Errorf("got %v", err)
	}
}

func TestMoreNamesAreSeenByTheFunction(t *testing.T) {
	fn := send(t, newHost(map[string]string{"main.star": "def it(x): return check(x)"}).value(t))
	for _, want := range []string{"a", "b"} { // of two worlds: neither sees the other's
		more := starlark.StringDict{"check": starlark.NewBuiltin("check", func(
			*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple,
		) (starlark.Value, error) {
			return starlark.String(want), nil
		})}
		c, err := Rebuild(fn, more)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Call(starlark.None); err != nil || got != starlark.String(want) {
			t.Errorf("got %v, %v, want %s", got, err, want)
		}
	}
}

func TestPrintsGoWhereTheComponentWants(t *testing.T) {
	c := rebuilt(t, "def it(x): print(\"got\", x)")
	var lines []string
	c.Print = func(text string) { lines = append(lines, text) }
	if _, err := c.Call(starlark.MakeInt(4)); err != nil || !slices.Equal(lines, []string{"got 4"}) {
		t.Errorf("got %q, %v", lines, err)
	}
}

func TestManyGoroutinesMayRebuildAndCall(t *testing.T) {
	fn := send(t, newHost(map[string]string{
		"main.star": "W = {\"a\": 1}\ndef make():\n    k = [1, 2]\n    return lambda x: W[\"a\"] + k[1] + x",
	}).value(t))
	shared, err := Rebuild(fn, nil)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			own, err := Rebuild(fn, nil)
			if err != nil {
				t.Error(err)
				return
			}
			for _, c := range []*Callable{own, shared} {
				if got, err := c.Call(starlark.MakeInt(i)); err != nil || got.String() != fmt.Sprint(3+i) {
					t.Errorf("got %v, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestAcceptsCountsPositionalParameters(t *testing.T) {
	for _, c := range []struct{ params, want string }{
		{"a, b", ""}, {"a, b = 1", ""}, {"*args", ""}, {"a, *args, **kw", ""}, {"a, b, c = 1", ""}, {"a, b, *, c = 1", ""},
		{"a", "function it takes (a), want (backends, request)"},
		{"a, b, c", "takes (a, b, c), want"},
		{"a, b, *, c", "takes (a, b, c), want"},
		{"a, b, c, *d, **e", "takes (a, b, c, *d, **e), want"},
		{"a = 1, **e", "takes (a = ..., **e), want"},
	} {
		err := rebuilt(t, "def it("+c.params+"): pass").Accepts("backends", "request")
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("(%s): got %v, want %q", c.params, err, c.want)
		}
	}
}

func TestFunctionsThatDifferAreNotTakenForOneAnother(t *testing.T) {
	loads := func(path string) value.Function {
		fn := one("load('x', 'v')\nf = lambda: v", 2, 5)
		fn.Modules = append([]value.Module{{Path: "a", Source: "v = 1"}, {Path: "b", Source: "v = 2"}}, fn.Modules...)
		fn.Modules[2].Loads = []value.Load{{Name: "x", Path: path}}
		return fn
	}
	captures := func(name string) value.Function {
		fn := one("def g(x): return lambda: x", 1, 18)
		fn.Free = value.Fields{{Name: name, Value: int64(1)}}
		return fn
	}
	knows := func(names ...string) value.Function {
		fn := one("def f():\n    if False:\n        check()\n    return 1", 1, 1)
		fn.Known = names
		return fn
	}
	for _, c := range []struct {
		fn   value.Function
		want string
	}{
		{loads("a"), "1"}, {loads("b"), "2"}, {captures("x"), "1"}, {captures("y"), "undefined: x"},
		{knows("check"), "1"}, {knows(), "undefined: check"},
	} {
		got := ""
		if rebuilt, err := Rebuild(c.fn, nil); err != nil {
			got = err.Error()
		} else if result, err := rebuilt.Call(); err == nil {
			got = result.String()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestWhatToValueAllowsTheWireCarries(t *testing.T) {
	refused := false
	for depth := range 40 {
		v := newHost(map[string]string{"main.star": fmt.Sprintf(`
def make():
    x = {}
    for i in range(%d):
        x = [x]
    return lambda: x`, depth)}).value(t)
		value, err := ToValue(v)
		if err == nil {
			wire.EncodeValue([]any{[]any{value}}) // panics when it is nested too deep
		}
		refused = refused || err != nil
	}
	if !refused {
		t.Error("nothing was nested too deep")
	}
}

func TestTheLatestSetsOfModulesAreKept(t *testing.T) {
	fn := func(n int) value.Function {
		return value.Function{Name: "it", Path: "m", Line: 1, Col: 1, Modules: []value.Module{
			{Path: "m", Source: fmt.Sprintf("def it(): return %d", n)},
		}}
	}
	first := setOf(fn(0), nil)
	for n := range 2 * maxSets {
		setOf(fn(n), nil)
		if setOf(fn(0), nil) != first {
			t.Fatal("a set in use was forgotten")
		}
	}
	cache.mu.Lock()
	kept := map[*set]bool{}
	for _, entry := range cache.used {
		kept[entry.set] = true
	}
	cache.mu.Unlock()
	if len(kept) != maxSets {
		t.Errorf("got %d different sets kept, want %d", len(kept), maxSets)
	}
}

func BenchmarkCall(b *testing.B) {
	for name, source := range map[string]string{
		"trivial": "def it(x): return x",
		"loop of 16": `
def it(x):
    best = None
    for i in range(16):
        if best == None or i < best:
            best = i
    return best`,
	} {
		b.Run(name, func(b *testing.B) {
			c := rebuilt(b, source)
			arg := starlark.MakeInt(1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Call(arg); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestAMistakeThatIsCutEndsWithAWholeLetter(t *testing.T) {
	text := Mistake("pick", errors.New(strings.Repeat("x", mistakeText-len("pick: ")-1)+"äöü")).Error()
	if head, ok := strings.CutSuffix(text, "..."); !ok || !strings.HasSuffix(head, "xx") {
		t.Errorf("the text ends in %q", text[len(text)-8:])
	}
}

func BenchmarkRebuild(b *testing.B) {
	fn := send(b, newHost(map[string]string{"main.star": "def make():\n    k = 1\n    return lambda x: x + k"}).value(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Rebuild(fn, nil); err != nil {
			b.Fatal(err)
		}
	}
}
