package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/result"
)

// printer writes the results of a run as they come. Its methods may be called from any goroutine.
type printer struct {
	mu       sync.Mutex
	out, err io.Writer
	text     result.Text
	trace    tracing
	watched  bool // err is a terminal: progress is a line that changes
	shown    int  // width of the progress line on the screen
	last     time.Time
}

func newPrinter(io streams) *printer {
	p := &printer{out: io.out, err: io.err, watched: isTerminal(io.err), last: time.Now()}
	if isTerminal(io.out) {
		p.text.Colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		p.text.Width, _ = screen(io.out.Fd())
	}
	return p
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
	p.text.Names = 0
	for _, e := range l.Experiments {
		p.text.Names = max(p.text.Names, result.Columns(result.Visible(e.ID)))
	}
	fmt.Fprintln(p.out, result.Visible(l.Path))
}

// outcome prints one experiment's line, or what went wrong with it.
func (p *printer) outcome(s result.Sweep) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	s = p.trace.instead(s)
	fmt.Fprint(p.out, p.text.Sweep(&s))
	if r := s.ShownRun(); r != nil && p.trace.wanted {
		fmt.Fprint(p.out, p.trace.text(p.text, r))
	}
}

// summary prints the comparison of both engines, if they have run, and the last line.
func (p *printer) summary(r *result.Report, both bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	if both {
		fmt.Fprint(p.out, p.text.Both(r))
	}
	fmt.Fprint(p.out, p.text.Summary(r))
}

// notice prints something the user should know that is no error.
func (p *printer) notice(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	fmt.Fprintf(p.err, "note: %s\n", result.Visible(text))
}
