package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/netlab-dev/netlab/lab"
)

// printer writes the results of a run as they come. Its methods may be called from any goroutine.
type printer struct {
	mu       sync.Mutex
	out, err io.Writer
	colour   bool // marks in colour: out is a terminal and NO_COLOR is not set
	watched  bool // progress lines: err is a terminal
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
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

func (p *printer) file(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	fmt.Fprintln(p.out, name)
}

// outcome prints one experiment's line, and what went wrong below it.
func (p *printer) outcome(o lab.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	fmt.Fprintf(p.out, "  %s %-*s %s\n", p.mark(o), 44, o.ID, strings.Join(facts(o), "  "))
	for _, line := range o.Output {
		fmt.Fprintf(p.out, "      %s\n", line)
	}
	if o.Text != "" {
		fmt.Fprintln(p.out, strings.TrimRight(o.Text, "\n"))
	}
	if len(o.Failed) > 0 && o.Runs > 1 {
		fmt.Fprintf(p.out, "failed %d/%d: seeds %s; first shown\n", len(o.Failed), o.Runs, seeds(o.Failed))
	}
}

func (p *printer) mark(o lab.Outcome) string {
	mark, colour := "✓", "32"
	switch {
	case len(o.Failed) > 0:
		mark, colour = "✗", "31"
	case o.Skipped > 0 && o.Skipped == o.Runs:
		mark, colour = "-", "33"
	}
	if !p.colour {
		return mark
	}
	return "\x1b[" + colour + "m" + mark + "\x1b[0m"
}

// facts are the columns behind an experiment's name.
func facts(o lab.Outcome) []string {
	columns := []string{fmt.Sprintf("%-4s", o.Engine), short(o.Wall)}
	if o.Runs == 1 {
		columns = append(columns, fmt.Sprintf("seed %d", o.Seed))
		if o.Engine == "sim" {
			columns = append(columns, "t="+seconds(o.Now), fmt.Sprintf("digest %016x", o.Digest))
		} else if o.Lateness > 0 {
			columns = append(columns, "lateness "+short(o.Lateness))
		}
	} else {
		columns = append(columns, fmt.Sprintf("%d runs", o.Runs))
	}
	if o.Skipped > 0 {
		columns = append(columns, "skipped: "+o.Reason)
	}
	return columns
}

// summary prints the last line.
func (p *printer) summary(r *lab.Report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	parts := []string{fmt.Sprintf("%d passed", r.Passed)}
	if r.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", r.Failed))
	}
	if r.Skipped > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped", r.Skipped))
	}
	fmt.Fprintf(p.out, "%s in %s\n", strings.Join(parts, ", "), short(r.Wall))
}

// progress shows how far a long sweep has come, when a terminal watches.
func (p *printer) progress(id string, done, of int) {
	if !p.watched {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.last) > 100*time.Millisecond {
		p.last = now
		line := fmt.Sprintf("  %s %d/%d", id, done, of)
		p.wipe()
		p.shown = len(line)
		fmt.Fprint(p.err, line)
	}
}

// clear removes the progress line.
func (p *printer) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
}

func (p *printer) wipe() {
	if p.shown > 0 {
		fmt.Fprintf(p.err, "\r%*s\r", p.shown, "")
		p.shown = 0
	}
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

func seconds(d time.Duration) string { return fmt.Sprintf("%.3fs", d.Seconds()) }

// short writes a duration with about three digits.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1fs", d.Seconds())
}
