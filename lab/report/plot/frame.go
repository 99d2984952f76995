package plot

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/sdk/value"
)

func (v View) width() float64 {
	if v.Width <= 0 {
		return 960
	}
	return float64(max(v.Width, 320))
}

// axis is the time axis of a picture.
func (v View) axis(end time.Duration) scale {
	from, to := v.From, v.To
	if to <= from {
		to = max(end, from+1)
	}
	return scale{low: float64(from), high: float64(to), from: Left, to: v.width() - Right}
}

// end is the last instant that a story knows of.
func end(s *result.Story) (last time.Duration) {
	for i := range s.Moments {
		last = max(last, s.Moments[i].At)
	}
	for i := range s.Packets {
		last = max(last, s.Packets[i].Left)
	}
	for i := range s.Spans {
		last = max(last, s.Spans[i].From, s.Spans[i].To)
	}
	for i := range s.Lanes {
		for _, p := range s.Lanes[i].Points {
			last = max(last, p.At)
		}
	}
	for i := range s.Series {
		last = max(last, ended(&s.Series[i]))
	}
	return last
}

// ended is the end of the last bucket of a series.
func ended(s *result.Series) time.Duration {
	if len(s.Buckets) == 0 {
		return 0
	}
	last := s.Buckets[len(s.Buckets)-1]
	return last.At + last.For
}

// mostRows bounds the rows of faults above a picture.
const mostRows = 4

// faults writes the faults and marks of a story in rows of their own, each a bar while it was in force. What is drawn
// below is shaded by shade, once its height is known, with what faults returns.
func (c *canvas) faults(s *result.Story, x scale) []result.Span {
	const high = 17
	rows, left := []float64{}, 0 // how far each row is taken
	all := inForce(s, x)
	for _, f := range all {
		from, to := x.at(float64(f.From)), x.at(float64(f.To))
		words := wide(f.Text) + 12
		row := slices.IndexFunc(rows, func(taken float64) bool { return taken <= from })
		if row < 0 && len(rows) == mostRows {
			left++
			continue
		} else if row < 0 {
			row, rows = len(rows), append(rows, 0)
		}
		y := c.height + float64(row)*high
		c.rect("fault", from, y, max(to-from, 1.5), 3, tip(f))
		begin := min(from, max(x.to-words, x.from))
		c.text("dim", begin, y+13, f.Text, x.to-begin)
		rows[row] = max(to+2, begin+words)
	}
	c.height += float64(len(rows)) * high
	if left > 0 {
		c.label("end", x.from-10, c.height-4, result.Count(left, "more fault"))
	}
	if len(rows) > 0 {
		c.text("dim", 0, c.height-float64(len(rows))*high+10, "faults", Left)
	}
	c.height += 10
	return all
}

// inForce are the faults and marks within a scale of time with the nodes that they shade, marks as faults without a duration.
func inForce(s *result.Story, x scale) []result.Span {
	var spans []result.Span
	for _, f := range s.Spans {
		if f.To == 0 {
			f.To = time.Duration(x.high)
		}
		spans = append(spans, f)
	}
	for i := range s.Moments {
		if m := &s.Moments[i]; m.Class == "mark" {
			spans = append(spans, result.Span{Text: m.Name, From: m.At, To: m.At})
		}
	}
	spans = slices.DeleteFunc(spans, func(f result.Span) bool { return float64(f.To) < x.low || float64(f.From) > x.high })
	slices.SortStableFunc(spans, func(a, b result.Span) int { return int(min(max(a.From-b.From, -1), 1)) })
	spans = spans[:min(len(spans), 500)]
	for i := range spans {
		spans[i].Nodes = Shaded(spans[i])
	}
	return spans
}

func tip(f result.Span) string {
	if f.From == f.To {
		return f.Text + " at " + value.Short(f.From)
	}
	return fmt.Sprintf("%s from %s to %s", f.Text, value.Short(f.From), value.Short(f.To))
}

// shade lays faults behind a part of the picture: all of them, or only those of a node.
func (c *canvas) shade(faults []result.Span, node string, x scale, top, bottom float64) {
	for _, f := range faults {
		if node != "" && len(f.Nodes)+len(f.Links) > 0 && !slices.Contains(f.Nodes, node) {
			continue
		}
		from, to := x.at(float64(f.From)), x.at(float64(f.To))
		if f.From == f.To {
			c.line("mark", from, top, from, bottom)
			continue
		}
		c.rect("shade", from, top, max(to-from, 1), bottom-top, "")
	}
}

// Shaded are the nodes behind which a fault is shaded: those that it stops. Of a fault of links they are as few as touch all
// of them, so that an isolated node, or the smaller side of a partition, stands out. Of a single pair both are.
func Shaded(f result.Span) (names []string) {
	links := f.Links
	if len(f.Nodes) > 0 {
		return f.Nodes
	}
	touch := map[string]int{}
	for _, l := range links {
		touch[l[0]]++
		touch[l[1]]++
	}
	if len(touch) == 2 {
		return []string{links[0][0], links[0][1]}
	}
	for len(links) > 0 {
		most := ""
		for _, l := range links {
			for _, name := range l {
				if touch[name] > touch[most] {
					most = name
				}
			}
		}
		names = append(names, most)
		links = slices.DeleteFunc(slices.Clone(links), func(l [2]string) bool { return l[0] == most || l[1] == most })
		clear(touch)
		for _, l := range links {
			touch[l[0]]++
			touch[l[1]]++
		}
	}
	return names
}

// time draws the time axis below a part of the picture, with a fine line upwards from each tick.
func (c *canvas) time(x scale, ticks []tick, top, bottom float64) {
	for _, t := range ticks {
		c.line("grid", x.at(t.at), top, x.at(t.at), bottom+4)
		c.label("middle", x.at(t.at), bottom+17, t.text)
	}
	c.line("axis", x.from, bottom, x.to, bottom)
}

// values draws an axis of values at the left, with a fine line to the right from each tick.
func (c *canvas) values(y scale, ticks []tick, left, right float64) {
	for _, t := range ticks {
		c.line("grid", left, y.at(t.at), right, y.at(t.at))
		c.label("end", left-8, y.at(t.at)+4, t.text)
	}
}

// most is how many ticks fit into so many pixels.
func most(pixels, each float64) int { return max(int(math.Abs(pixels)/each), 1) }
