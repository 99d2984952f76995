package plot

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/netlab-dev/netlab/lab/result"
)

// Cell is one of several series, and what a reader calls it: round_robin, nodes=5.
type Cell struct {
	Name   string
	Series *result.Series
}

const (
	// mostCells bounds a picture of many series.
	mostCells = 24
	cellHigh  = 120
	cellHead  = 44
	cellGap   = 28
)

// Compare draws series side by side with the same axes, the time counted from the beginning of each: the drives of one
// run, or those of the cells of a matrix. Of a single one there is nothing to compare.
func Compare(title string, cells []Cell, v View) string {
	cells = withBuckets(cells)
	if len(cells) < 2 {
		return ""
	}
	left := len(cells) - mostCells
	cells = cells[:min(len(cells), mostCells)]
	x, y := axesOf(cells)
	c := newCanvas(v, title, compareWords(cells))
	c.title = cmp.Or(title, "Latencies side by side")
	c.legend(c.width)
	columns := min(len(cells), most(c.width, 300))
	wide := (c.width - 60 - 12 - cellGap*float64(columns-1)) / float64(columns)
	for i, cell := range cells {
		column, row := float64(i%columns), float64(i/columns)
		x.from = 60 + column*(wide+cellGap)
		x.to = x.from + wide
		y.to = c.height + cellHead + row*(cellHead+cellHigh+24)
		y.from = y.to + cellHigh
		c.cell(cell, x, y, i%columns == 0)
	}
	c.height += float64((len(cells)+columns-1)/columns) * (cellHead + cellHigh + 24)
	if left > 0 {
		c.below("dim", fmt.Sprintf("%d more are left out", left))
	}
	return c.String()
}

func withBuckets(cells []Cell) (some []Cell) {
	for _, c := range cells {
		if c.Series != nil && len(c.Series.Buckets) > 0 {
			some = append(some, c)
		}
	}
	return some
}

// axesOf are the axes that all cells share.
func axesOf(cells []Cell) (x, y scale) {
	var all []*result.Series
	for _, c := range cells {
		all = append(all, c.Series)
		x.high = max(x.high, float64(ended(c.Series)-c.Series.Buckets[0].At))
	}
	return x, latencies(all...)
}

// cell draws one series with the time from its beginning.
func (c *canvas) cell(cell Cell, x, y scale, labelled bool) {
	c.text("strong", x.from, y.to-24, cell.Name, x.to-x.from)
	all := cell.Series.All
	c.text("dim", x.from, y.to-8, fmt.Sprintf("p50 %s, p99 %s, max %s", brief(all.P50), brief(all.P99), brief(all.Max)), x.to-x.from)
	if all.Errors > 0 {
		c.label("bad word end", x.to, y.to-24, percent(float64(all.Errors)/float64(max(all.Requests, 1)))+" errors")
	}
	ticks := y.ticks(cellHigh)
	for i := range ticks {
		if !labelled {
			ticks[i].text = ""
		}
	}
	c.values(y, ticks, x.from, x.to)
	c.time(x, x.times(most(x.to-x.from, 45)), y.to, y.from)
	begun := *cell.Series
	x.low, x.high = x.low+float64(begun.Buckets[0].At), x.high+float64(begun.Buckets[0].At)
	c.latency(&begun, x, y)
	c.failing(&begun, x, y.from)
}

// failing marks the buckets with errors at the foot of a picture.
func (c *canvas) failing(s *result.Series, x scale, foot float64) {
	for _, b := range s.Buckets {
		if b.Errors > 0 {
			c.rect("errors", x.at(float64(b.At)), foot-4, max(x.at(float64(b.At+b.For))-x.at(float64(b.At)), 1), 4, bucketTip(b))
		}
	}
}

// Drives are the series of a story, to be compared. They are named by what tells them apart.
func Drives(s *result.Story) []Cell {
	var cells []Cell
	for i := range s.Series {
		cells = append(cells, Cell{s.Series[i].Name, &s.Series[i]})
	}
	return apart(cells)
}

// Cells are the series of the cells of a matrix, to be compared.
func Cells(sweeps []result.Sweep) []Cell {
	var cells []Cell
	for i := range sweeps {
		s := &sweeps[i]
		for j := range s.Series {
			name := s.ID + " " + s.Engine
			if len(s.Series) > 1 {
				name += " " + s.Series[j].Name
			}
			cells = append(cells, Cell{name, &s.Series[j]})
		}
	}
	return apart(cells)
}

// apart cuts off the words that all names begin and end with.
func apart(cells []Cell) []Cell {
	if len(cells) < 2 {
		return cells
	}
	before, after := len(cells[0].Name), len(cells[0].Name)
	for _, c := range cells[1:] {
		before = min(before, common(cells[0].Name, c.Name, func(s string, i int) byte { return s[i] }))
		after = min(after, common(cells[0].Name, c.Name, func(s string, i int) byte { return s[len(s)-1-i] }))
	}
	const between = " /[],:-"
	first := cells[0].Name
	before = strings.LastIndexAny(first[:before], between) + 1
	tail := first[len(first)-after:]
	if after = 0; strings.ContainsAny(tail, between) {
		after = len(tail) - strings.IndexAny(tail, between)
	}
	short := make([]Cell, len(cells))
	for i, c := range cells {
		if len(c.Name) <= before+after {
			return cells
		}
		short[i] = Cell{c.Name[before : len(c.Name)-after], c.Series}
	}
	return short
}

// common is how many bytes two names share, counted by at.
func common(a, b string, at func(string, int) byte) int {
	n := 0
	for n < min(len(a), len(b)) && at(a, n) == at(b, n) {
		n++
	}
	return n
}

func compareWords(cells []Cell) string {
	var words []string
	for _, c := range cells {
		all := c.Series.All
		words = append(words, fmt.Sprintf("%s: p50 %s, p99 %s, max %s, %s, %s",
			c.Name, brief(all.P50), brief(all.P99), brief(all.Max), result.Count(all.Requests, "request"), result.Count(all.Errors, "error")))
	}
	return strings.Join(words, "; ")
}
