package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/mattn/go-isatty"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/sdk/value"
)

// printer writes the results of a run as they come. Its methods may be called from any goroutine.
type printer struct {
	mu       sync.Mutex
	out, err io.Writer
	colour   bool // out is a terminal and NO_COLOR is not set
	watched  bool // progress lines: err is a terminal
	width    int  // of the column of names
	shown    int  // width of the progress line on the screen
	last     time.Time
}

func newPrinter(io streams) *printer {
	return &printer{
		out: io.out, err: io.err,
		colour:  isTerminal(io.out) && os.Getenv("NO_COLOR") == "",
		watched: isTerminal(io.err),
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(interface{ Fd() uintptr })
	return ok && isatty.IsTerminal(f.Fd())
}

// file begins the list of a file's experiments, or says why there is none.
func (p *printer) file(l lab.Listing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	if l.Err != nil {
		printError(p.err, l.Err)
		return
	}
	p.width = 0
	for _, e := range l.Experiments {
		p.width = max(p.width, utf8.RuneCountInString(e.ID))
	}
	fmt.Fprintln(p.out, l.Path)
}

// outcome prints one experiment's line, or what went wrong with it.
func (p *printer) outcome(o lab.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	if len(o.Failed) > 0 {
		p.failure(o)
		return
	}
	mark := p.paint(green, "✓")
	if o.Interrupted || o.Skipped == o.Runs {
		mark = p.paint(yellow, "-")
	}
	fmt.Fprintf(p.out, "  %s %-*s  %s\n", mark, p.width, o.ID, strings.Join(facts(o), "  "))
	p.output(o)
	for _, note := range o.Notes {
		if o.Asked > 1 {
			note += fmt.Sprintf(" (notes in %d of %d runs)", o.Noted, o.Runs)
		}
		fmt.Fprintf(p.out, "    %s %s\n", p.paint(yellow, "note:"), visible(note))
	}
}

// failure prints what went wrong: a heading, what the script has printed, where and why, and how to replay it.
func (p *printer) failure(o lab.Outcome) {
	heading, details, _ := strings.Cut(strings.TrimRight(visible(o.Text), "\n"), "\n")
	verdict, rest, _ := strings.Cut(heading, " ")
	fmt.Fprintf(p.out, "%s %s\n", p.paint(red, verdict), rest)
	p.output(o)
	fmt.Fprintln(p.out, details)
	if o.Asked > 1 {
		fmt.Fprintf(p.out, "  %d of %d runs failed: seeds %s; the one above is seed %d\n",
			len(o.Failed), o.Runs, seeds(o.Failed), o.Shown)
	}
	if o.Interrupted {
		fmt.Fprintf(p.out, "  %s\n", progress(o))
	}
}

// output shows what a script has printed.
func (p *printer) output(o lab.Outcome) {
	for _, printed := range o.Output {
		for line := range strings.SplitSeq(printed, "\n") {
			fmt.Fprintf(p.out, "    | %s\n", visible(line))
		}
	}
}

const (
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (p *printer) paint(colour, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// facts are the columns behind the name of an experiment that has not failed.
func facts(o lab.Outcome) []string {
	columns := []string{fmt.Sprintf("%-4s", o.Engine), fmt.Sprintf("%5s", script.Rough(o.Wall))}
	switch {
	case o.Interrupted:
		return append(columns, progress(o))
	case o.Asked > 1:
		columns = append(columns, fmt.Sprintf("%d runs", o.Runs))
	case o.Skipped > 0:
	case o.Engine == "sim":
		columns = append(columns, fmt.Sprintf("seed %d", o.Seed), "t="+seconds(o.Now), fmt.Sprintf("digest %016x", o.Digest))
	default:
		columns = append(columns, fmt.Sprintf("seed %d", o.Seed))
		if o.Lateness > 0 {
			columns = append(columns, "lateness "+script.Rough(o.Lateness))
		}
	}
	switch {
	case o.Skipped == 0:
	case o.Skipped == o.Runs:
		columns = append(columns, "skipped: "+visible(o.Reason))
	default:
		columns = append(columns, fmt.Sprintf("%d skipped: %s", o.Skipped, visible(o.Reason)))
	}
	return columns
}

// progress says how far an experiment had come when it was interrupted.
func progress(o lab.Outcome) string {
	if o.Asked == 1 {
		return "interrupted"
	}
	return fmt.Sprintf("interrupted after %d of %d runs", o.Runs, o.Asked)
}

// summary prints the last line.
func (p *printer) summary(r *lab.Report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	parts := []string{fmt.Sprintf("%d passed", r.Passed)}
	for _, part := range []struct {
		count int
		what  string
	}{{r.Failed, "failed"}, {r.Skipped, "skipped"}, {r.Unfinished, "not finished"}, {r.NotRun, "not run"},
		{len(r.NotLoaded), "not loaded"}} {
		if part.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.count, part.what))
		}
	}
	interrupted := ""
	if r.Unfinished+r.NotRun > 0 {
		interrupted = "interrupted: "
	}
	fmt.Fprintf(p.out, "%s%s in %s\n", interrupted, strings.Join(parts, ", "), script.Rough(r.Wall))
}

// notice prints something the user should know that is no error.
func (p *printer) notice(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	fmt.Fprintf(p.err, "note: %s\n", visible(text))
}

// seeds lists at most ten of them.
func seeds(all []uint64) string {
	const most = 10
	var b strings.Builder
	for i, seed := range all {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(all)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, seed)
	}
	return b.String()
}

// seconds writes a run's time to the millisecond.
func seconds(d time.Duration) string {
	if d >= time.Minute {
		return value.FormatDuration(d.Round(time.Millisecond))
	}
	return fmt.Sprintf("%.3fs", d.Seconds())
}
