package story

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// Lines are the rows of Before as lines of a trace, the last of them, in order of time: what a node has sent is one line,
// and what has come to it another. Faults that begin or end meanwhile are lines, and checks that did not hold.
func (f *Focus) Lines(r *result.Run, most int) []result.Line {
	if r.Story == nil {
		return nil
	}
	var lines []placed
	add := func(place uint64, more ...result.Line) {
		for _, l := range more {
			lines = append(lines, placed{l, place})
		}
	}
	rows, begin := f.Before(most), f.Until
	for _, row := range rows {
		begin = min(begin, row.Time())
	}
	for i := range r.Story.Spans {
		s := &r.Story.Spans[i]
		for i, l := range edges(s) {
			if begin <= l.At && l.At <= f.Until {
				add([]uint64{s.Begin, s.End}[i], l)
			}
		}
	}
	for _, row := range rows {
		switch {
		case row.Packet != nil:
			add(row.ID(), f.sending(row)...)
		case row.Class != "fault" || !slices.Contains(spanned, row.Name):
			add(row.ID(), moment(row))
		}
	}
	for i := range r.Checks {
		c := &r.Checks[i]
		add(math.MaxUint64, result.Line{At: c.At, Sign: result.Wrong, Text: at(c.Pos, c.Source)})
	}
	return last(lines, most)
}

// placed is a line and its place among those of its instant.
type placed struct {
	result.Line
	place uint64
}

// last are the last lines in order of time.
func last(lines []placed, most int) (texts []result.Line) {
	slices.SortStableFunc(lines, func(a, b placed) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.place, b.place)) })
	for _, l := range lines[max(0, len(lines)-most):] {
		texts = append(texts, l.Line)
	}
	return texts
}

// sending are the lines of a packet, as its ends saw it: those ends that are shown. Of a cause both are.
func (f *Focus) sending(row Row) (lines []result.Line) {
	p, whole := row.Packet, f.cause(row)
	shown := func(node string) bool { return whole || slices.Contains(f.Nodes, node) }
	sent := result.Line{At: p.Sent, Node: p.From, Sign: result.Sent, Peer: p.To, Text: row.Text()}
	received := result.Line{Node: p.To, Sign: result.Received, Peer: p.From, Text: row.Text()}
	arrived := false
	for _, t := range p.Arrives {
		if received.At = t; t <= f.Until {
			arrived = true
			if shown(p.To) {
				lines = append(lines, received)
			}
		}
	}
	switch {
	case p.Lost != "":
		sent.Sign = result.Dropped
		sent.Text += ", " + row.Fate()
	case !arrived:
		sent.Text += ", still on the way"
	case len(p.Arrives) > 1:
		sent.Text += ", " + row.Fate()
	}
	if shown(p.From) || p.Lost != "" {
		lines = append(lines, sent)
	}
	return lines
}

// moment is the line of an event.
func moment(row Row) result.Line {
	l := result.Line{At: row.At, Node: row.Node, Text: row.Text()}
	switch row.Class {
	case "fault":
		l.Sign = result.Faulty
	case "mark":
		l.Sign = result.Marked
	}
	return l
}

// spanned are the events of faults that spans tell of, once for all links and with the line of the script.
var spanned = []string{"cut", "refused", "healed", "clock", "crashed", "killed", "paused", "resumed"}

// edges are the lines of a fault: it begins, and it ends unless it was in force when the run ended.
func edges(s *result.Span) []result.Line {
	lines := []result.Line{{At: s.From, Sign: result.Faulty, Text: at(s.Pos, s.Text)}}
	if s.To > 0 {
		lines = append(lines, result.Line{At: s.To, Sign: result.Faulty, Text: s.Text + ": over"})
	}
	return lines
}

// at is a text with the line of the script that it comes from.
func at(pos trouble.Position, text string) string {
	if pos.Line == 0 {
		return text
	}
	return fmt.Sprintf("%s:%d  %s", filepath.Base(pos.File), pos.Line, text)
}
