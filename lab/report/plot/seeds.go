package plot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
)

const (
	countHigh = 120
	partHigh  = 90
	// columns is how many bars the times of runs are counted in.
	columns = 48
	// mostSeeds and mostWays bound what is written below: seeds of a way of failing, and ways.
	mostSeeds = 12
	mostWays  = 10
)

// Seeds draws the times and outcomes of the runs of a sweep: how many ended when, and which seeds failed. Of a single run
// there is nothing to draw.
func Seeds(s *result.Sweep, v View) string {
	if len(s.Ends) < 2 {
		return ""
	}
	x := timesOf(s.Ends)
	x.from, x.to = Left, v.width()-Right
	c := newCanvas(v, "When runs ended, on their own clocks", seedWords(s))
	c.outcomes(x.to)
	top := c.height
	c.counts(s.Ends, x, scale{from: top + countHigh, to: top})
	bottom := top + countHigh + gap + partHigh
	c.time(x, x.times(most(x.to-x.from, 90)), top, bottom)
	c.shares(s.Ends, x, scale{high: 1, from: bottom, to: bottom - partHigh})
	c.height = bottom + 28
	c.failures(s)
	return c.String()
}

// outcomes names the colours, from right to left.
func (c *canvas) outcomes(right float64) {
	for _, name := range []string{"failed", "passed"} {
		right -= float64(len(name))*letter + 46
		c.rect(name, right+22, 7, 12, 10, "")
		c.text("dim", right+40, 16, name, 80)
	}
}

// timesOf is the scale of the ends of runs: from 0 on, unless they are close together.
func timesOf(ends []result.End) scale {
	low, high := ends[0].At, ends[0].At
	for _, e := range ends {
		low, high = min(low, e.At), max(high, e.At)
	}
	around := max((high-low)/20, high/50, 1)
	if low < high/2 {
		low = around
	}
	return scale{low: float64(max(low-around, 0)), high: float64(high) + float64(around)}
}

// counts draws how many runs ended in each part of the time, those that failed at the bottom.
func (c *canvas) counts(ends []result.End, x, y scale) {
	var all, failed [columns]int
	for _, e := range ends {
		column := min(int(columns*x.part(float64(e.At))), columns-1)
		all[column]++
		if bad(e) {
			failed[column]++
		}
	}
	y.high = 1.1 * float64(slices.Max(all[:]))
	c.values(y, y.counts(most(y.from-y.to, 25)), x.from, x.to)
	c.text("dim", 0, y.to+12, "runs", Left)
	wide := (x.to - x.from) / columns
	for i, n := range all {
		tip := fmt.Sprintf("%s, %d failed, around %s", result.Count(n, "run"), failed[i], brief(time.Duration(x.low+(float64(i)+0.5)*(x.high-x.low)/columns)))
		c.bar("passed", x.from+float64(i)*wide, wide, y.at(float64(failed[i])), y.at(float64(n)), tip)
		c.bar("failed", x.from+float64(i)*wide, wide, y.from, y.at(float64(failed[i])), tip)
	}
}

// bar draws one column, at least so high that it is seen.
func (c *canvas) bar(class string, x, wide, foot, top float64, tip string) {
	if foot > top {
		c.rect(class, x+0.5, min(top, foot-2), wide-1, max(foot-top, 2), tip)
	}
}

func bad(e result.End) bool { return e.Outcome == result.Failed || e.Outcome == result.Broken }

// shares draws which part of all runs had ended by each instant.
func (c *canvas) shares(ends []result.End, x, y scale) {
	c.values(y, y.multiples(0.25, percent), x.from, x.to)
	c.text("dim", 0, y.to+12, "ended", Left)
	c.area(append(risen(sorted(ends), x, y), spot{x.to, y.to}), y.from)
}

func sorted(ends []result.End) []time.Duration {
	at := make([]time.Duration, len(ends))
	for i, e := range ends {
		at[i] = e.At
	}
	slices.Sort(at)
	return at
}

// risen is a line that rises with each instant, once for those of one pixel.
func risen(at []time.Duration, x, y scale) []spot {
	spots := []spot{{x.from, y.from}}
	for i, t := range at {
		here := x.at(float64(t))
		if i+1 < len(at) && int(x.at(float64(at[i+1]))) == int(here) {
			continue
		}
		spots = append(spots, spot{here, spots[len(spots)-1].y}, spot{here, y.at(float64(i+1) / float64(len(at)))})
	}
	return spots
}

// failures writes which seeds have failed, a line for each way of failing.
func (c *canvas) failures(s *result.Sweep) {
	for i, f := range s.Failures {
		if i == mostWays {
			c.below("dim", result.Count(len(s.Failures)-mostWays, "more way")+" of failing")
			return
		}
		seeds := f.Seeds[:min(len(f.Seeds), mostSeeds)]
		text := fmt.Sprintf("%d failed: seed %s", len(f.Seeds), strings.Trim(fmt.Sprint(seeds), "[]"))
		if more := len(f.Seeds) - len(seeds); more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		c.below("bad word", text)
	}
}

func seedWords(s *result.Sweep) string {
	at := sorted(s.Ends)
	return fmt.Sprintf("%d runs, %d failed; the first ended after %s, half of them by %s, the last after %s",
		s.Runs, s.Failed(), brief(at[0]), brief(at[len(at)/2]), brief(at[len(at)-1]))
}
