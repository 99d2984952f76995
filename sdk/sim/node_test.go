package sim_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sim"
	"github.com/netlab-dev/netlab/sdk/value"
)

func TestNamesOfNodesAreUniqueAndUsable(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	for _, name := range []string{"n1", "", "a:b", "a b"} {
		if _, err := l.Add(name, nil); err == nil {
			t.Errorf("added a node %q", name)
		}
	}
}

func TestANodeIsCrashedUntilItIsStarted(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	n := l.Node("n1")
	var got []any
	look := func() { got = append(got, n.State(), n.Incarnation()) }
	look()
	l.start("n1", idle)
	look()
	if err := n.Start(idle); err == nil {
		t.Error("started a node that is up")
	}
	n.Pause()
	look()
	n.Crash()
	look()
	l.start("n1", idle)
	look()
	l.wantEqual("states", got, []any{"crashed", -1, "running", 0, "paused", 0, "crashed", 0, "running", 1})
}

func TestNodesThatStartTogetherAllExistWhenTheFirstActs(t *testing.T) {
	l := newLab(t, sim.Config{})
	dial := func(other string) func(sdk.Env) error {
		return func(e sdk.Env) error {
			_, err := e.Dial(other + ":1")
			if errors.Is(err, sdk.ErrRefused) {
				return nil
			}
			return err
		}
	}
	for name, other := range map[string]string{"n1": "n2", "n2": "n1"} {
		_, err := l.Add(name, []string{other})
		l.ok(err)
		l.start(name, dial(other))
	}
	l.run(time.Second)
	l.noFailures()
}

func TestACallThatDoesNotParkTakesNoTime(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	var order []string
	l.start("n1", func(e sdk.Env) error { order = append(order, "run"); return e.Sleep(time.Second) })
	l.Node("n1").Call(func(e sdk.Env) {
		e.Go(func() { order = append(order, "task") })
		order = append(order, "call")
	}, func(stopped bool) { order = append(order, "done") })
	l.wantEqual("order", order, []string{"run", "call", "done", "task"})
	l.wantTime("now", l.Now(), 0)
}

func TestCommandsOfAnInstantComeBeforeItsSteps(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	var order []string
	l.start("n1", func(e sdk.Env) error {
		must(e.Sleep(time.Second))
		order = append(order, "step")
		return nil
	})
	if stop := l.Run(time.Second, nil); stop != (sim.Stop{Reason: sim.Reached}) {
		t.Errorf("stopped by %+v", stop)
	}
	l.Node("n1").Call(func(sdk.Env) { order = append(order, "command") }, func(bool) {})
	if stop := l.Run(time.Second+1, nil); !stop.Quiescent {
		t.Errorf("stopped by %+v, want quiescent", stop)
	}
	l.wantEqual("order", order, []string{"command", "step"})
	l.wantTime("now", l.Now(), time.Second+1)
}

func TestRunStopsAfterTheStepThatWakesIt(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	count := 0
	l.start("n1", func(e sdk.Env) error {
		for {
			must(e.Sleep(ms))
			count++
		}
	})
	stop := l.Run(time.Second, func() bool { return count == 3 })
	if stop.Reason != sim.Woken || l.Now() != 3*ms || l.Steps() != 3 {
		t.Errorf("%+v at %v after %d steps", stop, l.Now(), l.Steps())
	}
	if stop = l.Run(time.Second, func() bool { return true }); l.Now() != 3*ms {
		t.Errorf("went on to %v although it was to wake at once", l.Now())
	}
	if l.Run(ms, nil); l.Now() != 3*ms {
		t.Errorf("went back to %v", l.Now())
	}
}

func TestACrashEndsCallsAndResetsConnections(t *testing.T) {
	l, d, _ := pair(t)
	var ends []bool
	l.Node("n1").Call(func(e sdk.Env) { must(e.Sleep(long)) }, func(stopped bool) { ends = append(ends, stopped) })
	l.Node("n1").Crash()
	l.wantEqual("ends of the call", ends, []bool{true})
	l.Node("n1").Call(func(sdk.Env) { t.Error("ran on a crashed node") }, func(s bool) { ends = append(ends, s) })
	l.wantEqual("ends of both calls", ends, []bool{true, true})
	took := l.call("n2", func(e sdk.Env) {
		_, err := d.Read(make([]byte, 1))
		l.wantErr("read", err, sdk.ErrReset)
	})
	l.wantTime("the reset", took, 20*ms)
	l.call("n2", func(e sdk.Env) {
		_, err := e.Dial("n1:7")
		l.wantErr("dial", err, sdk.ErrRefused)
	})
	l.start("n1", echo)
	l.call("n2", func(e sdk.Env) { get(e.Dial("n1:7")) })
}

func TestATaskUnwindsFromWhereItIsParkedWithoutEffect(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1", "n2")
	l.start("n2", echo)
	var order []string
	l.start("n1", func(e sdk.Env) error {
		c, s, box := get(e.Dial("n2:7")), get(e.ListenPacket(5)), e.NewCond()
		file := get(e.Disk().Open("f"))
		e.AfterFunc(time.Second, func() { t.Error("a timer outlived its node") })
		defer func() {
			_, dialErr := e.Dial("n2:7")
			_, sendErr := s.WriteTo(nil, value.Addr("n2:7"))
			_, listenErr := e.Listen(9)
			for what, err := range map[string]error{
				"sleep": e.Sleep(0), "dial": dialErr, "send": sendErr, "close": c.Close(), "listen": listenErr,
				"sync": file.Sync(), "wait": box.Wait(time.Time{}),
			} {
				l.wantErr(what, err, sdk.ErrStopped)
			}
			e.Emit(struct{}{})
			e.Go(func() { t.Error("a task began on a dead node") })
			e.AfterFunc(0, func() { t.Error("a timer began on a dead node") }).Stop()
			box.Broadcast()
			order = append(order, "outer")
		}()
		defer func() { order = append(order, "inner") }()
		must(e.Sleep(long))
		t.Error("a task went on after a crash")
		return nil
	})
	l.run(time.Second)
	l.Node("n1").Crash()
	l.wantEqual("deferred calls", order, []string{"inner", "outer"})
	l.run(time.Minute)
	l.noFailures()
	if events := l.Drain(); len(events) > 0 {
		t.Errorf("events of a dead node: %v", events)
	}
}

func TestUnsyncedWritesAreLostInACrash(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	must(l.SetSync("", link.NewFixed(5*ms)))
	l.start("n1", idle)
	took := l.call("n1", func(e sdk.Env) {
		f := get(e.Disk().Open("log"))
		get(f.WriteAt([]byte("synced"), 0))
		must(f.Sync())
		get(f.WriteAt([]byte("lost"), 6))
	})
	l.wantTime("sync", took, 5*ms)
	l.Node("n1").Crash()
	l.start("n1", idle)
	l.call("n1", func(e sdk.Env) {
		f := get(e.Disk().Open("log"))
		b := make([]byte, 20)
		n, err := f.ReadAt(b, 0)
		if string(b[:n]) != "synced" || err != io.EOF {
			t.Errorf("read %q, %v", b[:n], err)
		}
	})
}

func TestACrashDuringASyncLosesTheWrite(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	must(l.SetSync("", link.NewFixed(5*ms)))
	l.start("n1", func(e sdk.Env) error {
		f := get(e.Disk().Open("log"))
		get(f.WriteAt([]byte("lost"), 0))
		return f.Sync()
	})
	l.run(4 * ms)
	l.Node("n1").Crash()
	l.start("n1", idle)
	l.call("n1", func(e sdk.Env) {
		if size := get(get(e.Disk().Open("log")).Size()); size != 0 {
			t.Errorf("%d bytes survived", size)
		}
	})
}

func TestAPauseStopsTasksAndTimersButNotTheTransport(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1", "n2")
	l.latency(20 * ms)
	var ticks []time.Duration
	l.start("n1", func(e sdk.Env) error {
		e.Go(func() { must(echo(e)) })
		for {
			must(e.Sleep(100 * ms))
			ticks = append(ticks, l.Now())
		}
	})
	l.start("n2", idle)
	l.run(150 * ms)
	l.Node("n1").Pause()
	var c sdk.Conn
	took := l.call("n2", func(e sdk.Env) {
		c = get(e.Dial("n1:7"))
		get(c.Write([]byte("x")))
		must(c.SetReadDeadline(e.Now().Add(time.Second)))
		_, err := c.Read(make([]byte, 1))
		l.wantErr("read", err, sdk.ErrTimeout)
		must(c.SetReadDeadline(time.Time{}))
	})
	l.wantTime("dial and read", took, 1040*ms)
	called := false
	l.Node("n1").Call(func(sdk.Env) { called = true }, func(bool) {})
	l.run(10 * ms)
	if called {
		t.Error("a call ran on a paused node")
	}
	last := parked(l)
	l.wantText("what the call waits for", last[len(last)-1].What, "the resume of the node")
	l.Node("n1").Resume()
	l.wantTime("echo", l.call("n2", func(sdk.Env) { readN(c, 1) }), 20*ms)
	l.run(100 * ms)
	if !called {
		t.Error("the call did not run after the resume")
	}
	l.wantEqual("ticks", ticks, []time.Duration{100 * ms, 1200 * ms, 1300 * ms})
}

func TestANodePausedBeforeItsFirstTaskWaitsForTheResume(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	var began []time.Duration
	l.start("n1", func(sdk.Env) error { began = append(began, l.Now()); return nil })
	l.Node("n1").Pause()
	l.run(time.Second)
	l.Node("n1").Resume()
	l.run(time.Second)
	l.wantEqual("began", began, []time.Duration{time.Second})
}

func TestATimerThatIsOverdueAfterAPauseCanStillLoseToData(t *testing.T) {
	l, s1, s2 := sockets(t)
	var got string
	l.Node("n2").Call(func(e sdk.Env) {
		must(s2.SetReadDeadline(e.Now().Add(10 * ms)))
		b := make([]byte, 9)
		n, _, err := s2.ReadFrom(b)
		must(err)
		got = string(b[:n])
	}, func(bool) {})
	l.Node("n2").Pause()
	send(l, "n1", s1, "n2:2", "data")
	l.run(time.Second)
	l.Node("n2").Resume()
	l.run(ms)
	l.noFailures()
	l.wantText("received", got, "data")
}

func TestTheReportOfAQuietWorldSaysWhatTasksWaitFor(t *testing.T) {
	l := newLab(t, sim.Config{}, "n2", "n1", "n3")
	l.start("n1", echo)
	l.start("n2", func(e sdk.Env) error {
		c := get(e.Dial("n1:7"))
		e.Go(func() { c.Read(make([]byte, 1)) })
		return e.NewCond().Wait(time.Time{})
	})
	l.start("n3", func(e sdk.Env) error { return e.Sleep(90 * time.Minute) })
	l.Node("n3").Call(func(e sdk.Env) { e.NewCond().Wait(e.Now().Add(2 * long)) }, func(bool) {})
	if stop := l.Run(long, nil); stop.Quiescent {
		t.Error("quiescent although a task sleeps")
	}
	l.wantEqual("parked", parked(l), []sim.Parked{
		{Node: "n1", What: "accept on n1:7"},
		{Node: "n1", What: "receive on n1:7"},
		{Node: "n1", What: "read from n2:49152"},
		{Node: "n2", What: "wait for a signal"},
		{Node: "n2", What: "read from n1:7"},
		{Node: "n3", What: "sleep until 1h30m0s"},
		{Node: "n3", What: "wait for a signal until 2h0m0s"},
	})
	if stop := l.Run(3*long, nil); !stop.Quiescent || l.Now() != 3*long {
		t.Errorf("%+v at %v, want quiescent", stop, l.Now())
	}
}

// What a turn tells of its tasks does not grow with their number: with 8,000 open connections each turn walked them all.
func TestOfManyParkedTasksAFewAreListedAndAllCounted(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.start("n1", func(e sdk.Env) error {
		for range 299 {
			e.Go(func() { _ = e.Sleep(time.Hour) })
		}
		return e.Sleep(time.Hour)
	})
	l.run(time.Second)
	if list, more := l.Parked(100); len(list) != 100 || more != 200 {
		t.Errorf("%d tasks are listed and %d more counted, want 100 and 200", len(list), more)
	}
	l.run(2 * time.Hour)
	if list, more := l.Parked(100); len(list) != 0 || more != 0 {
		t.Errorf("%d tasks are listed and %d more counted after all have ended", len(list), more)
	}
}
