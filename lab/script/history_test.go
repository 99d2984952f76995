package script

import (
	"bytes"
	"context"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

// storeWorld is a world that has nodes of the kind "store", too: they all know one key-value store, which lies when it
// is told to.
type storeWorld struct {
	*world
	held map[any]any
}

func newStoreWorld() *storeWorld { return &storeWorld{newWorld(), map[any]any{}} }

func (w *storeWorld) Call(c engine.Call) engine.ID {
	if c.Args.Get("key") == nil && c.Method != "size" {
		return w.world.Call(c)
	}
	w.last++
	takes, _ := c.Args.Get("takes").(time.Duration)
	reply := w.answer(c)
	reply.Call, reply.At, reply.Took = w.last, w.at+takes, takes
	w.calls = append(w.calls, pending{w.at + takes, reply})
	return w.last
}

func (w *storeWorld) answer(c engine.Call) engine.Reply {
	key := c.Args.Get("key")
	field := func(name string, v any) engine.Reply {
		return engine.Reply{Value: value.Fields{{Name: name, Value: v}}}
	}
	switch c.Args.Get("how") {
	case "fail":
		return engine.Reply{Status: engine.Failed, Error: "told to"}
	case "lose":
		return engine.Reply{Status: engine.Unknown, Error: "the answer was lost"}
	}
	switch c.Method {
	case "put":
		w.held[key] = c.Args.Get("value")
	case "get":
		if lie := c.Args.Get("lie"); lie != nil {
			return field("value", lie)
		}
		return field("value", w.held[key])
	case "cas":
		swapped := w.held[key] == c.Args.Get("old")
		if swapped {
			w.held[key] = c.Args.Get("new")
		}
		return field("swapped", swapped)
	case "incr":
		n, _ := w.held[key].(int64)
		w.held[key] = n + c.Args.Get("by").(int64)
		return field("value", w.held[key])
	}
	return engine.Reply{Value: int64(len(w.held))}
}

// stores are the kinds of a storeWorld.
func stores(t testing.TB) *Kinds {
	t.Helper()
	takes := &manifest.Parameter{Name: "takes", Type: value.MustType("duration"), HasDefault: true}
	takes.Default = time.Duration(0)
	key, val := &manifest.Parameter{Name: "key", Type: value.MustType("any")}, &manifest.Parameter{Name: "value", Type: value.MustType("any")}
	lie := &manifest.Parameter{Name: "lie", Type: value.MustType("any"), HasDefault: true}
	how := &manifest.Parameter{Name: "how", Type: value.MustType("string"), HasDefault: true, Default: ""}
	by := &manifest.Parameter{Name: "by", Type: value.MustType("int"), HasDefault: true, Default: int64(1)}
	older, newer := &manifest.Parameter{Name: "old", Type: value.MustType("any"), HasDefault: true}, &manifest.Parameter{Name: "new", Type: value.MustType("any")}
	held := &manifest.Parameter{Type: value.MustType("struct")}
	operation := func(name string, result *manifest.Parameter, args ...*manifest.Parameter) *manifest.Method {
		return &manifest.Method{Name: name, Arguments: args, Result: result, Operation: true}
	}
	kinds, err := NewKinds(box(), &manifest.Kind{Name: "store", Methods: []*manifest.Method{
		operation("get", held, key, takes, lie),
		operation("put", nil, key, val, takes, how),
		operation("cas", held, key, older, newer),
		operation("incr", held, key, by),
		{Name: "size", Result: &manifest.Parameter{Type: value.MustType("int")}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

func runOnStore(t *testing.T, text string) *Result {
	t.Helper()
	all, err := loadText(t, text).Experiments(nil)
	if err != nil {
		t.Fatal(err)
	}
	return Run(context.Background(), all[0], newStoreWorld(), RunOptions{Engine: "sim", Seed: 1, Kinds: stores(t)})
}

// TestHistoriesHold runs testdata/histories/*.star: every experiment there asserts its own outcome.
func TestHistoriesHold(t *testing.T) {
	files, err := filepath.Glob("testdata/histories/*.star")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d scripts, %v", len(files), err)
	}
	kinds := stores(t)
	for _, file := range files {
		f, err := load.Load(context.Background(), file, load.Options{})
		if err != nil {
			t.Fatal(err.(*trouble.Error).Whole())
		}
		all, err := f.Experiments(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			t.Run(e.Name, func(t *testing.T) {
				r := Run(context.Background(), e, newStoreWorld(), RunOptions{Engine: "sim", Seed: 1, Kinds: kinds})
				if r.Outcome != result.Passed {
					t.Error(textOf(r))
				}
			})
		}
	}
}

// TestAVerdictIsNeverTakenForATruth tries every way in which Starlark asks a value for its truth, with a verdict that
// is ok and one that is unknown: all are errors of the script, at the place that asks.
func TestAVerdictIsNeverTakenForATruth(t *testing.T) {
	for _, body := range []string{
		"check(v)", "check(not v)", "expect(v)", "expect(not v, 'x')", "check(v and True)", "check(True and not v)",
		"check(v or True)", "x = 1 if v else 2", "x = not v", "bool(v)", "x = any([v])", "x = all([v])", "x = [1 for i in [1] if v]",
		"if v: pass", "if not v: pass", "lab.eventually(lambda: v, within = 1*s)",
		"lab.always(lambda: not v, during = 1*s)", "lab.attempt(lambda: check(not v))", "lab.attempt(lambda: not v)",
		"lab.spawn(lambda: check(not v)).wait()",
	} {
		for _, within := range []string{"1*s", "0*s"} {
			r := runOnStore(t, `
def test_x(lab):
    lab.add("store").put("x", 1)
    v = linearizable(lab.history(), within = `+within+`)
    `+body+`
    lab.sleep(1*s)
`)
			if r.Outcome != result.Broken || r.Error.Class != trouble.Script || !strings.Contains(textOf(r), "a verdict is not a truth value") ||
				!strings.Contains(textOf(r), "v.ok") || r.Error.Pos.Line != 5 || len(r.Checks) > 0 {
				t.Errorf("%s, within %s: got\n%s", body, within, textOf(r))
			}
		}
	}
}

func TestAFailedCheckOfAVerdictSaysWhy(t *testing.T) {
	r := runOnStore(t, `
def test_x(lab):
    store = lab.add("store")
    store.put("x", 1)
    store.get("x", lie = 7)
    check(linearizable(lab.history()).ok)
`)
	want := `  x.star:6   check(linearizable(lab.history()).ok)
               linearizable(lab.history()).ok = False
               linearizable(lab.history()) = key "x" is not linearizable: get("x", 0s, 7) -> 7 by the experiment on ` +
		`store from 0s to 0s cannot be placed: nothing has ever written 7
                 get("x", 0s, 7) -> 7  the experiment on store from 0s to 0s
               lab.history() = history of 2 operations`
	if len(r.Checks) != 1 {
		t.Fatal(textOf(r))
	}
	if diff := cmp.Diff(want, strings.TrimSuffix(result.Text{}.Check(&r.Checks[0]), "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestARunThatIsCancelledEndsItsJudge(t *testing.T) {
	all, err := loadText(t, `
def test_x(lab):
    store = lab.add("store")
    lab.join([lab.spawn(store.put, "x", i, takes = 10*ms) for i in range(60)])
    store.cas("x", "never", 1)
    store.get("x", lie = "never")
    linearizable(lab.history(), within = 10*hour)
`).Experiments(nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	done := make(chan *Result, 1)
	go func() {
		done <- Run(ctx, all[0], newStoreWorld(), RunOptions{Engine: "sim", Kinds: stores(t)})
	}()
	stacks := make([]byte, 1<<20)
	for !bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("porcupine.checkSingle")) {
		runtime.Gosched()
	}
	cancel(context.Canceled)
	if r := <-done; r.Error.Class != trouble.Interrupted {
		t.Error(textOf(r))
	}
}
