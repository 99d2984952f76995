package lab

import (
	"io"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
)

// Options say what Run does. The zero value of a field is its default.
type Options struct {
	// Targets are experiment files: FILE, or FILE::EXPERIMENT for one experiment, with or without its [parameters], or a
	// directory for all scripts in it that hold experiments.
	Targets []string
	// Keyword selects the experiments whose ID contains it.
	Keyword string
	// Engine is "live" or "sim", or Both for each experiment in live, then in sim. Default: as the file says, else live.
	Engine string
	// Seed is that of the first run; Default 1, unless SeedGiven says that 0 is meant.
	Seed      uint64
	SeedGiven bool
	// Runs is how many seeds each experiment runs on, counted from Seed. Default 1. With Both that is for sim; live runs once.
	Runs int
	// Jobs is how many runs go on at the same time. Default 1 in live; in sim never fewer than 64.
	Jobs int
	// Set holds NAME=VALUE for parameters of the experiments. Experiments that lack a parameter run as they are; one that
	// nobody has is an error.
	Set []string
	// Timeout bounds each run in real time, and the loading of each file; 0 means no bound.
	Timeout time.Duration
	// MaxFailures is how many runs may fail before no more begin; 0 for any number.
	MaxFailures int
	// Twice runs each seed twice and compares the digests. Sim only.
	Twice bool
	// Story keeps the story of a single run that has passed, for a picture or a trace of it. Failures have theirs in any case.
	Story bool
	// Plugins are paths of plugins: programs or package directories. Their kinds come before all but those that a
	// script names itself.
	Plugins []string
	// Self is the program that serves the built-in kinds when it is started as a plugin. Default: the running one.
	Self string
	// Log gets what components log and scripts print as it comes, a line each. Nil: nothing; what a script has printed
	// is in the Outcome then.
	Log io.Writer

	// OnFile, OnOutcome, OnProgress and OnNotice tell what happens while it does, one call at a time. Any may be nil.
	// OnFile also tells of a file that could not be loaded, in its place among the others.
	OnFile     func(Listing)
	OnOutcome  func(result.Sweep)
	OnProgress func(Progress)
	OnNotice   func(text string)
	// OnBuild is told of a plugin's build that takes longer than a moment, for a line of progress; an empty text says that
	// it is over. It may be called at any time. Nil: nobody.
	OnBuild func(text string)
	// GiveUp is called when a script eats memory, or goes on after its time or an interruption, and cannot be stopped:
	// everything else is torn down, and the caller should end the process. Nil: nobody watches the heap.
	GiveUp func(error)
	// Hurry is closed by a user who does not wait until what was interrupted has ended: GiveUp is called soon. May be nil.
	Hurry <-chan struct{}
}

// Both stands for both engines.
const Both = "both"

// engines are what Options.Engine can be.
var engines = []string{"live", "sim", Both}

// runs is how many runs an experiment has on an engine.
func (o *Options) runs(engine string) int {
	if o.Engine == Both && engine == "live" {
		return 1
	}
	return o.Runs
}

// minFlight is how many sim runs share a plugin process at least: their messages then travel together, which makes a
// call cost a twentieth of what it costs alone.
const minFlight = 64

func (o *Options) seed() uint64 {
	if o.Seed == 0 && !o.SeedGiven {
		return 1
	}
	return o.Seed
}

func (o *Options) flight(engine string) int {
	if engine == "sim" {
		return max(o.Jobs, minFlight)
	}
	return max(o.Jobs, 1)
}

// Progress is how far a sweep has come.
type Progress struct {
	ID               string
	Done, Of, Failed int       // runs
	Since            time.Time // when it began, or the last program was built for it
}
