package lab

import (
	"io"
	"time"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// Options say what Run does. The zero value of a field is its default.
type Options struct {
	// Targets are experiment files: FILE, or FILE::EXPERIMENT for one experiment, with or without its [parameters], or a
	// directory for all scripts in it that hold experiments.
	Targets []string
	// Keyword selects the experiments whose ID contains it.
	Keyword string
	// Engine is "live" or "sim". Default: as the file says, else live.
	Engine string
	// Seed is that of the first run; Default 1, unless SeedGiven says that 0 is meant.
	Seed      uint64
	SeedGiven bool
	// Runs is how many seeds each experiment runs on, counted from Seed. Default 1.
	Runs int
	// Jobs is how many runs go on at the same time. Default 1 in live; in sim never fewer than 64.
	Jobs int
	// Set holds NAME=VALUE for parameters of the experiments. Experiments that lack a parameter run as they are; one that
	// nobody has is an error.
	Set []string
	// Timeout bounds each run in real time, and the loading of each file; 0 means no bound.
	Timeout time.Duration
	// Twice runs each seed twice and compares the digests. Sim only.
	Twice bool
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
	OnOutcome  func(Outcome)
	OnProgress func(id string, done, of int)
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

// Outcome is what came of one experiment on all its seeds.
type Outcome struct {
	File, ID    string
	Engine      string
	Asked       int      // runs that were asked for
	Runs        int      // that came to an end
	Interrupted bool     // the others did not, because the user ended them
	Seed        uint64   // of the first
	Failed      []uint64 // seeds that failed, ascending
	Shown       uint64   // the failed seed that Text is about
	Skipped     int
	Reason      string        // why it was skipped
	Text        string        // what went wrong, for people; the first line is a heading
	Output      []string      // what the script printed in the run that is shown
	Notes       []string      // mistakes that components told of in a run that passed, of the first such run
	Noted       int           // runs with such notes
	Wall        time.Duration // on the wall clock, all runs
	Now         time.Duration // the run's own time at its end (one run)
	Digest      uint64        // sim (one run)
	Steps       int64         // sim, all runs
	Lateness    time.Duration // live: the worst
	Code        int           // the exit code that this outcome asks for
}

// Report is what came of all experiments.
type Report struct {
	Passed, Failed, Skipped int              // experiments
	Unfinished, NotRun      int              // experiments that an interruption has ended, or kept from beginning
	NotLoaded               []*trouble.Error // of the files that have none, one each; Options.OnFile has told them
	Outcomes                []Outcome
	Wall                    time.Duration
}

// ExitCode is the highest that anything in the report asks for: 0 when all held. Trouble of a plugin or the machine
// thereby counts more than expectations that did not hold, which it may have caused.
func (r *Report) ExitCode() int {
	code := 0
	for _, o := range r.Outcomes {
		code = max(code, o.Code)
	}
	for _, err := range r.NotLoaded {
		code = max(code, err.Class.ExitCode())
	}
	return code
}
