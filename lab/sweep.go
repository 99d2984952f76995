package lab

import (
	"context"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/script"
)

// sweep is one experiment on many seeds, several at a time.
type sweep struct {
	bench      *bench
	file       *file
	experiment *script.Experiment

	mu    sync.Mutex
	shown failure // the one to print: see worse
}

// failure is what is kept of a run that failed.
type failure struct {
	result *script.Result
	text   string // of a seed that gave two runs
	code   int
	once   bool // it is not to be run again for its trace
}

// worse tells which of two failures is printed: that with the higher exit code, then that with the smaller seed.
func (f failure) worse(than failure) bool {
	if f.code != than.code {
		return f.code > than.code
	}
	return f.result.Seed < than.result.Seed
}

func newSweep(b *bench, f *file, e *script.Experiment) *sweep {
	return &sweep{bench: b, file: f, experiment: e}
}

// run executes the seeds and adds up the outcome.
func (s *sweep) run(ctx context.Context, o *Outcome) {
	runs := s.bench.options.Runs
	seeds := make(chan uint64)
	var workers sync.WaitGroup
	for range min(s.bench.options.flight(s.file.engine), runs) {
		workers.Go(bug.Guarded(func() {
			for seed := range seeds {
				s.seed(ctx, seed, o)
			}
		}))
	}
	for i := range runs {
		if ctx.Err() != nil {
			break
		}
		seeds <- o.Seed + uint64(i)
	}
	close(seeds)
	workers.Wait()
	o.Interrupted = o.Runs < o.Asked
}

// compares tells whether each seed is run twice; one that has failed is in any case, see show.
func (s *sweep) compares() bool { return s.bench.options.Twice && s.file.engine == "sim" }

// repeatable is how long, on the wall clock, a sim run may have taken to be run again for its trace: one that went
// through all its steps, ate memory or used up its time, is not.
const repeatable = time.Second

func (s *sweep) seed(ctx context.Context, seed uint64, o *Outcome) {
	single := s.bench.options.Runs == 1
	full := single && s.bench.options.Log != nil // otherwise show runs a failure again: with -v it would log twice
	result := s.bench.once(ctx, s.file, s.experiment, seed, full)
	found := failure{result: result, code: codeOf(result)}
	if result.Outcome == script.Passed && s.compares() {
		found.text, found.code = s.again(result, s.bench.once(ctx, s.file, s.experiment, seed, false))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if interrupted(result) {
		return
	}
	o.Runs++
	o.Steps += result.Summary.Steps
	o.Lateness = max(o.Lateness, result.Summary.Lateness)
	if single {
		o.Now, o.Digest, o.Output = result.At, result.Summary.Digest, result.Output
	}
	if len(result.Notes) > 0 {
		if o.Noted == 0 {
			o.Notes = result.Notes
		}
		o.Noted++
	}
	if result.Outcome == script.Skipped {
		o.Skipped++
		o.Reason = result.Reason
	}
	if found.code != 0 {
		o.Code = max(o.Code, found.code)
		o.Failed = append(o.Failed, seed)
		found.once = full || s.file.engine == "live" || result.Took > min(repeatable, s.bench.longest())
		if s.shown.code == 0 || found.worse(s.shown) {
			s.shown = found
		}
	}
	if progress := s.bench.options.OnProgress; progress != nil && !single {
		progress(o.ID, o.Runs, s.bench.options.Runs)
	}
}
