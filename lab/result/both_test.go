package result

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// twofold is what --engine both has brought: experiments that agree, differ in a number, in their outcome and in why they
// have failed, and one that sim did not get to.
func twofold() *Report {
	of := func(id, engine string, at time.Duration, prints ...string) Sweep {
		e := Experiment{File: "a/x.star", ID: id, Name: id, Engine: engine}
		return Sweep{Experiment: e, Seed: 1, Asked: 1, Runs: 1, At: at, Wall: at, Prints: prints}
	}
	drive := func(s Sweep, p50, p99 time.Duration) Sweep {
		s.Series = []Series{{Name: "client: http://lb:8080/", Node: "client", Buckets: []Bucket{
			{Requests: 10, P50: p50, P99: p99}, {Requests: 1, P50: 9 * p50, P99: 9 * p99}, {Requests: 5, P50: p50 / 2, P99: p99 / 2},
		}}}
		return s
	}
	late := func(s Sweep) Sweep {
		s.Lateness = 4 * time.Millisecond
		return drive(s, 3*time.Millisecond, 20*time.Millisecond)
	}
	failed := func(s Sweep, source string, seeds ...uint64) Sweep {
		check := Check{Pos: trouble.Position{File: "a/x.star", Line: 9}, Source: source}
		s.Failures = []Failure{{Run: Run{Experiment: s.Experiment, Outcome: Failed, Checks: []Check{check}}, Seeds: seeds, Code: 1}}
		return s
	}
	many := of("test_sweep", "sim", 0)
	many.Asked, many.Runs = 40, 40
	some := of("test_some", "sim", 0)
	some.Asked, some.Runs, some.Skips = 40, 40, 3
	r := &Report{}
	for _, s := range []Sweep{
		late(of("test_same", "live", 1002*time.Millisecond, "x")), drive(of("test_same", "sim", time.Second, "x"), time.Millisecond, 20*time.Millisecond),
		drive(of("test_slow", "live", time.Second, "a", "3 ms"), 5*time.Millisecond, 20*time.Millisecond),
		drive(of("test_slow", "sim", time.Second, "a", "2 ms"), 5*time.Millisecond, 10*time.Millisecond),
		of("test_sweep", "live", time.Second), failed(many, "check(lab.seed < 9)", 9, 10),
		failed(of("test_broken", "live", time.Second), "check(a)", 1), failed(of("test_broken", "sim", time.Second), "check(b)", 1),
		failed(of("test_alike", "live", time.Second), "check(c)", 1), failed(of("test_alike", "sim", time.Second), "check(c)", 1),
		of("test_some", "live", 0), some,
		of("test_left", "live", time.Second), {Experiment: Experiment{ID: "test_never", Engine: "live"}, NotRun: true},
	} {
		r.Add(s)
	}
	return r
}

func TestBothEnginesStandSideBySideDifferencesFirst(t *testing.T) {
	want := `live and sim side by side, what differs first
                                      live     sim                   change
  ≠ test_sweep                        passed   2 of 40 failed
      wall clock                      1.0s     0us
      sim: x.star:9 check(lab.seed < 9)
  ≠ test_left                         passed   not run
  ~ test_broken                       failed   failed
      time                            1s       1s
      wall clock                      1.0s     1.0s
      live: x.star:9 check(a)
      sim: x.star:9 check(b)
  ~ test_slow                         passed   passed
      p99 of client: http://lb:8080/  20ms     10ms                  -50 %
      time                            1s       1s
      p50 of client: http://lb:8080/  5ms      5ms
      wall clock                      1.0s     1.0s
      live | 3 ms
      sim  | 2 ms
  = test_same                         passed   passed
      time                            1.002s   1s
      p50 of client: http://lb:8080/  3ms      1ms                   -67 %
      p99 of client: http://lb:8080/  20ms     20ms
      wall clock                      1.0s     1.0s
      lateness                        4ms
  = test_alike                        failed   failed
      time                            1s       1s
      wall clock                      1.0s     1.0s
      both: x.star:9 check(c)
  = test_some                         passed   37 passed, 3 skipped
      wall clock                      0us      0us
  - test_never                        not run  not run
`
	got := Text{}.Both(twofold())
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff + "\n" + got)
	}
}

func TestHostileNamesDoNotBreakTheComparison(t *testing.T) {
	r := twofold()
	for i := range r.Sweeps {
		s := &r.Sweeps[i]
		s.ID, s.Prints = "test_\x1b[2J\n日本"+strings.Repeat("x", 1<<20), []string{"\x1b[2J\n" + s.Engine}
		s.Series = []Series{{Name: "\n\x1b", Buckets: []Bucket{{Requests: 1, P50: time.Duration(i)}}}}
		r.Sweeps[i].File = string(rune('a' + i/2))
	}
	for _, width := range []int{0, 50, 80} {
		got := Text{Width: width}.Both(r)
		if strings.Contains(got, "\x1b") || len(got) > 100_000 {
			t.Errorf("got %.500q", got)
		}
		for line := range strings.Lines(got) {
			if columns := Columns(strings.TrimSuffix(line, "\n")); width > 0 && columns > width {
				t.Errorf("%d columns of %d: %q", columns, width, line)
			}
		}
	}
}
