package script

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
)

func TestExperimentsAreTestsTimesTheirMatrices(t *testing.T) {
	f := loadText(t, `"""What it shows."""
engine = "sim"

def test_b(lab, nodes = 3, cut = 1, wait = 1*s, name = "x", on = False):
    """Says more."""

def test_a(lab):
    pass

test_alias = test_a
matrix(test_b, nodes = [3, 5], cut = [1, 2])
matrix(test_b, nodes = [7])
`)
	if f.Doc != "What it shows." || f.Engine != "sim" {
		t.Errorf("doc %q, engine %q", f.Doc, f.Engine)
	}
	for _, c := range []struct {
		set  map[string]string
		want string
	}{
		{nil, "test_b[nodes=3,cut=1] test_b[nodes=3,cut=2] test_b[nodes=5,cut=1] test_b[nodes=5,cut=2] " +
			"test_b[nodes=7] test_a"},
		{map[string]string{"nodes": "9"}, "test_b[nodes=9,cut=1] test_b[nodes=9,cut=2] test_b[nodes=9] test_a"},
		{map[string]string{"nodes": "9", "cut": "0", "wait": "250ms", "name": "a b", "on": "true"},
			"test_b[nodes=9,cut=0,wait=250ms,name=a b,on=True] test_a"},
	} {
		all, err := f.Experiments(c.set)
		if err != nil {
			t.Errorf("%v: %v", c.set, err)
			continue
		}
		var ids []string
		for _, e := range all {
			ids = append(ids, e.ID)
		}
		if diff := cmp.Diff(c.want, strings.Join(ids, " ")); diff != "" {
			t.Errorf("%v: %s", c.set, diff)
		}
		if all[0].Doc != "Says more." || all[0].File() != f {
			t.Errorf("doc %q", all[0].Doc)
		}
		params := []load.Param{{Name: "nodes", Type: "int", Default: "3", Flag: true}, {Name: "cut", Type: "int", Default: "1", Flag: true}, {Name: "wait", Type: "duration", Default: "1s", Flag: true},
			{Name: "name", Type: "string", Default: "x", Flag: true}, {Name: "on", Type: "bool", Default: "False", Flag: true}}
		if diff := cmp.Diff(params, all[0].Params()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestFlagsAreReadByTheTypeOfTheDefault(t *testing.T) {
	f := loadText(t, `
def test_x(lab, nodes = 3, wait = 1*s, rate = 1*mbit, late = uniform(1*ms, 2*ms), p = 0.5, fn = len):
    check(nodes == 4 and wait == 90*s and rate == 2*kbit and late == exponential(3*ms) and p == 0.25)
`)
	all, err := f.Experiments(map[string]string{
		"nodes": "4", "wait": "1.5minute", "rate": "2kbit", "late": "exponential(3ms)", "p": "0.25",
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := Run(t.Context(), all[0], newWorld(), RunOptions{Kinds: boxes(t)}); r.Outcome != result.Passed {
		t.Error(textOf(r))
	}
	f = loadText(t, `
def up(xs):
    pass
def test_x(lab, fn = len):
    check(fn != len)
matrix(test_x, fn = [len, up])
`)
	all, err = f.Experiments(map[string]string{"fn": "up"})
	if err != nil || len(all) != 1 || all[0].ID != "test_x[fn=up]" {
		t.Fatalf("a cell is chosen by how it reads: got %v, %v", all, err)
	}
	if r := Run(t.Context(), all[0], newWorld(), RunOptions{Kinds: boxes(t)}); r.Outcome != result.Passed {
		t.Error(textOf(r))
	}
	f = loadText(t, "def test_x(lab, wait = None):\n    pass\nmatrix(test_x, wait = [1*s, 90*s])\n")
	for _, text := range []string{"90s", "1m30s", "1.5minute"} {
		if all, err := f.Experiments(map[string]string{"wait": text}); err != nil || all[0].ID != "test_x[wait=1m30s]" {
			t.Errorf("wait=%s chooses %v, %v", text, all, err)
		}
	}
	f = loadText(t, "def test_x(lab, nodes = 3, wait = 1*s, fn = len):\n    pass\n")
	for _, c := range []struct{ name, text, want string }{
		{"node", "4", `no parameter "node" (did you mean "nodes"?)`},
		{"nodes", "four", `x.star: --set nodes=four: test_x: want an integer, got "four"`},
		{"wait", "5", "lacks its unit"},
		{"fn", "max", "a parameter whose default is a builtin_function_or_method cannot be set by a flag"},
	} {
		if _, err := f.Experiments(map[string]string{c.name: c.text}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%s: got error %v, want %q", c.name, c.text, err, c.want)
		}
	}
}

func TestFilesLoadEachOtherByRelativePaths(t *testing.T) {
	files := map[string]string{
		"a/b/main.star": `
load("../lib.star", "two")
load("near.star", three = "x")
def test_x(lab):
    check(two + three == 5)
`,
		"a/lib.star":    "load(\"b/near.star\", \"x\")\ntwo = x - 1\n",
		"a/b/near.star": "x = 3\n",
	}
	f, err := load.Load(context.Background(), "a/b/main.star", load.Options{Read: reader(files)})
	if err != nil {
		t.Fatal(err.(*trouble.Error).Whole())
	}
	all, err := f.Experiments(nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := Run(t.Context(), all[0], newWorld(), RunOptions{Kinds: boxes(t)}); r.Outcome != result.Passed {
		t.Error(textOf(r))
	}
}

func TestErrorsOfLoadedFilesNameBothFiles(t *testing.T) {
	for _, c := range []struct{ name, lib, want string }{
		{"syntax", "def f(:\n", "lib.star:1:8: got ':'"},
		{"name", "y = z\n", "lib.star:1:5: undefined: z"},
		{"rebinding", "s = 1\nx = 3*s\n", `lib.star:2:7: "s" is a unit of time`},
		{"value", "def f():\n    return 1 // 0\n\nx = f()\n", `lib.star:2:14: floored division by zero
  called from lib.star:4:6 in <toplevel>
  called from main.star:1:1 in <toplevel>`},
		{"circle", "load(\"main.star\", \"x\")\n", "is still being loaded"},
		{"missing name", "y = 1\n", "main.star:1:1: load: name x not found in module lib.star"},
	} {
		files := map[string]string{"main.star": "load(\"lib.star\", \"x\")\n", "lib.star": c.lib}
		_, err := load.Load(context.Background(), "main.star", load.Options{Read: reader(files)})
		if err == nil || !strings.Contains(err.(*trouble.Error).Whole(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestPluginsAreFoundFromTheirFile(t *testing.T) {
	files := map[string]string{
		"a/main.star":    "load(\"sub/lib.star\", \"x\")\nplugin(\"./sticky\")\nplugin(\"/opt/other\")\n",
		"a/sub/lib.star": "plugin(\"../p\")\nx = 1\n",
	}
	var asked []string
	plugin := func(path string) (*manifest.Manifest, error) {
		asked = append(asked, path)
		return &manifest.Manifest{Kinds: []*manifest.Kind{{Name: path[len(path)-1:]}}}, nil
	}
	f, err := load.Load(context.Background(), "a/main.star", load.Options{Read: reader(files), Plugin: plugin})
	if err != nil {
		t.Fatal(err.(*trouble.Error).Whole())
	}
	if diff := cmp.Diff([]string{"a/p", "a/sticky", "/opt/other"}, asked); diff != "" {
		t.Error(diff)
	}
	want := map[string]string{"p": "a/p", "y": "a/sticky", "r": "/opt/other"}
	if diff := cmp.Diff(want, f.Plugins()); diff != "" || len(f.Kinds()) != 3 {
		t.Errorf("%d kinds: %s", len(f.Kinds()), diff)
	}
}

func TestAnEndlessTopLevelIsStoppedByItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	files := map[string]string{"x.star": "x = [0 for i in range(1 << 40)]\n"}
	_, err := load.Load(ctx, "x.star", load.Options{Read: reader(files), Steps: 1 << 60})
	if err == nil || err.Error() != "context canceled" {
		t.Errorf("got %v, want context canceled", err)
	}
}

func TestKindsWithBrokenManifestsAreRefused(t *testing.T) {
	for _, c := range []struct {
		kind *manifest.Kind
		want string
	}{
		{&manifest.Kind{Name: "k", Config: []*manifest.Parameter{{Name: "count"}}}, `kind "k": parameter "count" is the lab's own`},
		{&manifest.Kind{Name: "k", Objects: []*manifest.ObjectType{{Name: "string"}}},
			`kind "k": object "string": there is another type of that name`},
	} {
		if _, err := NewKinds(c.kind); err == nil || err.Error() != c.want {
			t.Errorf("got error %v, want %q", err, c.want)
		}
	}
}

// FuzzLoad feeds the loader with arbitrary text: it may refuse, but never panic.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", "x = 1", "def test_x(lab, n = 3):\n    check(n[1:2] == (1, [2]) and not {3: 4}[n])\nmatrix(test_x, n = [1])",
		"check(", "check(x)", "check(*x)", "check(cond = lambda: x)", "expect(a if b else c, *d, **e)",
		"x.eventually(lambda: 1)",
		"x.spawn(x.always, lambda: y)", "x.spawn()", "check(check(check(1 == 1)))", "load(\"@raft/cluster.star\", \"leader\")",
		"check(f(*a, **b)(c)[d].e(f = -g))", "\xff", "check(a[b][c:d:e])", "check((a, b)[0] == (c,))", "check(\n\na\n<\nb)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := load.Options{Read: reader(map[string]string{"x.star": text}), Modules: builtinModules(), Steps: 10000}
		file, err := load.Load(context.Background(), "x.star", o)
		if err != nil {
			_ = err.(*trouble.Error).Whole()
			return
		}
		if _, err := file.Experiments(nil); err != nil {
			_ = err.(*trouble.Error).Whole()
		}
	})
}

func TestAFunctionThatNobodyCallsIsNoticed(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"def test_x(lab): pass\ndef verify(): check(False)", []string{"x.star:2:5: verify is never called: its checks are not made"}},
		{"def test_x(lab): pass\ndef verify(): lambda: expect(False)", []string{"x.star:2:5: verify is never called: its checks are not made"}},
		{"def verify(): check(False)\ndef test_x(lab): verify()", nil},
		{"def verify(): check(False)\nall_of = [verify]\ndef test_x(lab): pass", nil},
		{"def verify(): pass\ndef latency_test(n): pass\ndef texts(lab): pass\ndef set_up(lab): pass\nenvironment = \"e\"\ndef test_x(lab): pass", nil},
		{"def testing_x(lab): pass\ndef test_x(lab): pass", []string{"x.star:1:5: testing_x does not run: the name of an experiment begins with test_"}},
		{"def verify(): check(False)", nil},
		{"load(\"lib.star\", \"one\")\ndef test_x(lab): one()", nil},
	} {
		files := map[string]string{"x.star": c.text, "lib.star": "def one(): check(True)\ndef two(): check(True)\ndef late_test(lab): pass\n"}
		var got []string
		_, err := load.Load(t.Context(), "x.star", load.Options{Read: reader(files), Notice: func(text string) { got = append(got, text) }})
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", c.text, err, diff)
		}
	}
}
