package sim_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sim"
	"github.com/netlab-dev/netlab/sdk/value"
)

func TestTheClockStartsAtTheEpochAndMovesWithTheWorld(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.start("n1", idle)
	l.call("n1", func(e sdk.Env) {
		begin := e.Now()
		must(e.Sleep(3 * time.Second))
		l.wantTime("since the epoch", begin.Sub(sdk.Epoch), 0)
		l.wantTime("slept", e.Now().Sub(begin), 3*time.Second)
	})
}

func TestPeersAreSorted(t *testing.T) {
	l := newLab(t, sim.Config{})
	n, err := l.Add("n1", []string{"n3", "n2"})
	l.ok(err)
	l.wantEqual("peers", n.Peers(), []string{"n2", "n3"})
}

func TestATimerRunsOnceUnlessItIsStopped(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.start("n1", idle)
	var ran []time.Duration
	l.call("n1", func(e sdk.Env) {
		run := func() { ran = append(ran, l.Now()) }
		first, second := e.AfterFunc(10*ms, run), e.AfterFunc(20*ms, run)
		must(e.Sleep(15 * ms))
		l.wantEqual("stops", []bool{first.Stop(), second.Stop(), second.Stop()}, []bool{false, true, false})
		must(e.Sleep(time.Second))
	})
	l.wantEqual("ran", ran, []time.Duration{10 * ms})
}

func TestASignalWakesWhoeverHasWaitedLongest(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	var woken []int
	l.start("n1", func(e sdk.Env) error {
		c := e.NewCond()
		for i := range 4 {
			e.Go(func() {
				c.Lock()
				must(c.Wait(time.Time{}))
				c.Unlock()
				woken = append(woken, i)
			})
		}
		must(e.Sleep(ms))
		c.Signal()
		must(e.Sleep(ms))
		l.wantEqual("after one signal", woken, []int{0})
		c.Broadcast()
		return nil
	})
	l.run(time.Second)
	l.wantEqual("after a broadcast", woken, []int{0, 1, 2, 3})
}

func TestASignalAtTheDeadlinesInstantWins(t *testing.T) {
	for _, test := range []struct {
		name   string
		signal time.Duration
		want   error
	}{
		{"before", 9 * ms, nil},
		{"at", 10 * ms, nil},
		{"after", 10*ms + 1, sdk.ErrTimeout},
	} {
		for seed := range uint64(10) { // whatever the ranks
			l := newLab(t, sim.Config{Seed: seed}, "n1")
			var got error
			l.start("n1", func(e sdk.Env) error {
				c := e.NewCond()
				e.Go(func() { got = c.Wait(sdk.Epoch.Add(10 * ms)) })
				must(e.Sleep(test.signal / 2))
				must(e.Sleep(test.signal - test.signal/2))
				c.Signal()
				return nil
			})
			l.run(time.Second)
			if got != test.want {
				t.Errorf("%s, seed %d: got %v, want %v", test.name, seed, got, test.want)
			}
		}
	}
}

func TestADeadlineThatHasPassedDoesNotWait(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.start("n1", idle)
	took := l.call("n1", func(e sdk.Env) {
		l.wantErr("wait", e.NewCond().Wait(e.Now().Add(-1)), sdk.ErrTimeout)
		l.wantErr("wait until now", e.NewCond().Wait(e.Now()), sdk.ErrTimeout)
	})
	l.wantTime("both", took, 0)
}

type leaderElected struct {
	Term int
	Log  []string `lab:"entries"`
}

func TestEventsComeInOrderOfTimeNodeAndNumber(t *testing.T) {
	l := newLab(t, sim.Config{}, "n2", "n1")
	emit := func(e sdk.Env) error {
		e.Emit(leaderElected{1, nil})
		e.Emit(&leaderElected{2, []string{"x"}})
		must(e.Sleep(ms))
		e.Emit(leaderElected{3, nil})
		return nil
	}
	l.start("n2", emit)
	l.start("n1", emit)
	l.run(2 * ms)
	l.Node("n1").Record(value.ClassFault, "cut", nil)
	var got []value.Event
	for _, e := range l.Drain() {
		e.Fields = e.Fields[:min(1, len(e.Fields))]
		got = append(got, e)
	}
	event := func(at time.Duration, node string, seq uint64, term int64) value.Event {
		return value.Event{
			At: at, Node: node, Seq: seq, Name: "leader_elected", Fields: value.Fields{{Name: "term", Value: term}},
		}
	}
	l.wantEqual("events", got, []value.Event{
		event(0, "n1", 1, 1), event(0, "n1", 2, 2), event(0, "n2", 1, 1), event(0, "n2", 2, 2),
		event(ms, "n1", 3, 3), event(ms, "n2", 3, 3),
		{At: 2 * ms, Node: "n1", Seq: 4, Class: value.ClassFault, Name: "cut"},
	})
	if again := l.Drain(); len(again) > 0 {
		t.Errorf("drained twice: %v", again)
	}
}

func TestLogLinesLeaveNodeAndTimeToTheirTaker(t *testing.T) {
	var log bytes.Buffer
	l := newLab(t, sim.Config{Log: func(string) io.Writer { return &log }}, "n1")
	l.start("n1", func(e sdk.Env) error {
		must(e.Sleep(1500 * ms))
		e.Log().Info("hello", "term", 3)
		return nil
	})
	l.run(long)
	want := "[INFO]  hello: term=3"
	l.wantText("line", strings.TrimSpace(log.String()), want)
}

func TestRandomStreamsBelongToNodeAndIncarnation(t *testing.T) {
	draws := func(seed uint64, names ...string) (got []uint64) {
		l := newLab(t, sim.Config{Seed: seed}, names...)
		for range 2 {
			for _, name := range names {
				l.start(name, idle)
				l.call(name, func(e sdk.Env) { got = append(got, e.Rand().Uint64()) })
				l.Node(name).Crash()
			}
		}
		return got
	}
	alone, both := draws(1, "n1"), draws(1, "n0", "n1")
	l := lab{t: t}
	l.wantEqual("with a node more", []uint64{both[1], both[3]}, alone)
	if alone[0] == alone[1] || both[0] == both[1] || draws(2, "n1")[0] == alone[0] {
		t.Error("seeds, nodes or incarnations share a stream")
	}
}
