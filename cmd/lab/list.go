package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/shell"
)

func newList(io streams) *cobra.Command {
	o := lab.Options{}
	cmd := &cobra.Command{
		Use:   "list FILE | DIR ...",
		Short: "show the experiments of scripts, and their parameters",
		Long: "list shows the experiments that lab run would run. It builds and starts nothing. It only reads the files\n" +
			"of plugins that scripts name.",
		Args: someScript("list"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Targets = args
			o.OnNotice = newPrinter(io).notice
			o.GiveUp = func(err error) { os.Exit(exitCode(io, err)) }
			builtins, err := builtinManifest()
			if err != nil {
				return err
			}
			all, err := lab.List(cmd.Context(), builtins, o)
			if err != nil {
				return err
			}
			code := 0
			for _, l := range all {
				if l.Err != nil {
					printError(io.err, l.Err)
					code = max(code, l.Err.Class.ExitCode())
					continue
				}
				printListing(io, l)
			}
			if code != 0 {
				return errReported{code}
			}
			return nil
		},
	}
	timeoutFlag(cmd, &o, listTimeout, "loading each script")
	keywordFlag(cmd, &o)
	pluginFlag(cmd, &o)
	return cmd
}

func printListing(io streams, l lab.Listing) {
	fmt.Fprintf(io.out, "%s  (%s)\n", l.Path, l.Engine)
	if doc := firstLine(l.Doc); doc != "" {
		fmt.Fprintf(io.out, "  %s\n", doc)
	}
	for _, e := range l.Experiments {
		fmt.Fprintf(io.out, "  %s%s\n", identity(e.ID), parameters(e))
		if doc := firstLine(e.Doc); doc != "" {
			fmt.Fprintf(io.out, "      %s\n", doc)
		}
	}
}

// identity is what chooses the experiment, FILE:: before it. Brackets stay as they are where nothing else needs quotes: no
// shell minds them in a word that is no file.
func identity(id string) string {
	plain := strings.NewReplacer("[", "", "]", "").Replace(id)
	if shell.Quote(plain) == plain {
		return id
	}
	return shell.Quote(id)
}

// parameters shows what --set may change, in words of a shell as a line to replay has them.
func parameters(e *load.Experiment) string {
	var texts []string
	for _, p := range e.Params() {
		if !p.Flag || slices.ContainsFunc(e.Set, func(set string) bool { return strings.HasPrefix(set, p.Name+"=") }) {
			continue // no flag, or its value is in the name
		}
		texts = append(texts, shell.Quote(p.Name+"="+p.Default))
	}
	if len(texts) == 0 {
		return ""
	}
	return "  (--set " + strings.Join(texts, " --set ") + ")"
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
