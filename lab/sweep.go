package lab

import (
	"cmp"
	"context"
	"fmt"
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

	mu       sync.Mutex
	failures map[uint64]failure // by seed
}

// failure is what is kept of a run that failed. text is set when it cannot be learnt by running the seed again.
type failure struct {
	result *script.Result
	text   string
	code   int
}

func newSweep(b *bench, f *file, e *script.Experiment) *sweep {
	return &sweep{bench: b, file: f, experiment: e, failures: map[uint64]failure{}}
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

// repeatable is how long, on the wall clock, a sim run may have taken to be run again for its trace: one that went
// through all its steps, or ate memory, is not.
const repeatable = time.Second

func (s *sweep) seed(ctx context.Context, seed uint64, o *Outcome) {
	single := s.bench.options.Runs == 1
	full := single && s.bench.options.Log != nil // otherwise show runs a failure again: with -v it would log twice
	result := s.bench.once(ctx, s.file, s.experiment, seed, full)
	found := failure{result: result, code: codeOf(result)}
	if result.Outcome == script.Passed && s.bench.options.Twice && s.file.engine == "sim" {
		if found.text = s.again(ctx, seed, result); found.text != "" {
			found.code = 1
		}
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
		if full || s.file.engine == "live" || result.Took > repeatable {
			found.text = cmp.Or(found.text, s.bench.text(result))
		}
		s.failures[seed] = found
	}
	if progress := s.bench.options.OnProgress; progress != nil && !single {
		progress(o.ID, o.Runs, s.bench.options.Runs)
	}
}

// again runs the seed a second time and says how it differed, "" when it did not.
func (s *sweep) again(ctx context.Context, seed uint64, first *script.Result) string {
	second := s.bench.once(ctx, s.file, s.experiment, seed, false)
	if ctx.Err() != nil || second.Summary.Digest == first.Summary.Digest && second.Outcome == first.Outcome {
		return ""
	}
	return fmt.Sprintf("FAIL %s  sim  seed %d\n"+
		"  the same seed gave two different runs: digest %016x (%s), then %016x (%s)\n"+
		"  hint: a component uses something outside env: wall time, global randomness, goroutines, map order\n"+
		"  replay: %s --twice",
		s.experiment.ID, seed, first.Summary.Digest, first.Outcome, second.Summary.Digest, second.Outcome, first.Replay())
}
