package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab"
)

func newRun(io streams) *cobra.Command {
	o := lab.Options{}
	var verbose bool
	cmd := &cobra.Command{
		Use:   "run FILE[::EXPERIMENT]...",
		Short: "run the experiments of scripts",
		Long: "run executes every experiment (a function named test_*) of the files, on the live engine unless the script or\n" +
			"--engine says otherwise. FILE::EXPERIMENT names one. With --runs N each experiment is run on N seeds, counted\n" +
			"from --seed; the report names those that failed.\n\n" + exitCodes,
		Example: "  lab run scripts/election.star\n" +
			"  lab run --engine sim --runs 1000 scripts/election.star\n" +
			"  lab run --engine sim --seed 8123 --set nodes=7 scripts/election.star::test_leader_survives_partition",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("run: no script given", "lab run FILE, for example lab run scripts/election.star")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Targets = args
			o.SeedGiven = cmd.Flags().Changed("seed")
			return run(cmd, io, o, verbose)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.Keyword, "keyword", "k", "", "only experiments whose name contains this text")
	flags.StringVar(&o.Engine, "engine", "", "live or sim (default: as the script says, else live)")
	flags.Uint64Var(&o.Seed, "seed", 1, "the seed of the first run")
	flags.IntVar(&o.Runs, "runs", 1, "how many seeds to run each experiment on")
	flags.IntVar(&o.Jobs, "jobs", 0, "runs at the same time (default: 1 live, 64 sim)")
	flags.StringArrayVar(&o.Set, "set", nil, "NAME=VALUE for a parameter of the experiments; may be repeated")
	flags.BoolVar(&o.Twice, "twice", false, "run each seed twice and compare the digests (sim)")
	flags.StringArrayVar(&o.Plugins, "plugin", nil, "a plugin's binary or package directory; may be repeated")
	flags.BoolVarP(&verbose, "verbose", "v", false, "show what the components log")
	return cmd
}

func run(cmd *cobra.Command, io streams, o lab.Options, verbose bool) error {
	if verbose {
		o.Log = io.err
	}
	p := newPrinter(io)
	o.OnFile = p.file
	o.OnOutcome = p.outcome
	o.OnProgress = p.progress
	o.OnNotice = p.notice
	o.GiveUp = func(err error) { os.Exit(exitCode(io, &lab.Error{Class: lab.Script, Message: err.Error()})) }
	builtins, err := builtinManifest()
	if err != nil {
		return err
	}
	report, err := lab.Run(cmd.Context(), builtins, o)
	if report != nil {
		p.summary(report)
	}
	if err != nil {
		return err
	}
	if code := report.ExitCode(); code != 0 {
		return errFailed{code}
	}
	return nil
}

// notice prints something the user should know that is no error.
func (p *printer) notice(text string) {
	p.clear()
	fmt.Fprintf(p.err, "note: %s\n", text)
}
