package result

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Run is a run that did not hold: what and where, what was wrong with the network, what happened last, and how to replay
// it. Of one that has held it is the heading.
func (t Text) Run(r *Run) string {
	var b strings.Builder
	verdict := map[Outcome]string{Passed: "ok", Failed: "FAIL", Skipped: "skip", Broken: "ERROR"}[r.Outcome]
	if r.Parting != nil && r.Outcome == Passed {
		verdict = "FAIL"
	}
	head := fmt.Sprintf("%s %s  seed %d  t=%s", Pad(Visible(r.ID), 66-len(verdict)-1), r.Engine, r.Seed, value.Short(r.At))
	if r.Lateness > 0 {
		head += "  lateness " + Rough(r.Lateness)
	}
	colour := red
	if verdict == "ok" {
		colour = green
	}
	t.marked(&b, colour, verdict, verdict+" "+head)
	t.prints(&b, r.Prints)
	switch {
	case r.Outcome == Skipped:
		t.block(&b, "  ", r.Reason)
		return b.String()
	case verdict == "ok":
		return b.String()
	}
	t.reasons(&b, r)
	t.circumstances(&b, r)
	t.line(&b, "  replay: "+r.Replay)
	if r.Engine == "live" {
		t.line(&b, "  In live the seed fixes the random numbers, not the order in which things happen.")
	}
	return b.String()
}

// reasons are the checks that did not hold, or the error.
func (t Text) reasons(b *strings.Builder, r *Run) {
	for i := range r.Checks {
		t.check(b, &r.Checks[i])
	}
	if r.Unlisted > 0 {
		t.line(b, fmt.Sprintf("  ... and %s did not hold", Count(r.Unlisted, "more expectation")))
	}
	if r.Error != nil {
		t.block(b, "  ", r.Error.Class.String()+" error: "+r.Error.Whole())
	}
	if r.Node != nil {
		t.line(b, "  it failed at t="+value.Short(r.Node.At))
		if r.Node.Stack != "" {
			t.block(b, "    ", strings.TrimSpace(r.Node.Stack))
		}
	}
	if p := r.Parting; p != nil {
		t.line(b, fmt.Sprintf("  one seed gave two runs: digest %016x (%s), then %016x (%s)", p.Digests[0], p.Outcomes[0],
			p.Digests[1], p.Outcomes[1]))
		t.line(b, "    "+p.Text)
		if p.Second != "" {
			t.block(b, "    ", "the second one: "+p.Second)
		}
		t.line(b, "  hint: a component uses something outside env: wall time, global randomness, goroutines, map order")
	}
	if r.Doubt != "" {
		t.line(b, "  note: "+r.Doubt)
	}
}

// Check is one check that did not hold: place and source, message, values, and the calls that led there.
func (t Text) Check(c *Check) string {
	var b strings.Builder
	t.check(&b, c)
	return b.String()
}

func (t Text) check(b *strings.Builder, c *Check) {
	head := fmt.Sprintf("  %s:%d   ", filepath.Base(c.Pos.File), c.Pos.Line)
	t.line(b, head+c.Source)
	indent := strings.Repeat(" ", len(head)+2)
	if c.Message != "" {
		t.block(b, indent, c.Message)
	}
	for _, p := range c.Parts {
		text := p.Text + " = " + p.Value
		if p.Beside && p.Value != "-" {
			text += "   (did not decide)"
		}
		t.block(b, indent, text)
	}
	for i := len(c.Stack) - 2; i >= 0; i-- {
		t.line(b, fmt.Sprintf("%scalled from %s:%d in %s", indent, filepath.Base(c.Stack[i].Pos.File), c.Stack[i].Pos.Line,
			c.Stack[i].Name))
	}
}

// circumstances are what was wrong with the network, and what happened last.
func (t Text) circumstances(b *strings.Builder, r *Run) {
	t.table(b, "faults in force", len(r.Faults), func(i int) []string {
		f := r.Faults[i]
		when := "since " + value.Short(f.Since)
		if f.Until > 0 {
			when += " until " + value.Short(f.Until)
		}
		return []string{f.Text, when, fmt.Sprintf("%s:%d", filepath.Base(f.Pos.File), f.Pos.Line)}
	})
	t.table(b, past(r), len(r.Past), func(i int) []string { return r.Past[i].cells() })
	t.table(b, lost("datagrams", len(r.Lost), r.Losses), len(r.Lost), func(i int) []string {
		l := r.Lost[i]
		return []string{value.Short(l.At), fmt.Sprintf("%s -> %s", l.From, l.To), Count(l.Size, "byte"), l.Why}
	})
	t.table(b, lost("segments", len(r.Segments), r.SegmentLoss), len(r.Segments), func(i int) []string {
		l, again := &r.Segments[i], "not sent again"
		if l.Again > 0 {
			again = "sent again at " + value.Short(l.Again)
		}
		return []string{value.Short(l.At), fmt.Sprintf("%s -> %s", l.From, l.To), l.Text(), l.Why, again}
	})
	t.table(b, "last events", len(r.Events), func(i int) []string {
		e := r.Events[i]
		return []string{cmp.Or(e.Node, markNode), value.Short(e.At), e.Line()}
	})
	t.table(b, "waiting", len(r.Waiting), func(i int) []string {
		return []string{r.Waiting[i].Node, "for " + r.Waiting[i].What}
	})
	if r.MoreWaiting > 0 {
		t.line(b, "    ... and "+Count(r.MoreWaiting, "more task"))
	}
}

// past is the heading of the faults that were over.
func past(r *Run) string {
	if r.MorePast > 0 {
		return fmt.Sprintf("faults that were over, the last %d of %d", len(r.Past), len(r.Past)+r.MorePast)
	}
	return "faults that were over"
}

// cells are those of a fault that was over.
func (f *Fault) cells() []string {
	when := fmt.Sprintf("from %s until %s", value.Short(f.Since), value.Short(f.Until))
	if f.Times > 1 {
		when = fmt.Sprintf("%d times, the last %s", f.Times, when)
	}
	return []string{f.Text, when, fmt.Sprintf("%s:%d", filepath.Base(f.Pos.File), f.Pos.Line)}
}

// manyLost is the number of lost datagrams that stands for so many or more.
const manyLost = 1000

// lost is the heading of what links have lost: how many there were, and how many are shown.
func lost(what string, shown, all int) string {
	text := what + " lost"
	switch {
	case all >= manyLost:
		text = fmt.Sprintf("%d or more %s lost", manyLost, what)
	case all > shown:
		text = fmt.Sprintf("%d %s lost", all, what)
	}
	if all > shown {
		text += fmt.Sprintf(", %d shown", shown)
	}
	return text
}

// markNode stands for the node of a mark. No node can be called so.
const markNode = "(mark)"

// Line is the event in one line, without its time and node.
func (e *Event) Line() string {
	text := e.Name
	for _, f := range e.Fields {
		text += " " + f.Text + "=" + f.Value
	}
	return text
}

// inOneLine keeps a cell of a table from being taken for several.
var inOneLine = strings.NewReplacer("\t", `\t`, "\n", `\n`)

// mostRows is how many lines of a table are shown: a script may bring on a hundred thousand faults.
const mostRows = 100

// table writes rows in aligned columns, under a heading; nothing when there are none.
func (t Text) table(b *strings.Builder, heading string, rows int, row func(i int) []string) {
	if rows == 0 {
		return
	}
	t.line(b, "  "+heading)
	cells := make([][]string, min(rows, mostRows))
	for i := range cells {
		for _, cell := range row(i) {
			cells[i] = append(cells[i], Visible(inOneLine.Replace(cell)))
		}
	}
	t.block(b, "    ", strings.TrimRight(Table(cells), "\n"))
	if more := rows - mostRows; more > 0 {
		t.line(b, fmt.Sprintf("    ... and %d more", more))
	}
}
