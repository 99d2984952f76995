package main

import (
	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab"
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

func keywordFlag(cmd *cobra.Command, o *lab.Options) {
	cmd.Flags().StringVarP(&o.Keyword, "keyword", "k", "", "only experiments whose name contains this text")
}
