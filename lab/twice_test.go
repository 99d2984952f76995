package lab

import (
	"errors"
	"testing"

	"github.com/netlab-dev/netlab/lab/host"
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

func TestTheStackAndTheProcessOfAnErrorAreNoDifference(t *testing.T) {
	broken := func(err error) *script.Result {
		return script.Broken(result.Experiment{}, 1, trouble.Plugin, err)
	}
	exit := func(pid int, cause string) error { return &host.Exit{Plugin: "p", Name: "sim", Pid: pid, Cause: cause} }
	for _, test := range []struct {
		first, second error
		differ        bool
	}{
		{errors.New("panic\ngoroutine 19"), errors.New("panic\ngoroutine 44"), false},
		{errors.New("panic: 1\ngoroutine 19"), errors.New("panic: 2\ngoroutine 19"), true},
		{exit(19, "it crashed"), exit(44, "it crashed"), false},
		{exit(19, "it crashed"), exit(19, "it left"), true},
	} {
		if got := parting(broken(test.first), broken(test.second)); (got != nil) != test.differ {
			t.Errorf("%v, then %v: got %+v, want a difference: %v", test.first, test.second, got, test.differ)
		}
	}
}
