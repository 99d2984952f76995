package lab

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script"
)

// What is told of a failure in sim must not depend on how busy the machine was.
func TestWhetherAFailureIsRunAgainDoesNotDependOnItsRealTime(t *testing.T) {
	sweepOn := func(engine string, twice bool) *sweep {
		return &sweep{session: &session{options: Options{Twice: twice, Timeout: time.Second}}, file: &file{engine: engine}}
	}
	slow := &script.Result{Run: result.Run{Took: time.Hour}}
	for _, test := range []struct {
		name  string
		of    *sweep
		run   *script.Result
		whole bool // it was recorded
		want  bool
	}{
		{"a quick one", sweepOn("sim", false), &script.Result{}, false, true},
		{"a slow one", sweepOn("sim", false), slow, false, true},
		{"one that was recorded", sweepOn("sim", false), slow, true, false},
		{"one that was recorded and is to be compared", sweepOn("sim", true), slow, true, true},
		{"one whose end was chance", sweepOn("sim", true), &script.Result{Stopped: true}, false, false},
		{"one that has been compared", sweepOn("sim", true), &script.Result{Run: result.Run{Parting: &result.Parting{}}}, false, false},
		{"a live one", sweepOn("live", false), slow, false, false},
	} {
		if got := test.of.repeats(test.run, test.whole); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestTheRateOfASweepDoesNotCountTheBuild(t *testing.T) {
	begin := time.Now()
	s := &sweep{session: &session{}, begin: begin}
	if got := s.since(); got != begin {
		t.Errorf("without a program: got %v, want %v", got, begin)
	}
	before, after := begin.Add(-time.Second), begin.Add(time.Second)
	for built, want := range map[*time.Time]time.Time{&before: begin, &after: after} {
		s.session.built.Store(built)
		if got := s.since(); got != want {
			t.Errorf("built at %v: got %v, want %v", built, got, want)
		}
	}
}
