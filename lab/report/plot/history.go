package plot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/sdk/value"
)

const (
	barHigh = 24
	// mostBars and mostReason bound a picture of a history: operations, and lines of the reason.
	mostBars   = 300
	mostReason = 20
)

// History draws the operations of clients as bars, those that contradict each other marked, the reason below in words.
// Of a View without a time it shows the contradiction and what was near.
func History(s *result.Story, v View) string {
	h := s.History
	if h == nil || len(h.Operations) == 0 {
		return ""
	}
	if v.To <= v.From {
		v.From, v.To = near(h)
	}
	x := v.axis(v.To)
	c := newCanvas(v, "Operations of clients", historyWords(h))
	held := c.faults(s, x)
	top := c.height
	rows := seats(h, x)
	bottom := top + barHigh*float64(len(rows))
	c.shade(held, "", x, top, bottom)
	c.time(x, x.times(most(x.to-x.from, 90)), top, bottom)
	for i, row := range rows {
		c.bars(row, x, top+barHigh*float64(i))
	}
	c.height = bottom + 28
	c.reason(h.Reason)
	return c.String()
}

// near is the time of the contradiction, with a fifth of it at both sides.
func near(h *result.History) (from, to time.Duration) {
	from = -1
	for _, o := range h.Operations {
		if !o.Bad {
			continue
		}
		if from < 0 || o.From < from {
			from = o.From
		}
		if o.Status != "unknown" {
			to = max(to, o.To)
		} else {
			to = max(to, o.From)
		}
	}
	if from < 0 {
		for _, o := range h.Operations {
			from, to = h.Operations[0].From, max(to, o.To)
		}
	}
	around := max((to-from)/5, 1)
	return max(from-around, 0), to + around
}

// seats are rows of operations that do not overlap, in order of the names of their clients.
func seats(h *result.History, x scale) [][]result.Operation {
	var rows [][]result.Operation
	bars := 0
	for _, o := range h.Operations {
		if float64(o.To) < x.low || float64(o.From) > x.high || bars == mostBars {
			continue
		}
		bars++
		free := func(row []result.Operation) bool {
			last := row[len(row)-1]
			return last.Client == o.Client && last.To <= o.From
		}
		if i := slices.IndexFunc(rows, free); i >= 0 {
			rows[i] = append(rows[i], o)
		} else {
			rows = append(rows, []result.Operation{o})
		}
	}
	slices.SortStableFunc(rows, func(a, b []result.Operation) int { return strings.Compare(a[0].Client, b[0].Client) })
	return rows
}

// bars draws a row of operations.
func (c *canvas) bars(row []result.Operation, x scale, y float64) {
	c.label("end", x.from-8, y+16, fit(row[0].Client, Left-10))
	for _, o := range row {
		class := "operation" + status(o.Status)
		if o.Bad {
			class += " bad"
		}
		from, to := x.at(float64(o.From)), x.at(float64(o.To))
		c.rect(class, from, y+4, max(to-from, 2), barHigh-8, operationTip(o))
	}
	var taken []stretch
	for _, bad := range []bool{true, false} { // the contradiction has its words first
		for _, o := range row {
			if o.Bad == bad {
				c.words(o, row, x, y, &taken)
			}
		}
	}
}

// stretch is where words stand in a row.
type stretch struct{ from, to float64 }

func (s stretch) over(others []stretch) bool {
	return slices.ContainsFunc(others, func(o stretch) bool { return s.from < o.to && o.from < s.to })
}

// words writes an operation into its bar, or behind or before it; where other words are, not at all: its tip has them. Those
// of the contradiction may stand on other bars, on its own only where there is no other place.
func (c *canvas) words(o result.Operation, row []result.Operation, x scale, y float64, taken *[]stretch) {
	from, to, need := x.at(float64(o.From)), x.at(float64(o.To)), wide(o.Text)+8
	places := []stretch{{to + 6, to + 6 + need}, {from - need, from}, {from + 5, to - 3}}
	if need <= to-from {
		places = []stretch{{from + 5, from + 5 + need}}
	}
	var bars []stretch
	for _, other := range row {
		if other != o && (other.Bad || !o.Bad) {
			bars = append(bars, stretch{x.at(float64(other.From)), x.at(float64(other.To))})
		}
	}
	if o.Bad {
		places = append(places, stretch{to + 6, c.width})
		places = append(places, places...)
	}
	for i, at := range places {
		covers := at.over(bars) && (!o.Bad || i < len(places)/2)
		if at.from < x.from || at.to > c.width || at.to-at.from < min(need, 4*letter) || at.over(*taken) || covers {
			continue
		}
		*taken = append(*taken, at)
		class := "word" + status(o.Status)
		if o.Bad {
			class += " bad"
		}
		c.text(class, at.from, y+16, o.Text, at.to-at.from)
		return
	}
}

// status is the class of an operation that is not ok: what is not known to have failed is unknown.
func status(of string) string {
	switch of {
	case "ok":
		return ""
	case "failed":
		return " failed"
	}
	return " unknown"
}

func operationTip(o result.Operation) string {
	return fmt.Sprintf("%s by %s from %s to %s: %s", o.Text, o.Client, value.FormatDuration(o.From), value.FormatDuration(o.To), o.Status)
}

// reason writes why the operations contradict each other: the first line for people, then the table of operations.
func (c *canvas) reason(text string) {
	if text == "" {
		return
	}
	for i, line := range strings.SplitN(text, "\n", mostReason+1) {
		if i == mostReason {
			break
		}
		class, most := "code", int(c.width/letter)-10
		if i == 0 {
			class = "bad word"
		}
		for _, part := range wrap(line, most) {
			c.height += 17
			c.text(class, 0, c.height-5, part, 2*c.width)
		}
	}
}

// wrap breaks a line at spaces.
func wrap(line string, most int) (lines []string) {
	line = clip(line, longest)
	for rest := []rune(line); len(rest) > 0; {
		cut := min(len(rest), most)
		if cut < len(rest) {
			if at := strings.LastIndex(string(rest[:cut]), " "); at > 0 {
				cut = len([]rune(string(rest[:cut])[:at]))
			}
		}
		lines = append(lines, string(rest[:cut]))
		rest = []rune(strings.TrimLeft(string(rest[cut:]), " "))
	}
	return lines
}

func historyWords(h *result.History) string {
	bad := 0
	for _, o := range h.Operations {
		if o.Bad {
			bad++
		}
	}
	return fmt.Sprintf("%s, of which %d contradict each other. %s", result.Count(len(h.Operations), "operation"), bad, h.Reason)
}
