package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/regular"
	"github.com/netlab-dev/netlab/lab/report"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/spell"
)

func newReport(io streams) *cobra.Command {
	var output string
	var window report.Window
	cmd := &cobra.Command{
		Use:   "report [FILE.jsonl | -]... -o FILE.html | FILE.svg | FILE.pcapng | FILE.xml",
		Short: "show runs as a page: what failed, and why",
		Long: "report writes an HTML page from results that lab run -o FILE.jsonl has written. - reads standard input. Without a\n" +
			"file, report uses the last run in this directory, which lab run keeps in the user's state directory.\n" +
			"The page opens at the failure. It shows the failed check with its values, a diagram of the messages and events with\n" +
			"the causes in bold, and the command that runs it again. The page is one file and loads nothing. lab doc report\n" +
			"explains how to read it.\n" +
			"-o FILE.svg writes one part of the page as a picture. By default, this is the diagram of the first run. --show chooses\n" +
			"another part: the lanes of nodes, the history of clients, the load, or the ends of all seeds. --from and --to choose a\n" +
			"part of the time.\n" +
			"-o FILE.pcapng writes a capture for Wireshark, and -o FILE.xml writes JUnit, as lab run does.",
		Example: "  lab report -o run.html\n" +
			"  lab report --from 250ms --to 300ms -o election.svg\n" +
			"  lab report --show lanes -o roles.svg\n" +
			"  lab report monday.jsonl tuesday.jsonl -o week.html\n" +
			"  lab run --engine sim -o - scripts/election.star | lab report - -o run.html",
		RunE: func(cmd *cobra.Command, args []string) error {
			render, err := rendererOf(output, window)
			if err != nil {
				return err
			}
			all, err := results(cmd.Context(), io, args)
			if err != nil {
				return err
			}
			if text := unrecorded(output, all); text != "" && cmp.Or(window.Of, report.Diagram) == report.Diagram {
				fmt.Fprintln(io.err, "note: "+text)
			}
			return writeWhole(io, output, render, all)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "the file to write; - for a page on standard output")
	cmd.Flags().StringVar(&window.Of, "show", "", "part for a picture: "+strings.Join(report.Parts, ", ")+" (default: diagram)")
	cmd.Flags().Var((*span)(&window.From), "from", "for a picture: the time of the run at which it begins, such as 250ms")
	cmd.Flags().Var((*span)(&window.To), "to", "for a picture: the time of the run at which it ends (default: the end of the run)")
	return cmd
}

// rendererOf chooses what makes the file, and refuses what does not fit it.
func rendererOf(output string, window report.Window) (renderer, error) {
	render := renderers[filepath.Ext(output)]
	switch {
	case output == "":
		return nil, usageError("report: no file to write", "lab report -o run.html")
	case filepath.Ext(output) == ".svg":
		render = windowed(window)
	case window != report.Window{}:
		return nil, usageError(fmt.Sprintf("-o %s: --show, --from and --to are for a picture", output), "want a name that ends in .svg")
	case output == "-":
		render = renderPage
	case render == nil:
		return nil, usageError(fmt.Sprintf("-o %s: want a name that ends in .html, .svg, .xml or .pcapng", output), "or - for a page on standard output")
	}
	if window.Of != "" && !slices.Contains(report.Parts, window.Of) {
		text, _ := spell.Unknown("part of the page", window.Of, report.Parts)
		return nil, usageError("--show: "+text, "want "+strings.Join(report.Parts, ", "))
	}
	if window.To != 0 && window.From >= window.To || window.From < 0 {
		return nil, usageError(fmt.Sprintf("--from %s, --to %s: want a time before another", (*span)(&window.From), (*span)(&window.To)),
			"--from is 0 or more, and --to is later; without --to, the picture ends with the run")
	}
	return render, nil
}

// results reads the files, or the last run. An interruption ends the wait for standard input, or for a pipe.
func results(ctx context.Context, io streams, paths []string) (*result.Report, error) {
	var all *result.Report
	var err error
	read := make(chan struct{})
	go bug.Guarded(func() {
		defer close(read)
		all, err = readAll(io, paths)
	})()
	select {
	case <-read:
		return all, err
	case <-ctx.Done():
		return nil, &trouble.Error{Class: trouble.Interrupted, Text: "interrupted", Err: ctx.Err()}
	}
}

func readAll(io streams, paths []string) (*result.Report, error) {
	if len(paths) == 0 {
		return readLast(io)
	}
	all := &result.Report{}
	for _, path := range paths {
		r, err := readResults(io.in, path)
		if err != nil {
			return nil, err
		}
		all.Join(r)
	}
	return all, nil
}

// readLast reads the last run, and says which one that is.
func readLast(io streams) (*result.Report, error) {
	path, ours, err := lastRun()
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, &trouble.Error{Class: trouble.Usage, Text: "reading results: " + err.Error(), Err: err}
	}
	r, err := readResults(io.in, path)
	if err != nil {
		return nil, err
	}
	text := "the run" + ofWhat(r) + " " + result.Rough(time.Since(info.ModTime())) + " ago"
	if !ours {
		text += " in another directory: of this one none is kept"
	}
	fmt.Fprintln(io.err, "note: "+text)
	return r, nil
}

// ofWhat names the first experiment of the results.
func ofWhat(r *result.Report) string {
	switch {
	case len(r.Sweeps) == 0 && len(r.NotLoaded) > 0:
		return fmt.Sprintf(" of %s, which was not loaded,", result.Visible(cmp.Or(r.NotLoaded[0].Pos.File, "a script")))
	case len(r.Sweeps) == 0:
		return ""
	}
	s := &r.Sweeps[0]
	seed := s.Seed
	if run := s.ShownRun(); run != nil {
		seed = run.Seed
	}
	return fmt.Sprintf(" of %s, seed %d,", result.Visible(s.File), seed)
}

func readResults(in io.Reader, path string) (*result.Report, error) {
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, &trouble.Error{Class: trouble.Usage, Text: "reading results: " + err.Error(), Err: err}
		}
		defer file.Close()
		in = file
	}
	r, err := result.Read(in)
	var known *trouble.Error
	if errors.As(err, &known) {
		known.Text = fmt.Sprintf("%s: %s", path, known.Text)
	}
	if err == nil && len(r.Sweeps) == 0 && len(r.NotLoaded) == 0 {
		return nil, usageError(path+": no results in it", "want what lab run -o FILE.jsonl has written")
	}
	return r, err
}

// writeWhole touches the file only when all of the page or capture is made.
func writeWhole(io streams, path string, render renderer, r *result.Report) error {
	var page bytes.Buffer
	if err := render(&page, r); err != nil {
		return err
	}
	if path == "-" {
		_, err := io.out.Write(page.Bytes())
		return err
	}
	if err := replaceFile(path, page.Bytes()); err != nil {
		return &trouble.Error{Class: trouble.Host, Text: "writing the report: " + err.Error(), Err: err}
	}
	return nil
}

// mostScript bounds the scripts whose lines a page shows.
const mostScript = 4 << 20

// renderPage writes results as a page, with the lines of scripts that are still there.
func renderPage(to io.Writer, r *result.Report) error {
	return report.Write(to, r, report.Options{Version: version(), Read: func(path string) ([]byte, error) {
		return regular.Read(path, mostScript, onlyScripts(path))
	}})
}

// windowed writes the first run as a picture of that part of its time.
func windowed(w report.Window) renderer {
	return func(to io.Writer, r *result.Report) error { return report.Picture(to, r, w) }
}

// onlyScripts refuses what is no script: the path is out of a file that somebody else may have made.
func onlyScripts(path string) func(fs.FileInfo) error {
	return func(info fs.FileInfo) error {
		if filepath.Ext(path) != ".star" || !info.Mode().IsRegular() {
			return fmt.Errorf("%s is no script", path)
		}
		return nil
	}
}
