package sim_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sim"
)

// failure runs the component on n1 until its node has failed.
func failure(t *testing.T, run func(sdk.Env) error) (lab, sim.Failure) {
	t.Helper()
	l := newLab(t, sim.Config{}, "n1", "n2")
	l.start("n2", echo)
	l.start("n1", run)
	l.run(time.Minute)
	failures := l.Failures()
	if len(failures) != 1 {
		t.Fatalf("failures: %+v, want one", failures)
	}
	l.wantText("node", failures[0].Node, "n1")
	l.wantText("state", l.Node("n1").State(), "crashed")
	return l, failures[0]
}

var errBroken = errors.New("broken")

func TestAnErrorOfRunFailsTheNode(t *testing.T) {
	l, f := failure(t, func(e sdk.Env) error {
		e.Go(func() { must(e.Sleep(long)) })
		must(e.Sleep(time.Second))
		return errBroken
	})
	l.wantErr("failure", f.Err, errBroken)
	l.wantTime("at", f.At, time.Second)
}

func TestAPanicFailsTheNodeWithTheComponentsStack(t *testing.T) {
	l, f := failure(t, func(e sdk.Env) error {
		get(e.Dial("n2:7"))
		e.Go(func() { panicDeepInside(e) })
		return nil
	})
	l.wantErr("failure", f.Err, errBroken)
	l.wantTime("at", f.At, time.Second+2*sim.Floor)
	if !strings.HasPrefix(f.Stack, "panic(") || !strings.Contains(f.Stack, "panicDeepInside") {
		t.Errorf("the stack does not show the place:\n%s", f.Stack)
	}
	if strings.Contains(f.Stack, "sim.(*worker)") || strings.Contains(f.Stack, "iter.Pull") {
		t.Errorf("the stack shows the kernel:\n%s", f.Stack)
	}
	for _, p := range parked(l) {
		if strings.HasPrefix(p.What, "read") {
			t.Errorf("n2 was not told of the failure: %v", p)
		}
	}
}

func panicDeepInside(e sdk.Env) {
	must(e.Sleep(time.Second))
	panic(errBroken)
}

func TestACallWhosePanicFailsTheNodeWasStopped(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.start("n1", idle)
	var ends []bool
	l.Node("n1").Call(func(sdk.Env) { panic("x") }, func(stopped bool) { ends = append(ends, stopped) })
	l.wantEqual("ends", ends, []bool{true})
	if f := l.Failures(); len(f) != 1 || f[0].Err.Error() != "panic: x" {
		t.Errorf("failures: %+v", f)
	}
}

func TestAnEventThatIsNoStructFailsTheNode(t *testing.T) {
	_, f := failure(t, func(e sdk.Env) error { e.Emit(3); return nil })
	if !strings.Contains(f.Err.Error(), "event int: want a struct") {
		t.Errorf("failed by %v", f.Err)
	}
}

func TestTimeThatDoesNotAdvanceFailsTheNode(t *testing.T) {
	for name, spin := range map[string]func(e sdk.Env) error{
		"sleep": func(e sdk.Env) error {
			for {
				must(e.Sleep(0))
			}
		},
		"signals": func(e sdk.Env) error {
			a, b := e.NewCond(), e.NewCond()
			e.Go(func() {
				for {
					a.Signal()
					must(b.Wait(time.Time{}))
				}
			})
			for {
				must(a.Wait(time.Time{}))
				b.Signal()
			}
		},
	} {
		_, f := failure(t, spin)
		if !strings.Contains(f.Err.Error(), "time does not advance") {
			t.Errorf("%s: failed by %v", name, f.Err)
		}
	}
}

func TestALoopThatIgnoresErrorsStillUnwinds(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.start("n1", func(e sdk.Env) error {
		defer func() {
			for { // as a retry would
				if e.Sleep(time.Second) == nil {
					t.Error("slept on a dead node")
				}
			}
		}()
		for {
			func() {
				defer func() { recover() }()
				must(e.Sleep(time.Second))
			}()
		}
	})
	l.run(10 * time.Second)
	l.Node("n1").Crash()
	l.wantText("state", l.Node("n1").State(), "crashed")
}

func TestAPanicInADeferredCallOfATaskThatUnwindsIsNoFailure(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.start("n1", func(e sdk.Env) error {
		defer func() { panic("late") }()
		return e.Sleep(long)
	})
	l.run(time.Second)
	l.Node("n1").Crash()
	l.noFailures()
}

func TestABlockingCallOutsideTasksPanics(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.start("n1", idle)
	defer func() {
		if recover() == nil {
			t.Error("slept outside of all tasks")
		}
	}()
	l.Node("n1").Sleep(time.Second)
}

func TestCloseEndsEverything(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1", "n2")
	l.start("n1", echo)
	deferred := 0
	l.start("n2", func(e sdk.Env) error {
		for range 1000 {
			e.Go(func() {
				defer func() { deferred++ }()
				c := get(e.Dial("n1:7"))
				readN(c, 1)
			})
		}
		return nil
	})
	l.run(time.Second)
	var ends []bool
	l.Node("n1").Call(func(e sdk.Env) { must(e.Sleep(long)) }, func(stopped bool) { ends = append(ends, stopped) })
	l.Close()
	l.Close()
	l.wantEqual("deferred calls", deferred, 1000)
	l.wantEqual("calls", ends, []bool{true})
	if stop := l.Run(long, nil); stop.Reason != sim.Closed {
		t.Errorf("ran on: %+v", stop)
	}
	if l.Node("n1").Start(idle) == nil {
		t.Error("started a node of a closed world")
	}
	// TestMain finds the goroutines that are left.
}

// hangs drives a world whose component does not give control back before release is closed, and returns the report.
func hangs(t *testing.T, run func(e sdk.Env, release <-chan struct{}) error) (node, stacks string) {
	t.Helper()
	type report struct{ node, stacks string }
	reports, release := make(chan report, 1), make(chan struct{})
	newLab(t, sim.Config{Hung: func(node, _ string) { t.Errorf("a world without nodes reported %q", node) }})
	l := newLab(t, sim.Config{
		HungAfter: 50 * ms,
		Hung:      func(node, stacks string) { reports <- report{node, stacks} },
	}, "n1", "n2")
	l.start("n2", echo)
	l.start("n1", func(e sdk.Env) error { return run(e, release) })
	var driver sync.WaitGroup
	driver.Go(func() { l.run(time.Second) })
	r := <-reports
	close(release)
	driver.Wait()
	return r.node, r.stacks
}

func waitOutside(release <-chan struct{}) { <-release }

func TestTheWatchdogReportsWhoBlocksOutsideTheEnvironment(t *testing.T) {
	node, stacks := hangs(t, func(e sdk.Env, release <-chan struct{}) error {
		must(e.Sleep(ms))
		waitOutside(release)
		return nil
	})
	if node != "n1" || !strings.Contains(stacks, "waitOutside") || strings.Contains(stacks, "sim.(*worker)") {
		t.Errorf("reported %s:\n%s", node, stacks)
	}
}

func TestTheWatchdogReportsALoopWithoutEnd(t *testing.T) {
	_, stacks := hangs(t, func(e sdk.Env, release <-chan struct{}) error {
		for {
			select {
			case <-release:
				return nil
			default:
			}
		}
	})
	if !strings.Contains(stacks, "ALoopWithoutEnd") {
		t.Errorf("reported:\n%s", stacks)
	}
}

func sleepLocked(e sdk.Env, mu *sync.Mutex) {
	mu.Lock()
	defer mu.Unlock()
	must(e.Sleep(time.Minute))
}

func TestTheWatchdogShowsWhoHoldsTheLock(t *testing.T) {
	_, stacks := hangs(t, func(e sdk.Env, release <-chan struct{}) error {
		var mu sync.Mutex
		e.Go(func() { sleepLocked(e, &mu) })
		must(e.Sleep(ms))
		for !mu.TryLock() { // a Lock would hang this test for good
			select {
			case <-release:
				return nil
			default:
			}
		}
		return nil
	})
	first, others, _ := strings.Cut(stacks, "another task of the node")
	if !strings.Contains(first, "WhoHoldsTheLock") || !strings.Contains(others, "sleepLocked") {
		t.Errorf("reported:\n%s", stacks)
	}
}
