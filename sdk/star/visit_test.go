package star

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"go.starlark.net/starlark"
)

// endless makes values that hold one another so often that no walk over them ends: t and u are equal, l and m as well.
const endless = `
def pairs(v):
    for _ in range(40):
        v = (v, v)
    return v

def wide(v):
    for _ in range(8):
        v = [v] * 1000
    return v

def huge_int():
    n = 1
    for _ in range(2000):
        n = (n + 1) << 500
    return n

t, u, l, m = pairs(1), pairs(1), wide(1), wide(1)
r, q = struct(a = pairs(1)), struct(a = pairs(1))
long, huge = ["xy" * (1 << 24)] * 1000, [huge_int()] * 1000000
inflight = struct(inflight = l)
key = lambda x: t
`

func TestWhatCannotBeStoppedIsRefused(t *testing.T) {
	globals, err := guardedExec("w.star", endless, Predeclared())
	if err != nil {
		t.Fatal(Backtrace(err))
	}
	for _, body := range []string{
		"{}[t]", "{t: 1}", "{t: 1 for _ in [0]}", "x = {}; x[t] = 1", "x = {}; x[t] += [1]", "x = {}; x[t] |= {}",
		"x = {}; [0 for x[t] in [1]]", "{}[r]", "{}[(1, long[0], t)]",
		"t == u", "t != u", "t < u", "t >= u", "[t] == [u]", "l == m", "{0: l} == {0: m}", "r == q", "long == list(long)", "huge == list(huge)",
		"[t].index(u)", "t in [u]", "t in l", "t not in (u,)", "t in {}", "t in set()", "l in m", "(l, 1) in [(m, 1)]",
		"set([t])", "dict([(t, 1)])", "dict([[t, 1]])", "dict(**{str(1): 1}) == {t: 1}", "set([1]).union([t])", "set().add(t)",
		"set().discard(t)", "set().remove(t)", "set().update([t])", "set([1]).difference([t])", "{}.get(t)", "{}.get(t, 1)", "{}.pop(t)",
		"{}.setdefault(t)", "{}.update([(t, 1)])", "[l].index(m)", "[l].remove(m)", "getattr({}, 'get')(t)", "f = {}.get; f(t)",
		"{}.get(*[t])", "f = set().add; f(t)", "sorted([t, u])", "min(t, u)", "max([l, m])", "sorted([1, 2], key = key)",
		"min([1, 2], key = lambda x: t)", "max([1, 2], **{'key': key})", "min(1, 2, key = lambda x: [l])",
		"inflight.inflight == inflight.inflight", "[x for x in [1] if t == u]", "1 if t < u else 2", "(lambda: t == u)()", "t == u and 1",
		"sorted([l] * 3) if l == m else 0", "x = [1]; x[{t: 0}[t]] += [1]",
	} {
		statements := strings.Split(body, "; ")
		last := len(statements) - 1
		if !strings.Contains(statements[last], "]") || !strings.Contains(statements[last], "= ") || strings.Contains(statements[last], "== ") {
			statements[last] = "return " + statements[last]
		}
		began := used(t)
		refused(t, globals, strings.Join(statements, "; "), "values")
		if took := used(t) - began; took > 10*time.Second {
			t.Errorf("%s: took %s", body, took)
		}
	}
}

func TestOrdinaryValuesAreComparedAndKept(t *testing.T) {
	for _, expression := range []string{
		"list(range(100000)) == list(range(100000))", "tuple(range(100000)) in {tuple(range(100000)): 1}",
		"len(set([(i, (i, str(i))) for i in range(100000)])) == 100000", "{i: [i] for i in range(20000)} == {i: [i] for i in range(20000)}",
		"sorted([(i % 7, i) for i in range(100000)])[0] == (0, 0)", "{(1, 2): 3}.get((1, 2)) == 3", "(1, [2]) in [(1, [2])]",
	} {
		if v, _, err := evaluate(t, Predeclared(), "return "+expression); v != starlark.Value(starlark.True) || err != nil {
			t.Errorf("%s: got %v, %v", expression, v, err)
		}
	}
}

func TestWhatCopiesMuchTakesManySteps(t *testing.T) {
	for _, body := range []string{
		"y = y + [1]", "y = y + (1,)", "s = s + 'a'", "s += s", "y = y[:]", "d = d | {len(d): 1}", "f(*y)", "'%s' % (y,)", "str(y)",
		"list(y)", "s.replace('a', 'ab')", "sorted(y)", "sum([y], [])", "json.encode(y)",
	} {
		start := "[0] * 20000"
		if strings.Contains(body, "(1,)") {
			start = "(0,) * 20000"
		}
		c, err := Rebuild(one("def f():\n    g = lambda *a: 0\n    y, s, d = "+start+", 'a' * 20000, {i: 0 for i in range(2000)}\n"+
			"    for _ in range(1 << 40):\n        "+strings.ReplaceAll(body, "f(", "g(")+"\n", 1, 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		began := used(t)
		if _, err := c.Call(); err == nil || !strings.Contains(err.Error(), "too many steps") {
			t.Errorf("%s: got %v", body, err)
		}
		if took := used(t) - began; took > 5*time.Second {
			t.Errorf("%s: took %s", body, took)
		}
	}
}

func TestAFunctionThatTravelsComparesLess(t *testing.T) {
	for _, body := range []string{"t == u", "x = t in [u]", "x = {t: 1}", "x = [0] * 20000 == [0] * 20000"} {
		c, err := Rebuild(one("def f():\n    t, u = 1, 1\n    for _ in range(40):\n        t, u = (t, t), (u, u)\n    "+body+"\n", 1, 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Call(); err == nil || !strings.Contains(err.Error(), "of more than 16384 values") {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

// used is the CPU time of the process: a busy machine does not lengthen it.
func used(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const colliding = `
keys = [i << 32 for i in range(30000)]
many = {i << 32: 0 for i in range(1000)}
same = {i << 32: 0 for i in range(1000)}
`

// A table whose keys share a bucket takes quadratic time, and nothing stops Starlark meanwhile.
func TestKeysThatCollideAreRefused(t *testing.T) {
	globals, err := guardedExec("w.star", colliding, Predeclared())
	if err != nil {
		t.Fatal(Backtrace(err))
	}
	for _, body := range []string{
		"return {k: 0 for k in keys}", "return {i << 22: 0 for i in range(30000)}", "return dict([(k, 0) for k in keys])",
		"return dict([[k, 0] for k in keys])", "return set(keys)", "return set(range(0, 30000 << 32, 1 << 32))",
		"return set().union(keys)", "return set([1]).issubset(keys)", "{}.update([(k, 0) for k in keys])",
		"return [many] * 1000 == [same] * 1000", "return many in [many] * 1000", "return set([(k, 0) for k in keys])",
		"return set([k * 1.0 for k in keys])",
		// Those that grow key by key.
		"d = {}; x = [0 for k in keys for d[k] in [0]]", "d = {}; x = [0 for i in range(1 << 16) for d[i << 22] in [0]]",
		"d = {}; x = [0 for k in keys for d[k], d[k + 1] in [(0, d.pop(k - 1, 0))]]", "d = set(); x = [d.add(k) for k in keys]",
		"d = {}; x = [d.setdefault(k, 0) for k in keys]", "add = set().add; x = [add(k) for k in keys]",
		"d = {}; x = [d.update({k: 0, k + 1: 0}) for k in keys]",
	} {
		began := used(t)
		refused(t, globals, body, "keys that collide")
		if took := used(t) - began; took > 5*time.Second {
			t.Errorf("%s: took %s", body, took)
		}
	}
	for _, expression := range []string{
		"len({i * 65536: 0 for i in range(4000)}) == 4000", "many == same", "len(many | same) == 1000",
		"len(set([str(k) for k in keys])) == 30000", "len(dict([(str(k), 0) for k in keys])) == 30000",
		"dict({str(k): 0 for k in keys}) == {str(k): 0 for k in keys}",
		"len([d for d in [{}] for i in range(4000) if d.setdefault(i * 65536, 1)]) == 4000",
		"len([d for d in [{}] for i in range(20000) if d.setdefault(i * 1000000, 1)]) == 20000",
	} {
		if v, _, err := evaluate(t, globals, "return "+expression); v != starlark.Value(starlark.True) || err != nil {
			t.Errorf("%s: got %v, %v", expression, v, err)
		}
	}
}
