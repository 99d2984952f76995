package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/script"
)

func newDo(io streams) *cobra.Command {
	var pid int
	cmd := &cobra.Command{
		Use:   "do COMMAND ...",
		Short: "give a command to the lab that `lab up` keeps",
		Long: "do carries out one command in the lab that `lab up` keeps in another terminal: " + script.Words + ".\n" +
			"Nodes are named; several are joined by commas. NAME=VALUE gives an argument by name.",
		Example: "  lab do cut n1 n2 lasting=5s\n" +
			"  lab do link client lb latency=50ms rate=1mbit\n" +
			"  lab do crash n1\n" +
			"  lab do status n2\n" +
			"  lab do heal",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := lab.Do(pid, args)
			fmt.Fprint(io.out, visible(text))
			return err
		},
	}
	cmd.Flags().SetInterspersed(false) // what follows the command is its own
	cmd.Flags().IntVar(&pid, "pid", 0, "the process of the lab, when several are up")
	return cmd
}
