// Package lab runs experiment files: it brings together the host's plugin processes, an engine and the script's face.
// Run is the whole of it; the command in cmd/lab adds flags and printing.
package lab

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/shell"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Run executes the experiments. builtins is the manifest of the plugin that Options.Self serves. The error is about
// what could not even begin (*Error); everything that happened to an experiment is in the report. When the context
// ends, runs under way are torn down; then there are both, the report of what was done and an Interrupted error.
func Run(ctx context.Context, builtins *manifest.Manifest, o Options) (*result.Report, error) {
	began := time.Now()
	if err := o.check(); err != nil {
		return nil, err
	}
	b, ready, err := newSession(ctx, builtins, o)
	if err != nil {
		return nil, classified(ctx, err)
	}
	defer b.close()
	defer bug.Catch() // before close, which would wait for what has crashed
	files, err := b.loadAll(ctx)
	ready()
	if err != nil || ctx.Err() != nil {
		return nil, classified(ctx, orCancelled(err))
	}
	report := &result.Report{}
	for _, f := range files {
		b.runFile(ctx, f, report)
	}
	report.Wall = time.Since(began)
	if report.Interrupted = ctx.Err() != nil && report.Unfinished+report.NotRun > 0; report.Interrupted {
		return report, classified(ctx, ctx.Err())
	}
	b.idlePlugins()
	return report, nil
}

// orCancelled is for a context that ended without an error of anybody.
func orCancelled(err error) error {
	if err == nil {
		return context.Canceled
	}
	return err
}

func (b *session) runFile(ctx context.Context, f *file, report *result.Report) {
	if ctx.Err() == nil && b.options.OnFile != nil {
		b.options.OnFile(f.listing())
	}
	if f.err != nil {
		report.NotLoaded = append(report.NotLoaded, f.err)
	}
	for _, e := range f.experiments {
		for _, on := range b.engines(f) {
			b.runOn(ctx, on, e, report)
		}
	}
}

// engines are the file as it is for each engine that its experiments run on.
func (b *session) engines(f *file) []*file {
	if b.options.Engine != Both {
		return []*file{f}
	}
	sim := *f
	sim.engine = "sim"
	return []*file{f, &sim}
}

// runOn runs an experiment on the engine of the file.
func (b *session) runOn(ctx context.Context, f *file, e *load.Experiment, report *result.Report) {
	if ctx.Err() != nil || b.enough() {
		report.Add(result.Sweep{Experiment: e.Describe(f.engine), NotRun: true})
		return
	}
	b.running.Store(new(f.path + "::" + e.ID))
	outcome := b.experiment(ctx, f, e)
	b.guard.pass()
	report.Add(outcome)
	if b.options.OnOutcome != nil {
		b.options.OnOutcome(outcome)
	}
}

func (o *Options) check() error {
	switch {
	case len(o.Targets) == 0:
		return &trouble.Error{Class: trouble.Usage, Text: "no script given"}
	case o.Engine != "" && !slices.Contains(engines, o.Engine):
		text, _ := spell.Unknown("engine", o.Engine, engines)
		return &trouble.Error{Class: trouble.Usage, Text: text, Hint: "engines are live and sim; both runs each experiment on the two"}
	case slices.Contains(o.Plugins, ""):
		return &trouble.Error{Class: trouble.Usage, Text: "a plugin without a name", Hint: "--plugin wants a program or a package directory"}
	case o.Runs < 0:
		return &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("%d runs: want at least 1", o.Runs)}
	case o.Seed > math.MaxUint64-uint64(max(o.Runs, 1)-1):
		return &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("%d runs from seed %d: the seeds end at %d", o.Runs, o.Seed, uint64(math.MaxUint64))}
	case o.Jobs < 0:
		return &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("%d jobs: want at least 1", o.Jobs)}
	case o.Timeout < 0:
		return &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("--timeout %s: want 0 or more", value.Short(o.Timeout))}
	case o.Twice && o.Engine == "live":
		return &trouble.Error{Class: trouble.Usage, Text: "two live runs never have equal digests",
			Hint: "--twice goes with --engine sim"}
	}
	o.Runs = max(o.Runs, 1)
	return nil
}

// experiment runs one experiment on all its seeds.
func (b *session) experiment(ctx context.Context, f *file, e *load.Experiment) result.Sweep {
	s := newSweep(b, f, e)
	s.run(ctx)
	return s.outcome(ctx)
}

// enough tells whether so many runs have failed that no more are to begin.
func (b *session) enough() bool {
	return b.options.MaxFailures > 0 && int(b.failed.Load()) >= b.options.MaxFailures
}

// once is one run.
func (b *session) once(ctx context.Context, f *file, e *load.Experiment, seed uint64, full bool) *script.Result {
	checked := b.host.ChecksPrograms()
	r := b.supplied(ctx, f, func(s *stock) *script.Result { return b.onStock(ctx, f, s, e, seed, full) })
	if !checked && engine.Silenced(r.Cause) && b.usesPrograms() {
		b.host.CheckPrograms()
		return b.once(ctx, f, e, seed, full) // a program that computes without end is found this time
	}
	return r
}

func (b *session) onStock(
	ctx context.Context, f *file, s *stock, e *load.Experiment, seed uint64, full bool,
) *script.Result {
	eng, err := b.engine(f, s, engine.Options{
		Seed: seed, Full: full, Messages: full || e.File().Messages(), Lanes: full && f.engine == "sim" || b.options.Story && f.engine == "live",
		Series: full || f.engine == "live" || seed == b.options.seed(),
	})
	if err != nil {
		return notBegun(f, e, seed, err)
	}
	log := b.logged(seed)
	r := script.Run(ctx, e, eng, script.RunOptions{
		Engine: f.engine, Seed: seed, Kinds: s.kinds, Print: func(line string) { log(eng.Now(), e.ID, line) },
		Program: b.program(ctx),
		Limit:   b.limit(), Story: full || f.engine == "live", Shown: b.options.Story,
	})
	r.Stopped = r.Stopped || f.engine == "sim" && engine.Held(r.Cause, r.Summary)
	for _, kind := range r.Kinds {
		b.used.Store(kind, true)
	}
	if b.options.Log != nil {
		r.Prints = nil // it has been shown
	}
	for _, path := range b.options.Plugins {
		r.Replay += " --plugin " + shell.Quote(path)
	}
	return attributed(r)
}

// notBegun is a run that has got no engine.
func notBegun(f *file, e *load.Experiment, seed uint64, err error) *script.Result {
	return attributed(script.Broken(e.Describe(f.engine), seed, trouble.Host, err))
}

// attributed says whose trouble a broken run is, and what to do about it, where only the cause tells.
func attributed(r *script.Result) *script.Result {
	if r.Cause == nil || r.Error.Class != trouble.Host {
		return r
	}
	cause := classify(r.Cause)
	r.Error.Class, r.Error.Hint = cause.Class, cmp.Or(r.Error.Hint, cause.Hint)
	return r
}

func interrupted(r *script.Result) bool {
	return r.Outcome == result.Broken && r.Error.Class == trouble.Interrupted
}

// codeOf is the exit code that a result asks for.
func codeOf(r *script.Result) int {
	switch r.Outcome {
	case result.Passed, result.Skipped:
		return 0
	case result.Failed:
		return 1
	}
	return r.Error.Class.ExitCode()
}
