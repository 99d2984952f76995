package script

import (
	"fmt"
	"maps"
	"slices"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
	"go.starlark.net/starlark"
)

// MaxSteps is the default bound on what the threads of one run may execute together: some five seconds of pure
// computation. A script that calls nodes executes some hundred steps a call.
const MaxSteps = 200_000_000

// meter bounds the steps of a thread by the budget of its run.
func (r *run) meter(t *starlark.Thread, f *local) {
	t.SetMaxExecutionSteps(min(star.StepChunk, r.options.Steps))
	t.OnMaxSteps = func(t *starlark.Thread) {
		t.SetMaxExecutionSteps(t.ExecutionSteps() + star.StepChunk)
		r.count(t, f)
	}
}

// count adds to the run's steps what the thread has executed since it was last counted.
func (r *run) count(t *starlark.Thread, f *local) {
	r.steps += t.ExecutionSteps() - f.counted
	f.counted = t.ExecutionSteps()
	if r.steps >= r.options.Steps {
		r.Stop(load.ErrorAt(t, fmt.Sprintf("the experiment takes more than %d steps", r.options.Steps),
			"is there an endless loop?"))
		return
	}
	r.Saw(load.Frames(t.CallStack()))
	if !r.watch.Due(r.steps) {
		return
	}
	err := r.watch.Look(r.steps, slices.Collect(maps.Keys(r.threads)), r.held()...)
	if r.Holds.Store(r.watch.Held); err != nil {
		r.Stop(load.ErrorAt(t, err.Error(), ""))
	}
}

// held are the values that tasks have been given, or have returned.
func (r *run) held() (values []starlark.Value) {
	for _, t := range r.tasks {
		values = append(append(values, t.fn), t.args...)
		if t.result != nil {
			values = append(values, t.result)
		}
	}
	return values
}

// byChance tells whether a stop has come at an instant of the wall clock: where it meets the script is chance.
func byChance(cause error) bool {
	if known, ok := cause.(*trouble.Error); ok {
		return known.Stopped
	}
	_, interrupted := cause.(*interruption)
	return interrupted
}
