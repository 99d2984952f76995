package sim_test

import (
	"slices"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sim"
)

// synced is how long syncs of a file took, one after the other.
func synced(l lab, node, file string, times int) (took []time.Duration) {
	l.call(node, func(e sdk.Env) {
		f := get(e.Disk().Open(file))
		for range times {
			began := e.Now()
			must(f.Sync())
			took = append(took, e.Now().Sub(began))
		}
	})
	return took
}

func TestASyncTakesAboutAMillisecondUnlessSomebodyHasSaidOtherwise(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1", "n2")
	l.start("n1", idle)
	l.start("n2", idle)
	took := synced(l, "n1", "log", 1000)
	if least, most := slices.Min(took), slices.Max(took); least < ms/2 || most > 3*ms/2 || most-least < 9*ms/10 {
		t.Errorf("syncs take %v to %v, want 500us to 1.5ms", least, most)
	}
	must(l.SetSync("n1", link.NewFixed(7*ms)))
	l.wantEqual("on n1 alone", []time.Duration{7 * ms}, synced(l, "n1", "log", 1))
	if d := synced(l, "n2", "log", 1)[0]; d > 3*ms/2 {
		t.Errorf("a sync of n2 takes %v", d)
	}
	must(l.SetSync("", link.NewFixed(0)))
	get(l.Add("n3", nil))
	l.start("n3", idle)
	for _, name := range []string{"n1", "n2", "n3"} {
		l.wantEqual("on every node", []time.Duration{0}, synced(l, name, "log", 1))
	}
	if err := l.SetSync("n4", link.NewFixed(0)); err == nil {
		t.Error("a node that there is not has a disk")
	}
}

func TestASyncOfOneFileMovesNoSyncOfAnother(t *testing.T) {
	run := func(seed uint64, others bool) (took []time.Duration) {
		l := newLab(t, sim.Config{Seed: seed}, "n1", "n2")
		for range 2 {
			l.start("n1", idle)
			l.start("n2", idle)
			if others {
				synced(l, "n2", "log", 5)
				synced(l, "n1", "snapshot", 5)
			}
			took = append(took, synced(l, "n1", "log", 5)...)
			l.Node("n1").Crash()
			l.Node("n2").Crash()
		}
		return took
	}
	alone := run(1, false)
	(&lab{t: t}).wantEqual("beside syncs of others", alone, run(1, true))
	if slices.Equal(alone, run(2, false)) || slices.Equal(alone[:5], alone[5:]) {
		t.Error("seeds or incarnations share the times of their syncs")
	}
}

func TestANodesClockMovesNoSync(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	must(l.SetSync("n1", link.NewFixed(10*ms)))
	l.start("n1", func(e sdk.Env) error { return get(e.Disk().Open("log")).Sync() })
	var ended time.Duration
	l.Node("n1").SetClock(0.5, 0)
	l.Node("n1").Call(func(e sdk.Env) {
		must(get(e.Disk().Open("log")).Sync())
		ended = l.Now()
	}, func(bool) {})
	l.run(5 * ms)
	l.Node("n1").SetClock(2, 0)
	l.run(20 * ms)
	l.wantTime("a sync", ended, 10*ms)
}
