package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/result"
)

func newRun(io streams) *cobra.Command {
	o := lab.Options{}
	var verbose bool
	var outputs []string
	var trace tracing
	cmd := &cobra.Command{
		Use:   "run FILE[::EXPERIMENT] | DIR ...",
		Short: "run the experiments of scripts",
		Long: "run executes every experiment (a function named test_*) of the files. It uses the live engine unless the script or\n" +
			"--engine chooses another one. FILE::EXPERIMENT selects one experiment. DIR means all scripts in the directory.\n" +
			"With --runs N, each experiment runs with N seeds, starting at --seed. The report names the seeds that failed.\n" +
			"--engine both runs each experiment in live with the first seed, then in sim with all seeds, and compares them.\n\n" +
			exitCodes,
		Example: "  lab run scripts/election.star\n" +
			"  lab run scripts\n" +
			"  lab run --engine sim --runs 1000 scripts/election.star\n" +
			"  lab run --engine sim --seed 8123 --set nodes=7 scripts/election.star::test_leader_survives_partition",
		Args: someScript("run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Targets = args
			o.SeedGiven = cmd.Flags().Changed("seed")
			if err := trace.misplaced(args); err != nil {
				return err
			}
			return run(cmd, io, o, verbose, outputs, trace)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Engine, "engine", "", "live, sim, or both, which compares the two (default: as the script says,\nelse live)")
	flags.Uint64Var(&o.Seed, "seed", 1, "the seed of the first run")
	flags.IntVar(&o.Runs, "runs", 1, "number of seeds for each experiment; with --engine both, live runs only the first")
	flags.IntVar(&o.Jobs, "jobs", 0, "runs at the same time (default: 1 in live; sim always allows at least 64)")
	flags.StringArrayVar(&o.Set, "set", nil, "NAME=VALUE for a parameter of the experiments; may be repeated")
	flags.BoolVar(&o.Twice, "twice", false, "run each seed twice and compare digests and answers (sim)")
	flags.IntVar(&o.MaxFailures, "max-failures", 0, "start no more runs after this number of failed runs; 0 means no limit")
	flags.StringArrayVarP(&outputs, "output", "o", nil, "write the results to FILE.html (a page), FILE.svg (a picture), FILE.jsonl,\nFILE.xml (JUnit) or FILE.pcapng (Wireshark), - for JSON on standard output; may be repeated")
	flags.BoolVarP(&verbose, "verbose", "v", false, "show logs of components and output of scripts as they come")
	traceFlag(cmd, &trace)
	keywordFlag(cmd, &o)
	timeoutFlag(cmd, &o, defaultTimeout, "each run")
	pluginFlag(cmd, &o)
	return cmd
}

func run(cmd *cobra.Command, io streams, o lab.Options, verbose bool, outputs []string, trace tracing) error {
	if err := checkCounts(cmd, o); err != nil {
		return err
	}
	if verbose {
		o.Log = result.VisibleLines{To: io.err}
	}
	t, err := newTelling(io, outputs)
	if err != nil {
		return err
	}
	t.listen(&o)
	t.trace, o.Story = trace, trace.wanted || t.files.story
	o.Hurry = io.hurry
	o.GiveUp = func(err error) {
		t.clear()
		os.Exit(exitCode(io, err))
	}
	builtins, err := builtinManifest()
	if err != nil {
		return err
	}
	report, err := lab.Run(cmd.Context(), builtins, o)
	t.clear()
	if report == nil {
		return t.none(err)
	}
	t.summary(report, o.Engine == lab.Both)
	if err := keepRun(report); err != nil && verbose {
		t.notice("this run is not kept for lab report: " + err.Error())
	}
	for _, path := range outputs {
		if text := unrecorded(path, report); text != "" {
			t.notice(text)
		}
	}
	return t.all(report, err)
}

func checkCounts(cmd *cobra.Command, o lab.Options) error {
	for _, name := range []string{"runs", "jobs"} {
		if n, err := cmd.Flags().GetInt(name); err == nil && n < 1 && cmd.Flags().Changed(name) {
			return usageError(fmt.Sprintf("--%s %d: want at least 1", name, n), "")
		}
	}
	if o.MaxFailures < 0 {
		return usageError(fmt.Sprintf("--max-failures %d: want 0 or more", o.MaxFailures), "")
	}
	return nil
}
