package script

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/star"
)

// TestVerbsTellTheEngine compares what a script makes of the topology with what the engine is told.
func TestVerbsTellTheEngine(t *testing.T) {
	for _, c := range []struct {
		name, body string
		skip       int // changes at the start that are not compared
		want       string
	}{
		{"peers are those added together, or named", `
    a = lab.add("box", name = "n", count = 2, target = "c:1", delay = "1ms")
    lab.add("box", name = "b", peers = a)
    lab.add("box", name = "c")`, 0, `
AddNode{Name:n1 Kind:box Config:[{Name:port Value:80} {Name:delay Value:1ms} {Name:target Value:c:1}] Peers:[n2]}
AddNode{Name:n2 Kind:box Config:[{Name:port Value:80} {Name:delay Value:1ms} {Name:target Value:c:1}] Peers:[n1]}
AddNode{Name:b Kind:box Config:[{Name:port Value:80} {Name:delay Value:5ms} {Name:target Value:}] Peers:[n1 n2]}
AddNode{Name:c Kind:box Config:[{Name:port Value:80} {Name:delay Value:5ms} {Name:target Value:}] Peers:[]}`},
		{"a node stands for its main address", `
    a = lab.add("box", port = 99)
    lab.add("box", name = "b", target = a)`, 0, `
AddNode{Name:box Kind:box Config:[{Name:port Value:99} {Name:delay Value:5ms} {Name:target Value:}] Peers:[]}
AddNode{Name:b Kind:box Config:[{Name:port Value:80} {Name:delay Value:5ms} {Name:target Value:box:99}] Peers:[]}`},
		{"cuts", `
    a, b, c = lab.add("bare", count = 3, size = 1)
    lab.cut(a, b)
    lab.cut(a, [b, c], oneway = True)
    lab.isolate(a)
    lab.isolate([a, b])`, 3, `
Cut{Fault:1 Links:[bare1 -> bare2 bare2 -> bare1]}
Cut{Fault:2 Links:[bare1 -> bare2 bare1 -> bare3]}
Cut{Fault:3 Links:[bare1 -> bare2 bare2 -> bare1 bare1 -> bare3 bare3 -> bare1]}
Cut{Fault:4 Links:[bare1 -> bare2 bare2 -> bare1 bare1 -> bare3 bare3 -> bare1 ` +
			`bare2 -> bare3 bare3 -> bare2]}`},
		{"partitions: all others are one more group", `
    a, b, c, d = lab.add("bare", count = 4, size = 1)
    lab.partition([a, b])
    lab.partition(a, [b, c])`, 4, `
Cut{Fault:1 Links:[bare1 -> bare3 bare3 -> bare1 bare1 -> bare4 bare4 -> bare1 ` +
			`bare2 -> bare3 bare3 -> bare2 bare2 -> bare4 bare4 -> bare2]}
Cut{Fault:2 Links:[bare1 -> bare2 bare2 -> bare1 bare1 -> bare3 bare3 -> bare1 ` +
			`bare1 -> bare4 bare4 -> bare1 bare2 -> bare4 bare4 -> bare2 ` +
			`bare3 -> bare4 bare4 -> bare3]}`},
		{"an address may name who is added at the same instant, and a number", `
    lab.add("box", target = "late:80")
    lab.add("box", name = "late", target = "127.0.0.1:80")`, 0, `
AddNode{Name:box Kind:box Config:[{Name:port Value:80} {Name:delay Value:5ms} {Name:target Value:late:80}] Peers:[]}
AddNode{Name:late Kind:box Config:[{Name:port Value:80} {Name:delay Value:5ms} {Name:target Value:127.0.0.1:80}] Peers:[]}`},
		{"an isolation holds for later nodes, too, until it heals", `
    a = lab.add("bare", size = 1)
    cut = lab.isolate(a)
    lab.add("bare", name = "b", size = 1)
    check(cut.touched == 1)
    cut.heal()
    cut.heal()
    lab.add("bare", name = "c", size = 1)`, 1, `
AddNode{Name:b Kind:bare Config:[{Name:size Value:1}] Peers:[]}
Cut{Fault:1 Links:[bare -> b b -> bare]}
Heal{Fault:1}
AddNode{Name:c Kind:bare Config:[{Name:size Value:1}] Peers:[]}`},
		{"heal takes back every cut, and leaves links as they are", `
    a, b = lab.add("bare", count = 2, size = 1)
    lab.link(a, b, oneway = True, loss = 0.5)
    lab.cut(a, b, oneway = True)
    lab.partition(a)
    lab.heal()
    lab.heal()`, 2, `
SetLink{Fault:1 Links:[bare1 -> bare2] Patch:loss=0.5}
Cut{Fault:2 Links:[bare1 -> bare2]}
Cut{Fault:3 Links:[bare1 -> bare2 bare2 -> bare1]}
Heal{Fault:2}
Heal{Fault:3}`},
		{"lasting ends by itself", `
    a, b = lab.add("bare", count = 2, size = 1)
    lab.cut(a, b, oneway = True, lasting = 5*ms)
    lab.sleep(5*ms)
    lab.heal()`, 2, `
Cut{Fault:1 Links:[bare1 -> bare2]}
Heal{Fault:1}`},
		{"crash, restart with a change, pause and resume", `
    n = lab.add("bare", size = 1)
    n.crash()
    n.restart(size = 2)
    n.pause()
    n.resume()`, 1, `
Crash{Node:bare Kept:false}
Restart{Node:bare Config:[{Name:size Value:2}]}
Pause{Node:bare}
Resume{Node:bare}`},
		{"a disk is of some nodes or of all", `
    lab.disk(sync = 0*s)
    a, b = lab.add("bare", count = 2, size = 1)
    lab.disk([a, "bare2"], sync = exponential(5*ms))`, 0, `
SetDisk{Nodes:[] Sync:0s}
AddNode{Name:bare1 Kind:bare Config:[{Name:size Value:1}] Peers:[bare2]}
AddNode{Name:bare2 Kind:bare Config:[{Name:size Value:1}] Peers:[bare1]}
SetDisk{Nodes:[bare1 bare2] Sync:exponential(5ms)}`},
		{"a TCP stays as it is in what is not named", `
    a = lab.add("bare", size = 1)
    lab.tcp(congestion = "reno", delayed_ack = False)
    lab.tcp(a, nagle = True, initial_window = 3, min_rto = 5*ms)
    lab.tcp(delayed_ack = True)
    b = lab.add("bare", name = "b", size = 1)
    lab.tcp([a, b], congestion = "cubic")`, 1, `
SetTCP{Nodes:[] Settings:{Congestion:reno DelayedAck:false Nagle:false InitialWindow:10 MinRTO:200ms}}
SetTCP{Nodes:[bare] Settings:{Congestion:reno DelayedAck:false Nagle:true InitialWindow:3 MinRTO:5ms}}
SetTCP{Nodes:[] Settings:{Congestion:reno DelayedAck:true Nagle:false InitialWindow:10 MinRTO:200ms}}
SetTCP{Nodes:[bare] Settings:{Congestion:reno DelayedAck:true Nagle:true InitialWindow:3 MinRTO:5ms}}
AddNode{Name:b Kind:bare Config:[{Name:size Value:1}] Peers:[]}
SetTCP{Nodes:[bare] Settings:{Congestion:cubic DelayedAck:true Nagle:true InitialWindow:3 MinRTO:5ms}}
SetTCP{Nodes:[b] Settings:{Congestion:cubic DelayedAck:true Nagle:false InitialWindow:10 MinRTO:200ms}}`},
		{"reset names each pair once", `
    a, b = lab.add("bare", count = 2, size = 1)
    lab.reset([a, b], [a, b])`, 2, `
Reset{A:bare1 B:bare2}`},
	} {
		w := newWorld()
		r := runText(t, w, "def test_x(lab):"+c.body+"\n")
		if r.Outcome != result.Passed {
			t.Errorf("%s: %s", c.name, textOf(r))
		}
		got := "\n" + w.log(c.skip)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func TestProfilesNameTheirFields(t *testing.T) {
	w := newWorld()
	r := runText(t, w, `
def test_x(lab):
    lab.network(latency = exponential(5*ms), jitter = "2ms", loss = 0.5, duplicate = 0, reorder = 1, corrupt = 0.25,
                rate = "1mbit", queue = 64*KiB, mtu = 1400)
`)
	if r.Outcome != result.Passed {
		t.Fatal(textOf(r))
	}
	p := w.changes[0].(engine.SetDefault).Patch
	got := fmt.Sprint(star.Draw(p["latency"].(link.Draw)), star.Draw(p["jitter"].(link.Draw)), p["loss"], p["duplicate"], p["reorder"], p["corrupt"], p["rate"], p["queue"], p["mtu"])
	want := "exponential(5ms) 2ms 0.5 0 1 0.25 1000000 65536 1400"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHowARunMayEnd(t *testing.T) {
	boom := errors.New("no more ports")
	for _, c := range []struct {
		name, body string
		prepare    func(*world)
		outcome    result.Outcome
		class      trouble.Class
		want       string
	}{
		{"passed", "pass", nil, result.Passed, 0, "ok test_x"},
		{"skipped", `lab.skip("needs two machines")`, nil, result.Skipped, 0, "needs two machines"},
		{"skipped in an attempt", `lab.attempt(lambda: lab.skip("needs two machines"))`, nil, result.Skipped, 0, "needs two machines"},
		{"a node that ends by itself in an attempt", `lab.attempt(lab.add("box").die)`, nil, result.Broken, trouble.Plugin,
			"node box failed: boom"},
		{"a failure of a task that an attempt has spawned",
			"o = lab.attempt(lambda: lab.spawn(lambda: check(False)))\n    lab.sleep(1*s)", nil, result.Failed, 0, "check(False)"},
		{"a failure in a task", "lab.spawn(lambda: check(False))\n    lab.sleep(1*s)", nil, result.Failed, 0, "check(False)"},
		{"an error in a task", "lab.spawn(lambda: 1 // 0)\n    lab.sleep(1*s)", nil, result.Broken, trouble.Script, "division by zero"},
		{"tasks that wait for each other",
			"t = []\n    t += [lab.spawn(lambda: t[1].wait()), lab.spawn(lambda: t[0].wait())]\n    t[0].wait()",
			nil, result.Broken, trouble.Script,
			"every task waits for the end of another one: the experiment, task 1 (lambda), task 2 (lambda)"},
		{"many tasks that wait for each other",
			"def f():\n        for other in all:\n            other.wait()\n    all = [lab.spawn(f) for _ in range(5000)]\n    all[0].wait()",
			nil, result.Broken, trouble.Script, "task 9 (f), 4991 more"},
		{"a node that ends by itself", `lab.add("box").die()`, nil, result.Broken, trouble.Plugin, "node box failed: boom"},
		{"a node that ends by itself at the very end", `lab.spawn(lab.add("box").die)` + "\n    lab.sleep(0*s)", nil, result.Broken,
			trouble.Plugin, "main.go:1"},
		{"an engine that cannot go on", "lab.sleep(1*s)", func(w *world) {
			w.block = make(chan struct{})
			w.Interrupt(boom)
		}, result.Broken, trouble.Host, "no more ports"},
		{"an engine that refuses", `lab.add("box")`, func(w *world) { w.refuse = errors.New("bad topology") }, result.Broken, trouble.Script,
			"bad topology"},
	} {
		w := newWorld()
		if c.prepare != nil {
			c.prepare(w)
		}
		r := runText(t, w, "def test_x(lab):\n    "+c.body+"\n")
		var class trouble.Class
		if r.Error != nil {
			class = r.Error.Class
		}
		if r.Outcome != c.outcome || class != c.class || !strings.Contains(textOf(r), c.want) {
			t.Errorf("%s: got %s %s, want %s %s and %q:\n%s", c.name, r.Outcome, class, c.outcome, c.class, c.want, textOf(r))
		}
		if w.closed != 1 || r.Summary.Digest != 7 {
			t.Errorf("%s: closed %d times, summary %+v", c.name, w.closed, r.Summary)
		}
		if c.class == trouble.Host && c.outcome == result.Broken && !errors.Is(r.Cause, boom) {
			t.Errorf("%s: cause is %v", c.name, r.Cause)
		}
	}
}

func TestWhatIsPrintedIsKept(t *testing.T) {
	r := runText(t, newWorld(), "def test_x(lab):\n    print(\"a\", 1*s)\n    lab.spawn(lambda: print(\"b\")).wait()\n")
	if diff := cmp.Diff([]string{"a 1s", "b"}, r.Prints); diff != "" {
		t.Error(diff)
	}
}

func TestTheLastChangesStillHappen(t *testing.T) {
	w := newWorld()
	if r := runText(t, w, "def test_x(lab):\n    lab.add(\"box\")\n"); r.Outcome != result.Passed || w.runs != 1 {
		t.Errorf("time passed %d times, want 1: %s", w.runs, textOf(r))
	}
}

// TestCancellingEndsARun covers both places where a run can be: in the engine, and in the script.
func TestCancellingEndsARun(t *testing.T) {
	for _, body := range []string{"lab.sleep(1*s)", "sum([1 for i in range(1 << 40)])"} {
		w := newWorld()
		w.block = make(chan struct{})
		all, err := loadText(t, "def test_x(lab):\n    "+body+"\n").Experiments(nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(context.Background())
		done := make(chan *Result)
		go func() {
			done <- Run(ctx, all[0], w, RunOptions{Engine: "sim", Kinds: boxes(t), Steps: math.MaxUint64})
		}()
		cancel(errors.New("control-C"))
		if r := <-done; r.Error.Class != trouble.Interrupted || !strings.Contains(textOf(r), "interrupted: control-C") {
			t.Errorf("%s: %s", body, textOf(r))
		}
	}
}

func TestAScriptThatEatsMemoryIsEnded(t *testing.T) {
	stop := load.WatchHeap(64<<20, func(err error) { t.Errorf("gave up: %v", err) })
	defer stop()
	r := runText(t, newWorld(), `
def test_x(lab):
    xs = []
    for i in range(1 << 40):
        xs.append("%d" % i * 1000)
`)
	if r.Outcome != result.Broken || r.Error.Class != trouble.Script || !strings.Contains(textOf(r), "the heap has grown beyond 64 MiB") {
		t.Error(textOf(r))
	}
}

func TestABuiltinThatEatsMemoryIsGivenUp(t *testing.T) {
	gave := make(chan error, 1)
	stuck := &load.Stopper{}
	unwatch := load.Stoppers.Watch(stuck)
	defer unwatch()
	runtime.GC() // what other tests have left does not count
	stop := load.WatchHeap(1<<20, func(err error) { gave <- err })
	defer stop()
	eaten := make([]byte, 8<<20)
	if err := <-gave; !strings.Contains(err.Error(), "too much memory") {
		t.Error(err)
	}
	runtime.KeepAlive(eaten)
}

func TestManyRunsShareOneFile(t *testing.T) {
	f, err := load.Load(context.Background(), "testdata/hold/tasks.star", load.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.Experiments(nil)
	if err != nil {
		t.Fatal(err)
	}
	kinds := boxes(t)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for _, e := range all {
				r := Run(context.Background(), e, newWorld(), RunOptions{Engine: "sim", Seed: uint64(i), Kinds: kinds})
				if r.Outcome != result.Passed {
					t.Error(textOf(r))
				}
			}
		})
	}
	group.Wait()
}

// BenchmarkRun is the overhead of a run that does nothing.
func BenchmarkRun(b *testing.B) {
	benchmark(b, "def test_x(lab):\n    pass\n")
}

// BenchmarkPoll is an eventually that looks a hundred times at five nodes each.
func BenchmarkPoll(b *testing.B) {
	benchmark(b, `
def test_x(lab):
    nodes = lab.add("box", count = 5)
    lab.eventually(lambda: [n for n in nodes if n.status().term == 3] or lab.now() >= 990*ms, within = 1*s)
`)
}

func benchmark(b *testing.B, text string) {
	all, err := loadText(b, text).Experiments(nil)
	if err != nil {
		b.Fatal(err)
	}
	kinds := boxes(b)
	b.ReportAllocs()
	for b.Loop() {
		if r := Run(context.Background(), all[0], newWorld(), RunOptions{Kinds: kinds}); r.Outcome != result.Passed {
			b.Fatal(textOf(r))
		}
	}
}
