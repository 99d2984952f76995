package result

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Both compares what experiments came to in live and in sim, side by side: first those that have ended differently, then
// those of which something else differs, at last those that agree.
func (t Text) Both(r *Report) string {
	all := pairs(r)
	slices.SortStableFunc(all, func(a, b *pair) int { return cmp.Compare(b.differs(), a.differs()) })
	rows := [][]cell{{{text: "live and sim side by side, what differs first"}}, {{}, {text: "live"}, {text: "sim"}, {text: "change"}}}
	for _, p := range all {
		rows = append(rows, t.pair(p)...)
	}
	var b strings.Builder
	t.columns(&b, "", rows)
	return b.String()
}

// named is a cell of the column of names.
func (t Text) named(text string) cell { return cell{text: text, most: max(0, t.Width/2-4)} }

// pair are the rows of one experiment: how it has ended, what it measured, why it has failed, and the prints that differ.
func (t Text) pair(p *pair) [][]cell {
	sign, colour := "=", green
	switch {
	case p.differs() == 3:
		sign, colour = "≠", yellow
	case p.differs() > 0:
		sign, colour = "~", yellow // they have ended alike
	case p.live.outcome() == "":
		sign, colour = "-", yellow // neither has come to an end
	}
	name := t.named("  " + sign + " " + p.live.ID)
	name.colour = colour
	rows := [][]cell{{name, p.live.verdict(), p.sim.verdict(), {}}}
	for _, differs := range []bool{true, false} {
		for _, f := range p.facts {
			if f.differs() == differs {
				rows = append(rows, t.fact(f))
			}
		}
	}
	for _, line := range slices.Concat(p.reasons(), p.different()) {
		rows = append(rows, []cell{{text: "      " + line}})
	}
	return rows
}

// fact is a row: both values, and how much the one of sim is above or below.
func (t Text) fact(f fact) []cell {
	row := []cell{t.named("      " + f.name), {text: value.Short(f.live)}, {text: value.Short(f.sim)}, {}}
	switch {
	case f.alone:
		row[1].text, row[2].text = Rough(f.live), ""
		return row
	case !f.counts:
		row[1].text, row[2].text = Rough(f.live), Rough(f.sim)
		return row
	}
	if change := fmt.Sprintf("%+.0f %%", 100*f.change()); strings.Trim(change, "+-") != "0 %" {
		row[3].text = change
	}
	if f.differs() {
		row[3].colour = yellow
	}
	return row
}

// verdict is how the runs have ended, in a few words.
func (s *Sweep) verdict() cell {
	switch outcome := s.outcome(); {
	case outcome == "" && s.Interrupted:
		return cell{text: "interrupted", colour: yellow}
	case outcome == "":
		return cell{text: "not run", colour: yellow}
	case len(s.Failures) > 0 && s.Asked > 1:
		return cell{text: fmt.Sprintf("%d of %d %s", s.Failed(), s.Runs, outcome), colour: red}
	case len(s.Failures) > 0:
		return cell{text: string(outcome), colour: red}
	case s.Skips > 0 && s.Skips < s.Runs:
		return cell{text: fmt.Sprintf("%d passed, %d skipped", s.Runs-s.Skips, s.Skips)}
	case s.Asked > 1:
		return cell{text: fmt.Sprintf("%d %s", s.Runs, outcome)}
	default:
		return cell{text: string(outcome)}
	}
}

// reasons are why the runs have failed, in a line each; one when it is the same.
func (p *pair) reasons() (lines []string) {
	if p.live.why() == p.sim.why() && p.live.why() != "" {
		return []string{"both: " + p.live.Failures[0].Run.brief()}
	}
	for _, s := range []*Sweep{p.live, p.sim} {
		if len(s.Failures) > 0 {
			lines = append(lines, s.Engine+": "+s.Failures[0].Run.brief())
		}
	}
	return lines
}

// mostPrints is how many lines that differ are shown of an experiment.
const mostPrints = 10

// different are the prints that differ.
func (p *pair) different() (lines []string) {
	for _, line := range p.prints[:min(len(p.prints), mostPrints)] {
		lines = append(lines, "live | "+line[0], "sim  | "+line[1])
	}
	if more := len(p.prints) - mostPrints; more > 0 {
		lines = append(lines, fmt.Sprintf("... and %d more lines differ", more))
	}
	return lines
}
