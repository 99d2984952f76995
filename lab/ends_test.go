package lab

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script"
)

func TestTheEndsOfASweepAreBounded(t *testing.T) {
	s := &sweep{told: result.Sweep{Seed: 5}}
	for i := range 10_000 {
		seed := uint64(5 + (i+5000)%10_000) // runs end in any order
		r := &script.Result{Run: result.Run{Seed: seed, At: time.Duration(seed), Outcome: result.Passed}}
		if i%10 == 0 {
			r.Outcome = result.Skipped
		}
		if seed < 7 {
			r.Series = make([]result.Series, 5*seed)
		}
		s.end(r)
	}
	s.sortEnds()
	ends := s.told.Ends
	if n := len(ends); n > mostEnds || n < mostEnds/4 {
		t.Errorf("%d ends are kept, want at most %d", n, mostEnds)
	}
	for i, e := range ends {
		if (e.Seed-5)%4 != 0 || e.At != time.Duration(e.Seed) || i > 0 && e.Seed <= ends[i-1].Seed || e.Outcome != result.Passed {
			t.Fatalf("end %d is %+v, the one before %+v", i, e, ends[max(i-1, 0)])
		}
	}
	if len(s.told.Series) != mostSeries {
		t.Errorf("%d series, want the first of seed 5", len(s.told.Series))
	}
}

func TestOfManyWaysToFailOnlyTheFirstKeepTheirStories(t *testing.T) {
	s := &sweep{session: &session{}, failures: map[string]*failure{}}
	for seed := uint64(mostShown + 5); seed > 0; seed-- { // a smaller seed takes the place of a larger one
		for way := range 2 * mostShown {
			r := &script.Result{Run: result.Run{Seed: seed, Outcome: result.Failed, Checks: []result.Check{{Message: string(rune('a' + way))}}, Story: &result.Story{}}}
			s.fail(r, 1, false)
		}
	}
	kept := 0
	for _, f := range s.failures {
		if f.first.Story != nil {
			kept++
		}
	}
	if kept != mostShown {
		t.Errorf("%d stories are kept, want %d", kept, mostShown)
	}
}
