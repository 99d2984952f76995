package script

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

// RunOptions say how an experiment runs.
type RunOptions struct {
	Engine string // what lab.engine says: "sim" or "live"
	Seed   uint64
	Kinds  *Kinds // what lab.add knows; required
	// Steps bounds what the script may execute; 0 means MaxSteps.
	Steps uint64
	// Limit bounds the run in real time.
	Limit load.Limit
	// Program makes the module of a path that lab.add has got for one: see manifest.Parameter. It may take long. Nil: the path
	// is that of a module.
	Program func(path string) (module string, err error)
	// Print receives each line that the script prints, as it comes; the Result has them all in any case. Nil is fine.
	Print func(line string)
	// Story makes the result tell the course of a run that has failed, and Shown that of one that has passed as well. In sim
	// the engine must record everything.
	Story, Shown bool
	// Keep makes the run keep its topology up. Nil runs the experiment.
	Keep *Keeper
}

// run is one execution of an experiment. Only one goroutine at a time touches it, apart from its stopper.
type run struct {
	load.Stopper
	file    *load.File
	engine  engine.Engine
	options RunOptions
	lab     *labValue
	output  output
	steps   uint64
	watch   star.Watch
	threads map[*starlark.Thread]bool // that execute a function, or wait in one

	tasks      []*task // those that have not ended, by number
	turn       []*task
	current    *task
	spawned    int
	awaited    map[engine.ID]*task
	operations operations // what lab.history tells
	timers     []timer
	wake       []engine.ID

	watched *load.Watched // the real time of the run

	nodes     []*node // in the order of their making
	byName    map[string]*node
	tcp       tcp.Settings // of nodes that are added later
	faults    []*fault     // those that have not healed
	idle      []*fault     // that had no link at first
	remarks   []string     // notes about what has no effect
	judged    int          // how often something was checked, or waited for
	nfaults   int
	lastFault engine.FaultID

	kept      bool // the experiment has ended at its first wait: see Keeper
	dirty     bool // something was applied or called since time last passed
	lateness  time.Duration
	shortest  shortest
	progress  engine.Progress // of the latest wait
	expected  []result.Check  // expectations that did not hold
	unlisted  int             // how many more there were
	marks     []mark          // the latest
	mentioned []mention       // of nodes that are not there yet
	doubts    []doubt         // questions about messages that no kind lists
	lacked    string          // a kind that nobody serves
	chronicle chronicle
	series    []result.Series // of drives
	violated  *result.History // that was judged last and has no explanation
	lastNone  string          // why an attribute was last None: the error of a method's answer
}

// Run executes the experiment on an engine of its own, which it closes. It never fails by itself: what went wrong, of
// whatever sort, is in the Result. Cancelling the context ends the run soon.
func Run(ctx context.Context, e *load.Experiment, eng engine.Engine, o RunOptions) *Result {
	began := time.Now()
	r := newRun(e, eng, o)
	defer load.Stoppers.Watch(&r.Stopper)()
	defer context.AfterFunc(ctx, bug.Guarded(func() { r.Stop(&interruption{context.Cause(ctx)}) }))()

	r.Saw([]trouble.Frame{{Name: e.Name, Pos: e.Pos}})
	r.watched = o.Limit.Begin(&r.Stopper, "the run")
	cause, err := r.execute(e)
	r.watched.End() // the script has ended; how long the engine takes to close is bounded by the engine
	told := r.judge(e, err)
	told.Stopped = byChance(cause)
	told.Series = r.series
	if o.Story && (o.Shown || told.Outcome == result.Failed || told.Outcome == result.Broken) {
		told.Story = r.story()
		lostSegments(&told.Run)
	}
	numberCalls(&told.Run, r.chronicle.numbers) // none without a story
	r.close(told)
	told.Took = time.Since(began)
	return told
}

func newRun(e *load.Experiment, eng engine.Engine, o RunOptions) *run {
	if o.Steps == 0 {
		o.Steps = MaxSteps
	}
	r := &run{
		file: e.File(), engine: eng, options: o, awaited: map[engine.ID]*task{}, byName: map[string]*node{},
		threads: map[*starlark.Thread]bool{}, tcp: tcp.Default,
	}
	r.Interrupt = eng.Interrupt
	r.lab = &labValue{run: r}
	return r
}

// execute runs the experiment's function and the tasks that it spawns. cause is what has stopped the run, nil when nothing
// has; the error says where the run was then.
func (r *run) execute(e *load.Experiment) (cause, err error) {
	main := r.spawn(0, e.Function, starlark.Tuple{r.lab}, e.Kwargs)
	err = r.loop()
	if main.result == starlark.False && err == nil {
		err = &trouble.Error{Pos: e.Pos, Text: e.Name + " returns False, which nobody looks at", Hint: "check(cond)"}
	}
	if err == nil && r.options.Keep == nil {
		r.remarks = append(r.remarks, r.unreached(e)...)
	}
	if cause = r.Stopped(); cause != nil {
		stack := load.Stack(err)
		if len(stack) == 0 {
			stack = main.stack()
		}
		err = load.Placed(cause, stack)
	}
	r.endAll()
	return cause, err
}

// close closes the engine and adds to the result what the engine knows at its end.
func (r *run) close(told *Result) {
	summary, err := r.engine.Close()
	told.Summary, told.Digest, told.Steps, told.Lateness = summary, result.Digest(summary.Digest), summary.Steps, summary.Lateness
	switch doubt := r.shortest.doubt(summary.Lateness); {
	case doubt == "" || told.Outcome == result.Skipped:
	case told.Outcome == result.Passed:
		told.Notes = append(told.Notes, doubt)
	default:
		told.Doubt = doubt
	}
	open := told.Outcome == result.Passed || told.Outcome == result.Failed
	switch {
	case open && len(summary.Failures) > 0: // what a failed check has seen may be its consequence, which was told first
		r.nodeFailed(told, summary.Failures[0])
	case err != nil && told.Outcome == result.Passed:
		told.broken(trouble.Host, err)
	}
}

func (r *run) now() time.Duration { return r.engine.Now() }

func (r *run) print(_ *starlark.Thread, line string) {
	defer bug.Catch() // it is called by a builtin of the language
	if line, ok := r.output.add(line); ok && r.options.Print != nil {
		r.options.Print(line)
	}
}

// apply hands changes to the engine. They take effect when time passes.
func (r *run) apply(changes ...engine.Change) error {
	if len(changes) == 0 {
		return nil
	}
	if err := r.engine.Apply(changes...); err != nil {
		return hinted(err)
	}
	r.dirty = true
	return nil
}

// hinted is an engine's error as a script's: with what to do about it.
func hinted(err error) error {
	var mistake *trouble.Error
	if errors.As(err, &mistake) && mistake.Class == trouble.Script {
		return &star.Error{Msg: mistake.Text, Hint: mistake.Hint}
	}
	return err
}

// interruption is the end of a run that the user asked for.
type interruption struct{ cause error }

func (i *interruption) Error() string { return "interrupted: " + i.cause.Error() }
func (i *interruption) Unwrap() error { return i.cause }

// engineError is trouble of the host or of a plugin.
type engineError struct{ cause error }

func (e *engineError) Error() string { return e.cause.Error() }
func (e *engineError) Unwrap() error { return e.cause }

// nodeError is a node that ended though nobody had asked for it.
type nodeError struct{ engine.Failure }

func (e *nodeError) Error() string { return fmt.Sprintf("node %s failed: %s", e.Node, e.Failure.Error) }

// skipped ends a run by lab.skip.
type skipped struct{ reason string }

func (s *skipped) Error() string { return "skipped: " + s.reason }

// judge turns the end of a run into its result.
func (r *run) judge(e *load.Experiment, err error) *Result {
	told := &Result{Kinds: r.kindNames(), Lacked: r.lacked, Run: result.Run{
		Experiment: e.Describe(r.options.Engine), Seed: r.options.Seed, Outcome: result.Passed, At: r.now(),
		Checks: r.expected, Unlisted: r.unlisted, Waiting: waitingOf(r.progress.Waiting), MoreWaiting: r.progress.MoreWaiting, Prints: r.output.lines,
	}}
	told.Replay = Replay(&told.Run)
	if note, ok := r.output.end(); ok {
		told.Prints = append(told.Prints, note)
		if r.options.Print != nil {
			r.options.Print(note)
		}
	}
	r.decide(told, err)
	switch told.Outcome {
	case result.Passed:
		told.Notes = r.mistakes()
	case result.Failed, result.Broken:
		for i := range told.Checks {
			told.Checks[i].Message = trouble.Clip(told.Checks[i].Message, trouble.MaxText)
		}
		r.circumstances(&told.Run)
	}
	return told
}

// decide says what came of the run, by the error that has ended it.
func (r *run) decide(told *Result, err error) {
	var check *result.Check
	var skip *skipped
	var node *nodeError
	var host *engineError
	var interrupted *interruption
	switch {
	case err == nil && len(r.expected) == 0:
	case err == nil:
		told.Outcome = result.Failed
	case errors.As(err, &interrupted):
		told.broken(trouble.Interrupted, interrupted)
	case errors.As(err, &check):
		check.Stack = load.Stack(err)
		told.Outcome, told.Checks = result.Failed, append(r.expected, *check)
	case errors.As(err, &skip) && len(r.expected) > 0: // what has failed before is not undone
		told.Outcome = result.Failed
	case errors.As(err, &skip):
		told.Outcome, told.Reason = result.Skipped, trouble.Clip(skip.reason, trouble.MaxText)
	case errors.As(err, &node):
		r.nodeFailed(told, node.Failure)
	case errors.As(err, &host):
		told.broken(trouble.Host, host.cause)
	default:
		told.Outcome, told.Error = result.Broken, r.explain(err)
		if trouble.Is(err, trouble.Plugin) { // where the script has asked for what a plugin cannot do
			told.Error.Class = trouble.Plugin
		}
	}
}

// nodeFailed makes the failure of a node the end of the run.
func (r *run) nodeFailed(told *Result, f engine.Failure) {
	told.broken(trouble.Plugin, &nodeError{f})
	if n := r.byName[f.Node]; n != nil {
		told.Error.Hint = fmt.Sprintf("%s was added at %s", n.name, n.added)
	}
	told.Node = ended(f)
}

// fieldOfList is the error of a list of nodes that is used as one node.
var fieldOfList = regexp.MustCompile(`^list has no \.(\w+) field`)

// explain adds to the error of a script what only the run knows: a None that came from a method that has failed.
func (r *run) explain(err error) *trouble.Error {
	e := load.Explain(err, r.file.Source)
	if e.Hint == "" && r.lastNone != "" && mentionsNone(e.Text) {
		e.Hint = "the None may come from an answer that has failed: " + r.lastNone
	}
	if m := fieldOfList.FindStringSubmatch(e.Text[:min(len(e.Text), maxShown)]); m != nil && slices.Contains(r.callables(), m[1]) {
		e.Hint = "one node of the list has it: x[0]." + m[1] + "()"
	}
	return e
}
