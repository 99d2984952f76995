package lab

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/lab/script/load"
)

// sweep is one experiment on many seeds, several at a time.
type sweep struct {
	session    *session
	file       *file
	experiment *load.Experiment
	begin      time.Time

	mu       sync.Mutex
	told     result.Sweep
	failures map[string]*failure // by why
	stride   uint                // of the ends that are kept: see keeps
}

// failure is what is kept of the runs that have failed in one way.
type failure struct {
	first *script.Result // that with the smallest seed
	again bool           // it may be run again for its trace
	bare  bool           // its story is not kept: of so many nobody looks at each
	seeds []uint64
	code  int
}

// mostWays bounds the ways of failing that are told apart. What comes after so many is counted with the last.
const mostWays = 100

func newSweep(b *session, f *file, e *load.Experiment) *sweep {
	return &sweep{session: b, file: f, experiment: e, begin: time.Now(), failures: map[string]*failure{}, told: result.Sweep{
		Experiment: e.Describe(f.engine), Seed: b.options.seed(), Asked: b.options.runs(f.engine),
	}}
}

// shared is how long a run may take for one more to join those that are under way. Many short ones together cost less;
// long ones would only take the time from each other that a run may take.
const shared = time.Second

// run executes the seeds: a few at a time, more while they are quick, fewer when they take too much memory.
func (s *sweep) run(ctx context.Context) {
	runs := s.told.Asked
	seeds := make(chan uint64)
	var workers sync.WaitGroup
	var running atomic.Int64
	var join func()
	join = func() {
		if running.Add(1) > int64(min(s.session.options.flight(s.file.engine), runs)) {
			running.Add(-1)
			return
		}
		workers.Go(bug.Guarded(func() {
			for seed := range seeds {
				quick := s.seed(ctx, seed) < shared
				switch s.crowd(running.Load()) {
				case more:
					if quick {
						join()
					}
				case fewer:
					if running.Add(-1) > 0 {
						return
					}
					running.Add(1)
				}
			}
		}))
	}
	for range max(s.session.options.Jobs, 2*runtime.GOMAXPROCS(0)) {
		join()
	}
	for i := range runs {
		if s.told.Enough = s.session.enough(); ctx.Err() != nil || s.told.Enough {
			break
		}
		seeds <- s.told.Seed + uint64(i)
	}
	close(seeds)
	workers.Wait()
	s.told.Interrupted = s.told.Runs < s.told.Asked && !s.told.Enough
}

// crowd is what memory lets the number of runs under way do.
func (s *sweep) crowd(runs int64) crowding {
	world := s.file.current.Load().world
	if world == nil {
		return more
	}
	resident := s.session.host.Resident(world)
	if resident < roomy/4 {
		return more
	}
	return crowd(runs, resident, host.Available())
}

type crowding int

const (
	fewer crowding = iota - 1
	same
	more
)

// roomy is how much memory the process of all sim runs may take for one more to join. What they hold together ends
// functions of scripts at 2 GiB, whichever holds most: a sweep must not come near it.
const roomy = 1 << 30

// crowd compares what the process of so many runs takes with what the machine has left, in bytes; 0 if that is unknown.
// They may have half of both. One more joins when there is room for it, should it take as much as the others.
func crowd(runs, resident, available int64) crowding {
	most := (resident + available) / 2
	if available == 0 {
		most = roomy
	}
	switch {
	case resident > max(most, roomy/4) && available > 0:
		return fewer
	case resident+resident/runs > min(most, roomy):
		return same
	}
	return more
}

// compares tells whether each seed is run twice; one that has failed is in any case, see show.
func (s *sweep) compares() bool { return s.session.options.Twice && s.file.engine == "sim" }

// seed is one run. It returns how long that has taken on the wall clock.
func (s *sweep) seed(ctx context.Context, seed uint64) time.Duration {
	single := s.told.Asked == 1
	// Otherwise traced runs a failure again: with -v it would log twice.
	full := single && (s.session.options.Log != nil || s.session.options.Story)
	r := s.session.once(ctx, s.file, s.experiment, seed, full)
	code := codeOf(r)
	if r.Outcome == result.Passed && s.compares() {
		r, code = s.compared(r, s.session.once(ctx, s.file, s.experiment, seed, false))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if interrupted(r) {
		return r.Took
	}
	s.count(r)
	if code != 0 {
		s.fail(r, code, s.repeats(r, full))
	}
	if progress := s.session.options.OnProgress; progress != nil && !single {
		progress(Progress{ID: s.told.ID, Done: s.told.Runs, Of: s.told.Asked, Failed: s.failed(), Since: s.since()})
	}
	return r.Took
}

// since is when the runs could begin: the first one waits until its programs are built, which says nothing of the others.
func (s *sweep) since() time.Time {
	if built := s.session.built.Load(); built != nil && built.After(s.begin) {
		return *built
	}
	return s.begin
}

// repeats tells whether a failure is run again, for its trace. How long it took does not matter: what is told of a run in
// sim must follow from the run.
func (s *sweep) repeats(r *script.Result, full bool) bool {
	return s.file.engine == "sim" && !r.Stopped && r.Parting == nil && (!full || s.compares())
}

// count adds a run to what is told of all.
func (s *sweep) count(r *script.Result) {
	o := &s.told
	o.Runs++
	s.end(r)
	o.Steps += r.Steps
	o.Lateness = max(o.Lateness, r.Lateness)
	if o.Asked == 1 {
		o.At, o.Digest, o.Prints = r.At, r.Digest, r.Prints
		if r.Outcome == result.Passed && r.Parting == nil && r.Story != nil && s.session.options.Story {
			o.Shown = &r.Run
		}
	}
	if len(r.Notes) > 0 {
		if o.Noted == 0 {
			o.Notes = r.Notes
		}
		o.Noted++
	}
	if r.Outcome == result.Skipped {
		o.Skips++
		o.Reason = r.Reason
	}
}

// fail puts a run to those that have failed in the same way.
func (s *sweep) fail(r *script.Result, code int, again bool) {
	s.session.failed.Add(1)
	why := fmt.Sprint(code, " ", r.Why())
	f := s.failures[why]
	if f == nil && len(s.failures) >= mostWays {
		f = s.failures[""]
		why = ""
	}
	if f == nil {
		f = &failure{first: r, again: again, code: code, bare: len(s.failures) >= mostShown}
		s.failures[why] = f
	}
	if f.bare {
		r.Story = nil
	}
	if r.Seed < f.first.Seed {
		f.first, f.again = r, again
	}
	f.code = max(f.code, code)
	f.seeds = append(f.seeds, r.Seed)
}

func (s *sweep) failed() (n int) {
	for _, f := range s.failures {
		n += len(f.seeds)
	}
	return n
}

// mostShown is how many ways of failing are run again for their traces.
const mostShown = 10

// outcome is what came of all runs.
func (s *sweep) outcome(ctx context.Context) result.Sweep {
	var ways []*failure
	for _, f := range s.failures {
		slices.Sort(f.seeds)
		ways = append(ways, f)
	}
	slices.SortFunc(ways, func(a, b *failure) int {
		return cmp.Or(cmp.Compare(b.code, a.code), cmp.Compare(a.first.Seed, b.first.Seed))
	})
	for i, f := range ways {
		run := f.first
		if f.again && i < mostShown {
			run = s.traced(ctx, run)
		}
		s.told.Failures = append(s.told.Failures, result.Failure{Run: run.Run, Seeds: f.seeds, Code: f.code, Others: f == s.failures[""]})
		s.told.Code = max(s.told.Code, f.code)
	}
	s.sortEnds()
	s.told.Wall = time.Since(s.begin)
	return s.told
}

// traced runs a failure again with the whole trace, which a sweep does not keep. As a rule that is the same run, step for
// step; where it is not, the first one counts, and the difference is told.
func (s *sweep) traced(ctx context.Context, first *script.Result) *script.Result {
	again := s.session.once(ctx, s.file, s.experiment, first.Seed, true)
	if again.Stopped {
		bare := *first
		bare.Doubt = "events of calls, connections and messages are missing: the run that recorded them was stopped"
		return &bare
	}
	if p := parting(first, again); p != nil {
		both := *first
		both.Parting = p
		return &both
	}
	return again
}
