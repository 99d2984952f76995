package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/sdk/manifest"
)

func TestATurnWithoutAnAnswerEndsTheRun(t *testing.T) {
	program := villainProgram(t)
	h := newHost(t)
	for _, misdeed := range []string{"hang", "stop", "spin"} {
		t.Run(misdeed, func(t *testing.T) {
			plugin := &host.Plugin{
				Name: "villain", Path: program, Manifest: &manifest.Manifest{Kinds: []*manifest.Kind{{Name: "villain"}}},
			}
			var runs []engine.Engine
			for i := range 2 {
				e, err := engine.NewSim(h, plugin, engine.Options{Seed: seed})
				if err != nil {
					t.Fatal(err)
				}
				if i == 0 {
					engine.LimitSilence(e, 10*time.Millisecond, 30)
				}
				if err := e.Apply(engine.AddNode{Name: "n1", Kind: "villain"}); err != nil {
					t.Fatal(err)
				}
				if _, err := e.Run(time.Millisecond, engine.Wake{}); err != nil {
					t.Fatal(err)
				}
				runs = append(runs, e)
			}
			guilty, victim := runs[0], runs[1]
			guilty.Call(engine.Call{Node: "n1", Method: misdeed})
			_, err := guilty.Run(time.Second, engine.Wake{})
			if want := "plugin villain (sim): no answer to a turn within 300ms"; err == nil || err.Error() != want {
				t.Errorf("got %v, want %q", err, want)
			}
			wantPluginError(t, err)
			_, err = victim.Run(time.Second, engine.Wake{})
			var exit *host.Exit
			if want := "it gave another run no answer to a turn within 300ms"; !errors.As(err, &exit) || exit.Reason() != want {
				t.Errorf("another run in the process: %v, want %q", err, want)
			}
			for _, e := range runs {
				if _, err := e.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			}
		})
	}
}

func TestALongTurnIsNoSilence(t *testing.T) {
	s := newStage(t, newHost(t), false)
	const every, most, steps = time.Millisecond, 50, 1_000_000
	engine.LimitSilence(s.Engine, every, most)
	s.add("probe", nil, "n1")
	began := time.Now()
	s.call("n1", "toil", "steps", steps)
	if took := time.Since(began); took < every*most {
		t.Errorf("%d steps took %v, which proves nothing of a limit of %v", steps, took, every*most)
	}
}

func TestAComponentThatBlocksWhereNoTaskRunsEndsTheRun(t *testing.T) {
	s := newStage(t, newHost(t), false)
	s.add("probe", nil, "n1")
	s.call("n1", "jam")
	engine.LimitSilence(s.Engine, 10*time.Millisecond, 30)
	s.add("jam", nil, "n2")
	_, err := s.Run(time.Second, engine.Wake{})
	if want := "plugin suite (sim): no answer to a turn within 300ms"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	wantPluginError(t, err)
}

func TestAPluginThatABusyMachineHoldsUpIsNotSilent(t *testing.T) {
	for _, test := range []struct {
		computed time.Duration
		wants    bool
		counts   time.Duration
	}{
		{30 * time.Millisecond, true, 30 * time.Millisecond}, {2 * time.Second, true, time.Second}, {0, true, 0}, {0, false, time.Second},
	} {
		if got := engine.CountSilence(time.Second, test.computed, test.wants); got != test.counts {
			t.Errorf("%v of processor time in a second, wants more %v: %v counts, want %v", test.computed, test.wants, got, test.counts)
		}
	}
}
