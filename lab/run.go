// Package lab runs experiment files: it brings together the host's plugin processes, an engine and the script's face.
// Run is the whole of it; the command in cmd/lab adds flags and printing.
package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Run executes the experiments. builtins is the manifest of the plugin that Options.Self serves. The error is about
// what could not even begin (*Error); everything that happened to an experiment is in the report. When the context
// ends, runs under way are torn down and the report holds what was done.
func Run(ctx context.Context, builtins *wire.Manifest, o Options) (*Report, error) {
	began := time.Now()
	if err := o.check(); err != nil {
		return nil, err
	}
	b, err := newBench(builtins, o)
	if err != nil {
		return nil, classify(err)
	}
	defer b.close()
	files, err := b.loadAll(ctx)
	if err != nil {
		return nil, classify(err)
	}
	report := &Report{}
	for _, f := range files {
		if o.OnFile != nil {
			o.OnFile(f.path)
		}
		for _, e := range f.experiments {
			if ctx.Err() != nil {
				break
			}
			outcome := b.experiment(ctx, f, e)
			report.add(outcome)
			if o.OnOutcome != nil {
				o.OnOutcome(outcome)
			}
		}
	}
	report.Wall = time.Since(began)
	if ctx.Err() != nil {
		return report, &Error{Class: Interrupted, Message: "interrupted", Err: ctx.Err()}
	}
	return report, nil
}

func (o *Options) check() error {
	switch {
	case len(o.Targets) == 0:
		return &Error{Class: Usage, Message: "no script given"}
	case o.Engine != "" && o.Engine != "live" && o.Engine != "sim":
		return &Error{Class: Usage, Message: fmt.Sprintf("unknown engine %q", o.Engine), Hint: "engines are live and sim"}
	case o.Runs < 0:
		return &Error{Class: Usage, Message: fmt.Sprintf("%d runs: want at least 1", o.Runs)}
	case o.Jobs < 0:
		return &Error{Class: Usage, Message: fmt.Sprintf("%d jobs: want at least 1", o.Jobs)}
	case o.Twice && o.Engine == "live":
		return &Error{Class: Usage, Message: "two live runs never have equal digests",
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
	case o.Skipped == o.Runs:
		r.Skipped++
	default:
		r.Passed++
	}
}

// experiment runs one experiment on all its seeds.
func (b *bench) experiment(ctx context.Context, f *file, e *script.Experiment) Outcome {
	began := time.Now()
	o := Outcome{File: f.path, ID: e.ID, Engine: f.engine, Seed: b.options.seed()}
	s := newSweep(b, f, e)
	s.run(ctx, &o)
	slices.Sort(o.Failed)
	if len(o.Failed) > 0 {
		b.show(ctx, s, &o)
	}
	o.Wall = time.Since(began)
	return o
}

// show chooses the failure to print. In sim the first seed that failed is run again with its whole trace, which a sweep
// does not keep; it is the same run, step for step.
func (b *bench) show(ctx context.Context, s *sweep, o *Outcome) {
	seed := o.Failed[0]
	shown := s.failures[seed]
	if shown.text == "" && s.file.engine == "sim" && ctx.Err() == nil {
		shown.result = b.once(ctx, s.file, s.experiment, seed, true)
	}
	o.Text = shown.text
	if o.Text == "" {
		o.Text = shown.result.Text()
	}
	if shown.result != nil {
		o.Output = shown.result.Output
	}
}

// once is one run.
func (b *bench) once(ctx context.Context, f *file, e *script.Experiment, seed uint64, full bool) *script.Result {
	eng, err := b.engine(f, engine.Options{Seed: seed, Full: full, Log: b.log})
	if err != nil {
		return broken(f, e, seed, err)
	}
	return e.Run(ctx, eng, script.RunOptions{Engine: f.engine, Seed: seed, Kinds: f.kinds})
}

// broken is the result of a run for which there was no engine.
func broken(f *file, e *script.Experiment, seed uint64, err error) *script.Result {
	return &script.Result{
		ID: e.ID, Name: e.Name, Set: e.Set, Path: f.path, Engine: f.engine, Seed: seed,
		Outcome: script.Broken, Class: script.Host, Cause: err,
		Err: &script.Error{Msg: err.Error(), Hint: classify(err).Hint},
	}
}

// codeOf is the exit code that a result asks for.
func codeOf(r *script.Result) int {
	switch r.Outcome {
	case script.Failed:
		return 1
	case script.Broken:
		switch r.Class {
		case script.Script:
			return Script.ExitCode()
		case script.Plugin:
			return Plugin.ExitCode()
		case script.Interrupted:
			return Interrupted.ExitCode()
		}
		if r.Cause != nil {
			return classify(r.Cause).Class.ExitCode()
		}
		return Host.ExitCode()
	}
	return 0
}

// settings turns NAME=VALUE texts into a map.
func settings(texts []string) (map[string]string, error) {
	set := make(map[string]string, len(texts))
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, &Error{Class: Usage, Message: fmt.Sprintf("--set %s: want NAME=VALUE", text), Hint: "for example --set nodes=7"}
		}
		set[name] = value
	}
	return set, nil
}

var errNoExperiment = errors.New("no experiment")
