package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script"
)

func newDo(io streams) *cobra.Command {
	var pid int
	cmd := &cobra.Command{
		Use:   "do COMMAND ...",
		Short: "give a command to the lab that `lab up` keeps",
		Long: "do carries out one command in the lab that `lab up` keeps in another terminal: " + script.Words + ".\n" +
			"Nodes are named; several are joined by commas. NAME=VALUE gives an argument by name. COMMAND -h shows the form\n" +
			"of one command.\n\n" +
			"nodes, links, connections and faults say how the lab is: links gives the profile of all links, and of each that\n" +
			"differs; connections takes one or two nodes, or none; faults gives the number that heal takes. events shows the\n" +
			"last 20 (last=N), chosen as lab.events chooses them, with the faults of nodes and links among them.\n\n" +
			"Without --pid the lab is the only one that was started in this folder, or in one above or below it.\n" +
			"do waits for the answer of its command, which has a timeout (timeout=30s for a method of a node). It gives up\n" +
			"when the lab itself has not shown for 5 seconds that it works on it.\n\n" +
			"Exit codes: 0 done; 1 the command was right and did not succeed (refused, no answer, crashed already);\n" +
			"2 a word, a node or a value is wrong; 5 there is no way to a lab.",
		Example: "  lab do cut n1 n2 lasting=5s\n" +
			"  lab do link client lb latency=50ms rate=1mbit\n" +
			"  lab do crash n1\n" +
			"  lab do status n2\n" +
			"  lab do faults\n" +
			"  lab do events became_leader n2 last=5\n" +
			"  lab do heal",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("lab do: no command given", "commands are "+script.Words)
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if last := args[len(args)-1]; len(args) > 1 && (last == "-h" || last == "--help") {
				fmt.Fprintln(io.out, "lab do "+script.Usage(args[0]))
				return nil
			}
			text, err := lab.Do(pid, args)
			fmt.Fprint(io.out, result.Visible(text))
			return err
		},
	}
	cmd.Flags().SetInterspersed(false) // what follows the command is its own
	cmd.Flags().IntVar(&pid, "pid", 0, "the process of the lab, when several are up")
	return cmd
}
