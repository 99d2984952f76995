package plot

import (
	"fmt"
	"math"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/sdk/value"
)

const (
	latencyHigh  = 170
	requestsHigh = 60
	gap          = 18
)

// Series draws what one drive has measured: latencies with their percentiles, requests and errors, faults shaded.
func Series(s *result.Story, of *result.Series, v View) string {
	if len(of.Buckets) == 0 {
		return ""
	}
	x := v.axis(max(end(s), ended(of)))
	c := newCanvas(v, of.Name, seriesWords(of))
	c.legend(x.to)
	held := c.faults(s, x)
	top := c.height
	bottom := top + latencyHigh + gap + requestsHigh
	c.shade(held, "", x, top, bottom)
	c.time(x, x.times(most(x.to-x.from, 90)), top, bottom)
	y := latencies(of)
	y.from, y.to = top+latencyHigh, top
	c.latency(of, x, y)
	c.values(y, y.ticks(latencyHigh), x.from, x.to)
	c.text("dim", 0, top+12, "latency", Left)
	if y.log {
		c.text("dim", 0, top+27, "log scale", Left)
	}
	c.requests(of, x, scale{from: bottom, to: bottom - requestsHigh})
	c.height = bottom + 24
	return c.String()
}

// legend names the lines of latency, from right to left.
func (c *canvas) legend(right float64) {
	for _, name := range []string{"errors", "max", "p99", "p50"} {
		right -= float64(len(name))*letter + 46
		if name == "errors" {
			c.rect("errors", right+22, 7, 12, 10, "")
		} else {
			c.line(name, right+14, 12, right+36, 12)
		}
		c.text("dim", right+40, 16, name, 60)
	}
}

// steep is the ratio of the greatest latency to the least from which the axis is logarithmic.
const steep = 30

// latencies is the scale that holds all latencies of the series.
func latencies(all ...*result.Series) scale {
	low, high := math.Inf(1), 1.0
	for _, s := range all {
		for _, b := range s.Buckets {
			if b.Requests > 0 && b.Max > 0 {
				low, high = min(low, float64(max(b.P50, 1))), max(high, float64(b.P99), float64(b.Max))
			}
		}
	}
	if high > steep*low {
		return scale{low: low / 1.3, high: high * 1.1, log: true}
	}
	return scale{high: high * 1.1}
}

// ticks are those of an axis of durations of so many pixels.
func (s scale) ticks(pixels float64) []tick {
	if s.log {
		return s.decades(most(pixels, 22))
	}
	return s.times(most(pixels, 32))
}

// latency draws the percentiles of each bucket in its middle. Buckets without requests leave a gap.
func (c *canvas) latency(s *result.Series, x, y scale) {
	var p50, p99, highest []spot
	flush := func() {
		c.band("band", p50, p99)
		c.curve("max", highest)
		c.curve("p99", p99)
		c.curve("p50", p50)
		p50, p99, highest = nil, nil, nil
	}
	for _, b := range s.Buckets {
		if b.Requests == 0 {
			flush()
			continue
		}
		at := x.at(float64(b.At + b.For/2))
		p50 = append(p50, spot{at, y.at(float64(b.P50))})
		p99 = append(p99, spot{at, y.at(float64(b.P99))})
		highest = append(highest, spot{at, y.at(float64(b.Max))})
	}
	flush()
}

// curve joins spots; one alone is a short line.
func (c *canvas) curve(class string, spots []spot) {
	if len(spots) == 1 {
		s := spots[0]
		spots = []spot{{s.x - 4, s.y}, {s.x + 4, s.y}}
	}
	c.path(class, spots)
}

// requests draws how many requests a second began in each bucket, those with errors at the bottom.
func (c *canvas) requests(s *result.Series, x, y scale) {
	for _, b := range s.Buckets {
		y.high = max(y.high, rate(b.Requests, b.For))
	}
	y.high *= 1.1
	for _, b := range s.Buckets {
		from, to := x.at(float64(b.At)), x.at(float64(b.At+b.For))
		if from == to {
			continue
		}
		width := max(to-from-1, 0.5)
		all, errors := y.at(rate(b.Requests, b.For)), y.at(rate(b.Errors, b.For))
		c.rect("requests", from, all, width, y.from-all, bucketTip(b))
		if b.Errors > 0 {
			c.rect("errors", from, min(errors, y.from-2), width, max(y.from-errors, 2), bucketTip(b))
		}
	}
	c.values(y, y.counts(most(y.from-y.to, 25)), x.from, x.to)
	c.text("dim", 0, y.to+12, "requests", Left)
	c.text("dim", 0, y.to+27, "a second", Left)
}

func rate(n int, over time.Duration) float64 {
	if over <= 0 {
		return 0
	}
	return float64(n) / over.Seconds()
}

func bucketTip(b result.Bucket) string {
	return fmt.Sprintf("from %s to %s: %s, %s, p50 %s, p99 %s, max %s",
		value.Short(b.At), value.Short(b.At+b.For), result.Count(b.Requests, "request"), result.Count(b.Errors, "error"), brief(b.P50), brief(b.P99), brief(b.Max))
}

// seriesWords says what a series shows, for those who do not see it.
func seriesWords(s *result.Series) string {
	var worst result.Bucket
	for _, b := range s.Buckets {
		if b.P99 > worst.P99 {
			worst = b
		}
	}
	return fmt.Sprintf("%s: the whole drive %s. The highest p99: %s", s.Name, bucketTip(s.All), bucketTip(worst))
}
