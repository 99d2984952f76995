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
		Short: "send a command to the lab that `lab up` keeps",
		Long: "do executes one command in the lab that `lab up` keeps in another terminal: " + script.Words + ".\n" +
			"Give nodes by their names, and several nodes with commas between them. NAME=VALUE gives an argument by name.\n" +
			"COMMAND -h shows the form of one command.\n\n" +
			"nodes, links, connections and faults show the state of the lab. links shows the profile of all links, and of\n" +
			"each link that differs. connections takes one node, two nodes or none. faults shows the numbers for heal. events\n" +
			"shows the last 20 events (last=N), selected as by lab.events, and the faults of nodes and links.\n\n" +
			"Without --pid, do uses the only lab that was started in this directory, or in one above or below it. do waits\n" +
			"for the answer of its command. A command has a timeout (timeout=30s for a method of a node). do gives up when\n" +
			"the lab has shown no progress for 5 seconds.\n\n" +
			"Exit codes: 0 done; 1 the command was correct but failed (refused, no answer, crashed already);\n" +
			"2 a word, a node or a value is wrong; 5 do cannot reach a lab.",
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
	cmd.Flags().IntVar(&pid, "pid", 0, "the process ID of the lab, if several are up")
	return cmd
}
