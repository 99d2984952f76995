package report

import (
	"math"
	"slices"
	"time"
)

// The even scale gives every instant at which something happens some room, so that what is written there can be read, and
// more to a longer pause, by its logarithm: a story may span nanoseconds and hours. Heights are pixels at zoom 1.
const (
	nearest   = 9.0  // between two instants
	perDecade = 9.0  // for a pause ten times as long
	farthest  = 56.0 // the longest pause
	mostKnots = 20000
)

// scale makes the knots of the even scale; between them it is linear.
func (d *diagram) scale() {
	times := d.instants()
	times = thinned(times, mostKnots)
	short, lines := usual(times), d.labels()
	y := 0.0
	for i, t := range times {
		if i > 0 {
			y += height(t-times[i-1], short) + lineHeight*float64(max(0, lines[times[i-1]]-1))
		}
		d.Knots = append(d.Knots, [2]float64{float64(t), math.Round(y*10) / 10})
	}
}

// mostBelow bounds the labels that the page writes below each other at one instant.
const mostBelow = 4

// labels is how many labels of one node stand below each other at an instant: without room they would stand at later ones.
func (d *diagram) labels() map[time.Duration]int {
	type spot struct {
		node int
		at   time.Duration
	}
	lines, most := map[spot]int{}, map[time.Duration]int{}
	for _, r := range d.Rows {
		if r.To < 0 && !r.Quiet {
			lines[spot{r.Node, r.At}]++
			most[r.At] = min(mostBelow, max(most[r.At], lines[spot{r.Node, r.At}]))
		}
	}
	return most
}

// thinned are about so many of the list, the first and the last among them.
func thinned[T any](list []T, most int) []T {
	if len(list) <= most {
		return list
	}
	var few []T
	for i := 0; i < len(list)-1; i += len(list)/most + 1 {
		few = append(few, list[i])
	}
	return append(few, list[len(list)-1])
}

// height is what a pause gets when short is what is usual.
func height(pause, short time.Duration) float64 {
	decades := math.Log10(float64(pause) / float64(short))
	return min(max(nearest, nearest+perDecade*decades), farthest)
}

// usual is the pause that a tenth of all are shorter than.
func usual(times []time.Duration) time.Duration {
	var pauses []time.Duration
	for i := 1; i < len(times); i++ {
		pauses = append(pauses, times[i]-times[i-1])
	}
	if len(pauses) == 0 {
		return 1
	}
	slices.Sort(pauses)
	return max(1, pauses[len(pauses)/10])
}

// instants are those that the picture must tell apart, each once, in order.
func (d *diagram) instants() []time.Duration {
	times := []time.Duration{0, d.Until, d.At, d.End}
	for _, it := range d.items {
		times = append(times, it.at, it.end)
	}
	for _, s := range d.Spans {
		times = append(times, s.From, s.To)
	}
	slices.Sort(times)
	return slices.Compact(times)
}
