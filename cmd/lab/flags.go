package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/sdk/value"
)

// What several verbs take.

// someScript refuses a verb without arguments.
func someScript(verb string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError(verb+": no script given", "lab "+verb+" FILE, for example lab "+verb+" scripts/election.star")
		}
		return nil
	}
}

func pluginFlag(cmd *cobra.Command, o *lab.Options) {
	cmd.Flags().StringArrayVar(&o.Plugins, "plugin", nil, "a plugin's binary or package directory; may be repeated")
}

// defaultTimeout is what a run, or the loading of a file, may take. Scripts take seconds; a machine that is busy, more.
const defaultTimeout = 2 * time.Minute

// listTimeout is what the loading of a file may take where nothing runs.
const listTimeout = 10 * time.Second

func timeoutFlag(cmd *cobra.Command, o *lab.Options, limit time.Duration, what string) {
	o.Timeout = limit
	cmd.Flags().Var((*span)(&o.Timeout), "timeout", "limit of real time for "+what+"; 0 means no limit")
}

// span is a flag that is a duration as scripts write it: 60s, 5minute.
type span time.Duration

func (s *span) Type() string { return "duration" }

func (s *span) String() string {
	if *s == 0 {
		return "0"
	}
	return value.FormatDuration(time.Duration(*s))
}

func (s *span) Set(text string) error {
	if text == "0" {
		*s = 0
		return nil
	}
	d, err := value.ParseDuration(text)
	*s = span(d)
	return err
}

func keywordFlag(cmd *cobra.Command, o *lab.Options) {
	cmd.Flags().VarP(&once{text: &o.Keyword}, "keyword", "k", "only experiments whose name contains this text")
}

// once is a flag of text of which a second one would be taken in silence for the first.
type once struct {
	text  *string
	given bool
}

func (o *once) String() string { return *o.text }
func (o *once) Type() string   { return "string" }

func (o *once) Set(text string) error {
	if o.given {
		return fmt.Errorf("given twice: %s and %s", *o.text, text)
	}
	*o.text, o.given = text, true
	return nil
}
