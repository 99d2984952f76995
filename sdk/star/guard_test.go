package star

import (
	"strings"
	"testing"

	"go.starlark.net/starlark"
)

// guardedMeanings are programs that tell what happened, and in what order, in their result r.
var guardedMeanings = []string{
	"r = [1] + [2], (1,) + (2,), 'a' + 'b', 1 + 2, 1.5 + 1, b'a' + b'b'",
	"r = 'ab' * 2, 2 * [0], (1,) * 0, [1] * -1, 3 * 4, 1.5 * 2, 10 * ms, 2 * ms * 3",
	"r = '%s-%d' % ('a', 3), 7 % 4, '%(x)s' % {'x': 1}, 7.5 % 2",
	"r = {1: 2} | {3: 4}, set([1]) | set([2]), 5 | 2, set([1, 2]) ^ set([2]), 5 ^ 1",
	"x = [1]\ny = x\nx += [2]\ny += (3,)\nr = x, y",
	"def f():\n  x = [1]\n  y = x\n  x += range(3)\n  d = {'a': x}\n  d['a'] += [9]\n  return x, y, d\nr = f()",
	"log = []\ndef at(v):\n  log.append(v)\n  return v\nd = {0: 'a', 1: 'b'}\ndef get():\n  log.append('get')\n  return d\n" +
		"def f():\n  get()[at(0)] += str(at(7))\n  d[at(1)] += 'x'\nf()\nr = d, log",
	"d = {}\nd |= {1: 2}\nx = 'a'\nx *= 3\nn = 5\nn %= 3\nn += 1\nn -= 7\nn *= n\nr = d, x, n",
	"r = {k: v * 2 for k, v in [(1, 'a'), (1, 'b'), (2, 'c')]}, {k: 0 for k in []}, [x + x for x in 'ab'.elems()]",
	"x = list(range(10))\nr = x[1:3], x[::-1], x[:-2], 'hello'[1:], (1, 2, 3)[-1:]",
	"def f(*args, **kwargs): return args, kwargs\nr = f(1, *[2, 3], a = 4, **{'b': 5}), f(*'ab'.elems())",
	"r = 'a,b'.split(','), ' a  b '.split(), 'a-b'.join(['x', 'y']), '{} {a}'.format(1, a = [2]), 'aXa'.replace('X', 'yy')",
	"r = 'a\\nb'.splitlines(), 'ab'.upper(), 'a b c'.rsplit(None, 1), 'a b c'.split(None, 1), 'ab'.replace('', '-')",
	"d = {'a': 1}\nd.update([('b', 2)], c = 3)\nr = d.items(), d.keys(), d.values(), sorted(d), list(d), tuple(d)",
	"s = set([1, 2])\ns.update([3], (4,))\nr = s.union([9]), s.difference([1]), s.intersection([1, 7]), s.issubset(range(9))",
	"x = [3, 1, 2]\nf = x.extend\nf([4])\nr = f, x, sorted(x, reverse = True), reversed(x), list(enumerate(x, 1)), zip(x, 'abc'.elems())",
	"r = min(3, 1), max([1, 5, 2]), min('ab', 'c', key = len), any([0, 1]), all([]), sum([1, 2]), sum([[1], [2]], [])",
	"r = str([1, 'a', {'b': (1,)}, set([2]), None, b'x']), repr('a\"\\n'), str('a'), bytes('é'), bytes([1, 2]), int('12', 8)",
	"r = json.decode('{\"a\": [1, 2.5, null]}'), json.encode({'b': [1, 'x<é']}), json.decode('[', default = 7), json.encode_indent([1])",
	"r = getattr('ab', 'upper')(), hasattr([], 'extend'), getattr(struct(items = 3), 'items'), struct(items = 3).items",
	"def f(ms, len): return ms * len, ms % len(3) if False else 0\nr = f([1], 2)",
	"r = str, list, [].extend, json.decode, dir('')[:3], type(list), print",
	"x = range(5000)\nr = sum(x), list(x)[-1], len(tuple(x)), ','.join([str(i) for i in x])[-4:], max(x), dict(zip(x, x))[4999]",
	"x = [['a']]\nfor x[0][0] in ['b' + 'c']: pass\nx[0], y = [1] + [2], 3\nr = x, y",
	"r = 'x'.jion", "r = [1] + 2", "r = {}.itmes", "r = 'a' % 1", "r = list(5)", "r = 'a'.join([1])", "x = (1,)\nx[0] += 1", "r = {[]: 1 for _ in [0]}",
	"x = struct(a = [1])\nx.a += [2]", "r = sorted([1, 'a'])", "r = 1 * None", "r = set([[]])", "r = dict([1])", "r = (1)[2:]", "r = min()",
	"def f(a): pass\nr = f(*5)", "r = 'abc'.format().join", "r = 'ab'.split('')", "x = 5\nx += []", "r = 'a' * (1 << 40)",
}

func TestGuardedFilesMeanWhatTheyMeant(t *testing.T) {
	for _, source := range guardedMeanings {
		guarded, guardedErr := guardedExec("g.star", source, Predeclared())
		plain, plainErr := starlark.ExecFileOptions(Dialect, &starlark.Thread{}, "g.star", source, unguarded())
		if want, got := told(plain, plainErr), told(guarded, guardedErr); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", source, got, want)
		}
	}
}

// unguarded are the predeclared names without what has a bound.
func unguarded() starlark.StringDict {
	names := starlark.StringDict{}
	for name, v := range Predeclared() {
		if !starlark.Universe.Has(name) {
			names[name] = v
		}
	}
	return names
}

// told is what can be seen of an execution: its result or its error, with the places of the script that led to it.
func told(globals starlark.StringDict, err error) string {
	if err == nil {
		return globals["r"].String()
	}
	text := Backtrace(err)
	if before, after, ok := strings.Cut(text, "\nError in "); ok { // operators have no name
		_, after, _ = strings.Cut(after, ": ")
		text = before + "\nError: " + after
	}
	return text
}
