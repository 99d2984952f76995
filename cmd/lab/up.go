package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/value"
)

func newUp(io streams) *cobra.Command {
	o := lab.Options{}
	var verbose bool
	cmd := &cobra.Command{
		Use:   "up FILE[::EXPERIMENT]",
		Short: "keep an experiment's topology running",
		Long: "up starts the nodes of an experiment and sets their links, up to the first call that waits. It keeps them running\n" +
			"until Ctrl-C: real processes on real ports for curl, nc, wrk and browsers. A table shows their addresses. Direct\n" +
			"connections to these addresses bypass the emulated network. A program that connects through the SOCKS address\n" +
			"acts as a node: its traffic goes over the links of that node.\n\n" +
			"You can type commands here, or send them with `lab do` from another terminal: " + script.Words + ".",
		Example: "  lab up scripts/balance.star\n" +
			"  lab do cut client lb",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Targets = args
			o.SeedGiven = cmd.Flags().Changed("seed")
			return up(cmd, io, o, verbose)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Engine, "engine", "", "only live is possible")
	flags.Uint64Var(&o.Seed, "seed", 1, "the seed of the random values")
	flags.StringArrayVar(&o.Set, "set", nil, "NAME=VALUE for a parameter of the experiment; may be repeated")
	flags.BoolVarP(&verbose, "verbose", "v", false, "show logs of components as they come")
	pluginFlag(cmd, &o)
	return cmd
}

func up(cmd *cobra.Command, io streams, o lab.Options, verbose bool) error {
	if verbose {
		o.Log = result.VisibleLines{To: io.err}
	}
	o.Hurry = io.hurry
	p := newPrinter(io)
	o.OnNotice, o.OnBuild = p.notice, p.building
	o.GiveUp = func(err error) { os.Exit(exitCode(io, err)) }
	builtins, err := builtinManifest()
	if err != nil {
		return err
	}
	var do func([]string) (string, error)
	typed := false
	return lab.Up(cmd.Context(), builtins, o, lab.UpOptions{
		Command: func(d func([]string) (string, error)) { do = d },
		Up: func(k lab.Kept) {
			printKept(io.out, k)
			typed = isTyped(io.in)
			go bug.Guarded(func() { prompt(io, do, typed) })()
		},
		Others: func(d script.Done) { printOthers(io.out, d, typed) },
	})
}

// printKept shows where everything is.
func printKept(out io.Writer, k lab.Kept) {
	rows := [][]string{{"  NODE", "KIND", "ADDRESS", "ON THIS MACHINE"}}
	for _, n := range k.Nodes {
		var real []string
		for _, p := range n.Ports {
			real = append(real, p.Network+" "+p.Real.String())
		}
		rows = append(rows, []string{"  " + n.Name, n.Kind, cmp.Or(n.Addr, "-"), strings.Join(real, ", ")})
	}
	fmt.Fprintf(out, "%s is up\n%s", k.ID, result.Table(rows))
	fmt.Fprintf(out, "as a node, through its links: socks5h://NODE:%s@%s\n", k.Password, k.Socks)
	if n, via := example(k); n != "" {
		fmt.Fprintf(out, "  for example: curl -x socks5h://%s:%s@%s http://%s/\n", via, k.Password, k.Socks, n)
	}
	fmt.Fprintln(out, "faults: type a command, or use lab do (cut, link, crash ...); Ctrl-C tears everything down")
}

// example is the address of an HTTP server, a balancer if there is one, and a node to dial it as.
func example(k lab.Kept) (addr, via string) {
	for _, n := range k.Nodes {
		switch {
		case n.Addr == "":
			via = n.Name
		case strings.HasSuffix(n.Kind, "balancer"), n.Kind == "http-backend" && addr == "":
			addr = n.Addr
		}
	}
	if via == "" {
		return "", ""
	}
	return addr, via
}

// promptText is where a command is typed.
const promptText = "lab> "

// printOthers shows what another process has done to the lab, in a line of its own above the prompt.
func printOthers(out io.Writer, d script.Done, typed bool) {
	what := result.Visible(strings.Join(d.Words, " "))
	if runes := []rune(what); len(runes) > 60 {
		what = string(runes[:60]) + "..."
	}
	line := fmt.Sprintf("> %s  at %s by %s\n", strings.ReplaceAll(what, "\n", " "), value.Short(d.At), d.By)
	if d.Err != nil {
		line = fmt.Sprintf("%s  did not succeed\n", strings.TrimSuffix(line, "\n"))
	}
	if typed {
		line = "\r" + line + promptText
	}
	fmt.Fprint(out, line)
}

// isTyped tells whether somebody types the input.
func isTyped(in io.Reader) bool {
	f, ok := in.(*os.File)
	if ok {
		keepFromStopping()
	}
	return ok && isatty.IsTerminal(f.Fd())
}

// prompt carries out what is typed, a command a line. It ends with the input, or the process.
func prompt(io streams, do func([]string) (string, error), typed bool) {
	lines := bufio.NewScanner(io.in)
	for {
		if typed {
			fmt.Fprint(io.out, promptText)
		}
		if !lines.Scan() {
			if errors.Is(lines.Err(), bufio.ErrTooLong) {
				printError(io.err, &trouble.Error{Text: "a line of more than 64 KiB: no further command is read here",
					Hint: "lab do gives commands, too"})
			}
			return
		}
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		text, err := do(words)
		fmt.Fprint(io.out, result.Visible(text))
		var mistake *trouble.Error
		var unmet *script.Unmet
		switch {
		case errors.As(err, &mistake):
			printError(io.err, &trouble.Error{Text: mistake.Text, Hint: mistake.Hint})
		case errors.As(err, &unmet):
			printError(io.err, &trouble.Error{Text: unmet.Msg, Hint: unmet.Hint})
		case err != nil:
			return // everything is ending
		}
	}
}
