package main

import (
	"io"

	"github.com/spf13/cobra"
)

// streams are what the command reads and writes.
type streams struct {
	in    io.Reader
	out   *output
	err   io.Writer
	hurry <-chan struct{} // closed at the second Ctrl-C
}

func newRoot(io streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "lab",
		Short: "a scriptable network lab with two engines",
		Long: "lab runs experiments on networks. An experiment is a Starlark script. It connects network programs, breaks the\n" +
			"network and the nodes on purpose, and checks what must be true. The live engine runs real processes on real\n" +
			"sockets. The sim engine runs the same components in virtual time, and a seed decides the run.\n\n" + exitCodes,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newRun(io), newUp(io), newDo(io), newClient(io), newReport(io), newList(io), newNew(io), newFmt(io), newDoc(io),
		newPlugin(io), newBuild(io), newVersion(io))
	root.SetHelpCommand(helpCommand(root))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.HasSubCommands() {
			group(cmd)
		}
		if cmd.Name() == "completion" {
			for _, shell := range cmd.Commands() {
				shell.Args = arguments(0, 0)
				if shell.Name() == "bash" {
					shell.RunE = completionForBash
				}
			}
		}
	}
	completions(root)
	return root
}
