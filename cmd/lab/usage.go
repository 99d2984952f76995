package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/spell"
)

// What is said of mistakes in commands, flags and the number of arguments, in place of what cobra says.

// usageError is a mistake in the arguments.
func usageError(message, hint string) error {
	return &trouble.Error{Class: trouble.Usage, Text: message, Hint: hint}
}

// arguments refuses fewer than least, and more than most.
func arguments(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if least <= len(args) && len(args) <= most {
			return nil
		}
		want := fmt.Sprint(least)
		if most > least {
			want = fmt.Sprintf("%d to %d", least, most)
		}
		return usageError(fmt.Sprintf("%s: got %s, want %s", cmd.CommandPath(), counted(len(args)), want), cmd.UseLine())
	}
}

func counted(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}

// group makes a command that has only others below it say what they are, and refuse what is none of them.
func group(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return noCommand(cmd, args[0])
	}
}

// noCommand is the error for a word that names no command below cmd.
func noCommand(cmd *cobra.Command, word string) error {
	var known []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			known = append(known, sub.Name())
		}
	}
	message := fmt.Sprintf("%s: no command %q", cmd.CommandPath(), word)
	if near := spell.Nearest(word, known); near != "" {
		message += fmt.Sprintf(" (did you mean %q?)", near)
	}
	hint := "commands are " + strings.Join(known, ", ")
	if _, err := os.Stat(word); err == nil && filepath.Ext(word) == ".star" {
		hint = "to run the script: lab run " + word
	}
	return usageError(message, hint)
}

// helpCommand is `lab help COMMAND`.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "show what a command does, and its arguments",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			switch {
			case err != nil:
				return noCommand(root, args[0])
			case len(rest) > 0 && cmd.HasSubCommands():
				return noCommand(cmd, rest[0])
			case len(rest) > 0:
				return usageError(fmt.Sprintf("lab help: %s has no command %q", cmd.CommandPath(), rest[0]),
					"lab help "+strings.TrimPrefix(cmd.CommandPath(), "lab "))
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

// flagError says what is wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		bare    *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	if cmd.HasSubCommands() && cmd.Flags().NArg() > 0 {
		return noCommand(cmd, cmd.Flags().Arg(0)) // the flag is one of what was meant
	}
	message := "a flag is --NAME or --NAME=VALUE"
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		message = fmt.Sprintf("no flag -%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		message = "no flag --" + unknown.GetSpecifiedName()
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if near := spell.Nearest(unknown.GetSpecifiedName(), known); near != "" {
			message += fmt.Sprintf(" (did you mean --%s?)", near)
		}
	case errors.As(err, &bare):
		message = fmt.Sprintf("--%s wants a value", bare.GetFlag().Name)
	case errors.As(err, &invalid) && slices.Contains([]string{"duration", "string"}, invalid.GetFlag().Value.Type()):
		message = fmt.Sprintf("--%s: %v", invalid.GetFlag().Name, invalid.Unwrap())
	case errors.As(err, &invalid):
		message = fmt.Sprintf("--%s: got %q, want %s", invalid.GetFlag().Name, invalid.GetValue(), wanted(invalid.GetFlag()))
	}
	return usageError(cmd.CommandPath()+": "+message, cmd.CommandPath()+" --help lists the flags")
}

// wanted is what the values of a flag are.
func wanted(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "bool":
		return "true or false"
	case "nodes":
		return "names of nodes with commas between them, such as n1,n2"
	case "uint64":
		return "a whole number from 0 to 18446744073709551615"
	}
	return "a whole number"
}
