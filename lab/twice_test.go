package lab

import (
	"testing"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/lab/trouble"
)

func TestARunThatWasStoppedPartsFromNone(t *testing.T) {
	whole := &script.Result{Outcome: script.Passed, Summary: engine.Summary{Digest: 1}}
	other := &script.Result{Outcome: script.Passed, Summary: engine.Summary{Digest: 2}}
	stopped := &script.Result{
		Outcome: script.Broken, Err: &trouble.Error{Text: "the run takes longer than 1s of real time"}, Stopped: true,
	}
	if parted(whole, other) == "" {
		t.Error("runs with two digests do not part")
	}
	if text := parted(whole, stopped) + parted(stopped, whole); text != "" {
		t.Errorf("how far a stopped run has come is chance, and told as a difference:%s", text)
	}
}
