package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/script"
)

func newUp(io streams) *cobra.Command {
	o := lab.Options{}
	var verbose bool
	cmd := &cobra.Command{
		Use:   "up FILE[::EXPERIMENT]",
		Short: "keep an experiment's topology running",
		Long: "up wires the topology of an experiment, up to the first thing that it would wait for, and keeps it until\n" +
			"Ctrl-C: real processes on real ports for curl, nc, wrk and browsers. The table says where they are. Whoever\n" +
			"dials a node's port there meets no link; through the SOCKS address a program takes part as a node, and what\n" +
			"it sends crosses the links of that node.\n\n" +
			"Commands, typed here or given by `lab do` elsewhere: " + script.Words + ".",
		Example: "  lab up scripts/balance.star\n" +
			"  lab do cut client lb",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Targets = args
			o.SeedGiven = cmd.Flags().Changed("seed")
			return up(cmd, io, o, verbose)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Engine, "engine", "", "live is the only one that can be kept up")
	flags.Uint64Var(&o.Seed, "seed", 1, "the seed of what is drawn")
	flags.StringArrayVar(&o.Set, "set", nil, "NAME=VALUE for a parameter of the experiment; may be repeated")
	flags.BoolVarP(&verbose, "verbose", "v", false, "show what components log as it comes")
	pluginFlag(cmd, &o)
	return cmd
}

func up(cmd *cobra.Command, io streams, o lab.Options, verbose bool) error {
	if verbose {
		o.Log = visibleLines{io.err}
	}
	o.Hurry = io.hurry
	p := newPrinter(io)
	o.OnNotice = p.notice
	o.GiveUp = func(err error) { os.Exit(exitCode(io, err)) }
	builtins, err := builtinManifest()
	if err != nil {
		return err
	}
	var do func([]string) (string, error)
	return lab.Up(cmd.Context(), builtins, o, lab.UpOptions{
		Command: func(d func([]string) (string, error)) { do = d },
		Up: func(k lab.Kept) {
			printKept(io.out, k)
			go bug.Guarded(func() { prompt(io, do) })()
		},
	})
}

// printKept shows where everything is.
func printKept(out io.Writer, k lab.Kept) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s is up\n", k.ID)
	fmt.Fprintln(w, "  NODE\tKIND\tADDRESS\tON THIS MACHINE")
	for _, n := range k.Nodes {
		var real []string
		for _, p := range n.Ports {
			real = append(real, p.Network+" "+p.Real.String())
		}
		addr := n.Addr
		if addr == "" {
			addr = "-"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", n.Name, n.Kind, addr, strings.Join(real, ", "))
	}
	_ = w.Flush()
	fmt.Fprintf(out, "as a node, through its links: socks5h://NODE@%s\n", k.Socks)
	if n, via := example(k); n != "" {
		fmt.Fprintf(out, "  for example: curl -x socks5h://%s@%s http://%s/\n", via, k.Socks, n)
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

// prompt carries out what is typed, a command a line. It ends with the input, or the process.
func prompt(io streams, do func([]string) (string, error)) {
	typed := false
	if f, ok := io.in.(*os.File); ok {
		typed = isatty.IsTerminal(f.Fd())
		keepFromStopping()
	}
	lines := bufio.NewScanner(io.in)
	for {
		if typed {
			fmt.Fprint(io.out, "lab> ")
		}
		if !lines.Scan() {
			return
		}
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		text, err := do(words)
		fmt.Fprint(io.out, visible(text))
		var known *script.Error
		switch {
		case errors.As(err, &known):
			fmt.Fprintf(io.err, "error: %s\n", visible(known.Msg))
			if known.Hint != "" {
				fmt.Fprintf(io.err, "hint: %s\n", visible(known.Hint))
			}
		case err != nil:
			return // everything is ending
		}
	}
}
