package script

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
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
