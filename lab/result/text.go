package result

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Text writes results for people. The zero Text is plain, with lines as long as they are.
type Text struct {
	Colour bool
	Width  int // of the screen in columns: longer lines are broken; 0 for any
	Names  int // the width of the column of names
}

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
	faint  = "2"
)

func (t Text) paint(colour, text string) string {
	if !t.Colour || colour == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// Mark is the sign of what has held, or has not.
func (t Text) Mark(held bool) string {
	if held {
		return t.paint(green, "✓")
	}
	return t.paint(red, "✗")
}

// Sweep is one experiment: a line when it has held, else what has failed and why.
func (t Text) Sweep(s *Sweep) string {
	if len(s.Failures) > 0 {
		return t.failed(s)
	}
	mark, colour := "✓", green
	if s.Interrupted || s.Skips == s.Runs {
		mark, colour = "-", yellow
	}
	var b strings.Builder
	t.marked(&b, colour, mark, fmt.Sprintf("  %s %s  %s", mark, Pad(Visible(s.ID), t.Names), strings.Join(s.facts(), "  ")))
	t.prints(&b, s.Prints)
	for _, note := range s.Notes {
		if s.Asked > 1 {
			note += fmt.Sprintf(" (notes in %d of %d runs)", s.Noted, s.Runs)
		}
		t.marked(&b, yellow, "note:", "    note: "+note)
	}
	return b.String()
}

// facts are the columns behind the name of an experiment that has not failed.
func (s *Sweep) facts() []string {
	columns := []string{fmt.Sprintf("%-4s", s.Engine), fmt.Sprintf("%5s", Rough(s.Wall))}
	switch {
	case s.Interrupted || s.Enough:
		return append(columns, s.ending())
	case s.Asked > 1:
		columns = append(columns, Count(s.Runs, "run"))
	case s.Skips > 0:
	case s.Engine == "sim":
		columns = append(columns, fmt.Sprintf("seed %d", s.Seed), "t="+seconds(s.At), fmt.Sprintf("digest %016x", s.Digest))
	default:
		columns = append(columns, fmt.Sprintf("seed %d", s.Seed))
		if s.Lateness > 0 {
			columns = append(columns, "lateness "+Rough(s.Lateness))
		}
	}
	switch {
	case s.Skips == 0:
	case s.Skips == s.Runs:
		columns = append(columns, "skipped: "+oneLine(s.Reason))
	default:
		columns = append(columns, fmt.Sprintf("%d skipped: %s", s.Skips, oneLine(s.Reason)))
	}
	return columns
}

// numbers are what may differ between failures of one kind.
var numbers = regexp.MustCompile(`[0-9]+`)

func oneLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }

// ending says how far a sweep has come that did not go through all its seeds.
func (s *Sweep) ending() string {
	switch {
	case s.Enough:
		return fmt.Sprintf("stopped after %d of %d runs: enough have failed", s.Runs, s.Asked)
	case s.Asked == 1:
		return "interrupted"
	}
	return fmt.Sprintf("interrupted after %d of %d runs", s.Runs, s.Asked)
}

// failed is a sweep of which runs have failed: the gravest failure whole, the others a line each.
func (t Text) failed(s *Sweep) string {
	var b strings.Builder
	b.WriteString(t.Run(&s.Failures[0].Run))
	if s.Asked > 1 {
		which := seeds(s)
		if s.Failed() > 1 {
			which += fmt.Sprintf("; the one above is seed %d", s.Failures[0].Run.Seed)
		}
		t.line(&b, fmt.Sprintf("  %d of %d runs failed: %s", s.Failed(), s.Runs, which))
	}
	if len(s.Failures) > 1 {
		t.table(&b, "in different ways", len(s.Failures), func(i int) []string {
			f := &s.Failures[i]
			why := f.Run.brief()
			if f.Others {
				why = "others, this among them: " + why
			}
			return []string{fmt.Sprintf("%dx", len(f.Seeds)), fmt.Sprintf("seed %d", f.Run.Seed), why}
		})
	}
	if s.Interrupted || s.Enough {
		t.line(&b, "  "+s.ending())
	}
	return b.String()
}

// Why tells ways of failing apart: by the check and its message, or by the error, whatever numbers stand in them.
func (r *Run) Why() string {
	if r.Node != nil { // the stack of a panic is another one each time
		return numbers.ReplaceAllString(r.Error.Text, "#")
	}
	if r.Parting != nil {
		return "one seed gave two runs"
	}
	return numbers.ReplaceAllString(r.brief(), "#")
}

// brief is why a run did not hold, in one line.
func (r *Run) brief() string {
	text := ""
	switch {
	case r.Parting != nil:
		text = "one seed gave two runs: " + r.Parting.Text
	case r.Error != nil:
		text = r.Error.Error()
	case len(r.Checks) > 0:
		c := r.Checks[len(r.Checks)-1]
		text = fmt.Sprintf("%s:%d %s", filepath.Base(c.Pos.File), c.Pos.Line, c.Source)
		if c.Message != "" {
			text += ": " + c.Message
		}
	}
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// mostSeeds is how many failed seeds are shown. Programs get all of them.
const mostSeeds = 10

func seeds(s *Sweep) string {
	var all []uint64
	for i := range s.Failures {
		all = append(all, s.Failures[i].Seeds...)
	}
	slices.Sort(all)
	text := strings.ReplaceAll(strings.Trim(fmt.Sprint(all[:min(len(all), mostSeeds)]), "[]"), " ", ", ")
	switch {
	case len(all) == 1:
		return "seed " + text
	case len(all) > mostSeeds:
		text += fmt.Sprintf(" and %d more", len(all)-mostSeeds)
	}
	return "seeds " + text
}

// Summary is the last line of a command: what came of all experiments.
func (t Text) Summary(r *Report) string {
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
	if r.Interrupted {
		interrupted = "interrupted: "
	}
	return fmt.Sprintf("%s%s in %s\n", interrupted, strings.Join(parts, ", "), Rough(r.Wall))
}

// Rough writes a time of the wall clock with about three digits.
func Rough(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return value.FormatDuration(d.Round(time.Second))
	case d < time.Millisecond:
		return fmt.Sprintf("%dus", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1fs", d.Seconds())
}

// seconds writes a run's time to the millisecond.
func seconds(d time.Duration) string {
	if d >= time.Minute {
		return value.FormatDuration(d.Round(time.Millisecond))
	}
	return fmt.Sprintf("%.3fs", d.Seconds())
}
