// Package lab runs experiment files: it brings together the host's plugin processes, an engine and the script's face.
// Run is the whole of it; the command in cmd/lab adds flags and printing.
package lab

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/lab/shell"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
)

// Run executes the experiments. builtins is the manifest of the plugin that Options.Self serves. The error is about
// what could not even begin (*Error); everything that happened to an experiment is in the report. When the context
// ends, runs under way are torn down; then there are both, the report of what was done and an Interrupted error.
func Run(ctx context.Context, builtins *manifest.Manifest, o Options) (*Report, error) {
	began := time.Now()
	if err := o.check(); err != nil {
		return nil, err
	}
	b, ready, err := newBench(ctx, builtins, o)
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
	report := &Report{}
	for _, f := range files {
		b.runFile(ctx, f, report)
	}
	report.Wall = time.Since(began)
	if report.Unfinished+report.NotRun > 0 {
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

func (b *bench) runFile(ctx context.Context, f *file, report *Report) {
	if ctx.Err() == nil && b.options.OnFile != nil {
		b.options.OnFile(f.listing())
	}
	if f.err != nil {
		report.NotLoaded = append(report.NotLoaded, f.err)
	}
	for _, e := range f.experiments {
		if ctx.Err() != nil {
			report.NotRun++
			continue
		}
		b.running.Store(new(f.path + "::" + e.ID))
		outcome := b.experiment(ctx, f, e)
		b.guard.pass()
		report.add(outcome)
		if b.options.OnOutcome != nil {
			b.options.OnOutcome(outcome)
		}
	}
}

func (o *Options) check() error {
	switch {
	case len(o.Targets) == 0:
		return &trouble.Error{Class: trouble.Usage, Text: "no script given"}
	case o.Engine != "" && o.Engine != "live" && o.Engine != "sim":
		return &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("unknown engine %q", o.Engine), Hint: "engines are live and sim"}
	case slices.Contains(o.Plugins, ""):
		return &trouble.Error{Class: trouble.Usage, Text: "a plugin without a name", Hint: "--plugin wants a program or a package directory"}
	case o.Runs < 0:
		return &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("%d runs: want at least 1", o.Runs)}
	case o.Jobs < 0:
		return &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("%d jobs: want at least 1", o.Jobs)}
	case o.Timeout < 0:
		return &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("--timeout %s: want 0 or more", o.Timeout)}
	case o.Twice && o.Engine == "live":
		return &trouble.Error{Class: trouble.Usage, Text: "two live runs never have equal digests",
			Hint: "--twice goes with --engine sim"}
	}
	o.Runs = max(o.Runs, 1)
	return nil
}

func (r *Report) add(o Outcome) {
	r.Outcomes = append(r.Outcomes, o)
	switch {
	case len(o.Failed) > 0:
		r.Failed++
	case o.Interrupted:
		r.Unfinished++
	case o.Skipped == o.Runs:
		r.Skipped++
	default:
		r.Passed++
	}
}

// experiment runs one experiment on all its seeds.
func (b *bench) experiment(ctx context.Context, f *file, e *script.Experiment) Outcome {
	began := time.Now()
	o := Outcome{File: f.path, ID: e.ID, Engine: f.engine, Seed: b.options.seed(), Asked: b.options.Runs}
	s := newSweep(b, f, e)
	s.run(ctx, &o)
	slices.Sort(o.Failed)
	if len(o.Failed) > 0 {
		b.show(ctx, s, &o)
	}
	o.Wall = time.Since(began)
	return o
}

// show prints the failure that was chosen. In sim its seed is run again with the whole trace, which a sweep does not
// keep. As a rule that is the same run, step for step; where it is not, the first one counts, and the difference is told.
func (b *bench) show(ctx context.Context, s *sweep, o *Outcome) {
	first := s.shown.result
	o.Shown, o.Output, o.Text = first.Seed, first.Output, s.shown.text
	if o.Text != "" {
		return
	}
	if s.shown.once && !s.compares() {
		o.Text = b.text(first)
		return
	}
	again := b.once(ctx, s.file, s.experiment, first.Seed, true)
	switch difference := parted(first, again); {
	case difference != "":
		o.Text = b.text(first) + difference
	case again.Stopped:
		o.Text = b.text(first)
	default:
		o.Text = b.text(again)
	}
}

// text is the result for people. The command that replays the run gets what only this command knows.
func (b *bench) text(r *script.Result) string {
	return strings.Replace(r.Text(), r.Replay(), b.replay(r), 1)
}

// replay is the command that replays the run.
func (b *bench) replay(r *script.Result) string {
	command := r.Replay()
	for _, path := range b.options.Plugins {
		command += " --plugin " + shell.Quote(path)
	}
	return command
}

// once is one run.
func (b *bench) once(ctx context.Context, f *file, e *script.Experiment, seed uint64, full bool) *script.Result {
	return b.supplied(ctx, f, func(s *stock) *script.Result { return b.onStock(ctx, f, s, e, seed, full) })
}

func (b *bench) onStock(
	ctx context.Context, f *file, s *stock, e *script.Experiment, seed uint64, full bool,
) *script.Result {
	eng, err := b.engine(f, s, engine.Options{Seed: seed, Full: full, Messages: e.File().Messages(), Log: b.log})
	if err != nil {
		return notBegun(f, e, seed, err)
	}
	result := e.Run(ctx, eng, script.RunOptions{
		Engine: f.engine, Seed: seed, Kinds: s.kinds, Print: func(line string) { b.log(e.ID, line) },
		Limit: b.limit(),
	})
	for _, kind := range result.Kinds {
		b.used.Store(kind, true)
	}
	if b.options.Log != nil {
		result.Output = nil // it has been shown
	}
	return attributed(result)
}

// notBegun is a run that has got no engine.
func notBegun(f *file, e *script.Experiment, seed uint64, err error) *script.Result {
	return attributed(&script.Result{
		ID: e.ID, Name: e.Name, Set: e.Set, Path: f.path, Engine: f.engine, Seed: seed,
		Outcome: script.Broken, Class: trouble.Host, Cause: err, Err: &trouble.Error{Text: err.Error()},
	})
}

// attributed says whose trouble a broken run is, and what to do about it, where only the cause tells.
func attributed(r *script.Result) *script.Result {
	if r.Outcome != script.Broken || r.Class != trouble.Host || r.Cause == nil {
		return r
	}
	cause := classify(r.Cause)
	if cause.Class == trouble.Plugin {
		r.Class = trouble.Plugin
	}
	if r.Err != nil {
		r.Err.Hint = cmp.Or(r.Err.Hint, cause.Hint)
	}
	return r
}

func interrupted(r *script.Result) bool {
	return r.Outcome == script.Broken && r.Class == trouble.Interrupted
}

// codeOf is the exit code that a result asks for.
func codeOf(r *script.Result) int {
	switch r.Outcome {
	case script.Passed, script.Skipped:
		return 0
	case script.Failed:
		return 1
	}
	switch r.Class {
	case trouble.Script:
		return trouble.Script.ExitCode()
	case trouble.Plugin:
		return trouble.Plugin.ExitCode()
	case trouble.Interrupted:
		return trouble.Interrupted.ExitCode()
	}
	return trouble.Host.ExitCode()
}
