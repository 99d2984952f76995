package lab

import (
	"testing"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/lab/trouble"
)

func TestARunThatWasStoppedPartsFromNone(t *testing.T) {
	whole := &script.Result{Run: result.Run{Outcome: result.Passed, Digest: 1}}
	other := &script.Result{Run: result.Run{Outcome: result.Passed, Digest: 2}}
	stopped := &script.Result{Stopped: true, Run: result.Run{
		Outcome: result.Broken, Error: &trouble.Error{Text: "the run takes longer than 1s of real time"},
	}}
	if parting(whole, other) == nil {
		t.Error("runs with two digests do not part")
	}
	if parting(whole, stopped) != nil || parting(stopped, whole) != nil {
		t.Error("how far a stopped run has come is chance, and told as a difference")
	}
}
