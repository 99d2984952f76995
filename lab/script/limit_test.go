package script

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
)

// slowToClose is a world that takes a minute to close.
type slowToClose struct{ *world }

func (s slowToClose) Close() (engine.Summary, error) {
	<-time.After(time.Minute)
	return s.world.Close()
}

func TestAnEngineThatClosesSlowlyIsNoScriptThatCannotBeStopped(t *testing.T) {
	for _, body := range []string{"lab.sleep(1*hour)", "pass"} {
		all, err := loadText(t, "def test_x(lab):\n    "+body+"\n").Experiments(nil)
		if err != nil {
			t.Fatal(err)
		}
		kinds := boxes(t)
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			if body != "pass" {
				w.block = make(chan struct{})
			}
			r := Run(context.Background(), all[0], slowToClose{w}, RunOptions{Engine: "sim", Kinds: kinds, Limit: load.Limit{
				Time: time.Second, Stuck: func(err error) { t.Errorf("%s: given up: %v", body, err) },
			}})
			if late := strings.Contains(textOf(r), "takes longer than 1s"); late != r.Stopped || late == (body == "pass") {
				t.Errorf("%s: stopped is %v: %s", body, r.Stopped, textOf(r))
			}
		})
	}
}

func TestManyTasksThatEndTakeNoSquareOfTheirNumber(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := runText(t, newWorld(), "def test_x(lab):\n    for _ in range(8000):\n        lab.spawn(lab.sleep, 1*s)\n    lab.sleep(2*s)\n")
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<30 || r.Outcome != result.Passed {
		t.Errorf("allocated %d MiB, want less than 1024: %s", took>>20, textOf(r))
	}
}

func TestTimersThatAreDueEndWithTheRun(t *testing.T) {
	boom := errors.New("boom")
	var r run
	r.timers = []timer{
		{do: func() error { r.Stop(boom); return nil }},
		{do: func() error { t.Error("it was stopped before"); return nil }},
	}
	if err := r.fire(0); err != boom {
		t.Errorf("got %v, want %v", err, boom)
	}
}
