package plot

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/sdk/value"
)

// mostLanes bounds a picture of lanes.
const mostLanes = 80

// Lanes draws the fields of nodes over time, faults shaded: numbers as steps, other values as labelled stretches. Lanes
// of one name stand together, a row for each node, and their numbers have the same scale.
func Lanes(s *result.Story, v View) string {
	groups, left := grouped(s)
	if len(groups) == 0 {
		return ""
	}
	x := v.axis(end(s))
	c := newCanvas(v, "State of the nodes", laneWords(groups))
	groups, same := changing(groups)
	held := c.faults(s, x)
	top := c.height
	bottom := top
	for _, g := range groups {
		bottom += g.height()
	}
	for _, g := range groups {
		c.height += groupGap
		for i, l := range g.lanes {
			c.shade(held, about(s, l), x, c.height+rowHigh*float64(i), c.height+rowHigh*float64(i+1))
		}
		c.height += rowHigh * float64(len(g.lanes))
	}
	c.time(x, x.times(most(x.to-x.from, 90)), top, bottom)
	c.height = top
	for _, g := range groups {
		c.group(g, x)
	}
	c.height += 24
	c.unchanged(s, same)
	if left > 0 {
		c.below("dim", "left out: "+result.Count(left, "more lane"))
	}
	return c.String()
}

// group is the lanes of one name.
type group struct {
	name      string
	lanes     []*result.Lane
	numbers   bool
	low, high float64        // of numbers
	tones     map[string]int // of other values
}

const (
	rowHigh  = 20
	groupGap = 10
)

func (g *group) height() float64 { return groupGap + rowHigh*float64(len(g.lanes)) }

// grouped are the lanes by name: first those of other values than numbers, as roles are.
func grouped(s *result.Story) (groups []*group, left int) {
	byName := map[string]*group{}
	for i := range s.Lanes {
		l := &s.Lanes[i]
		switch g := byName[l.Name]; {
		case len(l.Points) == 0:
		case i >= mostLanes:
			left++
		case g != nil:
			g.lanes = append(g.lanes, l)
		default:
			g = &group{name: l.Name, lanes: []*result.Lane{l}}
			byName[l.Name], groups = g, append(groups, g)
		}
	}
	for _, g := range groups {
		g.measure()
		g.tones = tones(g.lanes)
	}
	words := slices.DeleteFunc(slices.Clone(groups), func(g *group) bool { return g.numbers })
	numbers := slices.DeleteFunc(groups, func(g *group) bool { return !g.numbers })
	return append(words, numbers...), left
}

// nothing tells whether a value is that of a node that does not run, or of a field that has none: a gap.
func nothing(value string) bool { return value == "None" || value == "" }

// label names a row: by its node and, of a list, by the item. What a balancer counts of web1 is not what web1 counts.
func (g *group) label(l *result.Lane) string {
	if l.Of == "" {
		return l.Node
	}
	return l.Of + " at " + l.Node
}

// about is the node that a lane tells of: the item of a list, where that is one.
func about(s *result.Story, l *result.Lane) string {
	if slices.Contains(s.Nodes, l.Of) {
		return l.Of
	}
	return l.Node
}

// measure finds whether all values are numbers, and among which bounds.
func (g *group) measure() {
	g.numbers = true
	for _, l := range g.lanes {
		for _, p := range l.Points {
			if p.Num != nil && !math.IsNaN(*p.Num) && !math.IsInf(*p.Num, 0) {
				g.low, g.high = min(g.low, *p.Num), max(g.high, *p.Num)
			}
			g.numbers = g.numbers && (p.Num != nil || nothing(p.Value))
		}
	}
	if g.high == g.low {
		g.high++
	}
}

// Tones are the numbers of the colours, tone0 to tone5 of Style, in which Lanes draws the values of a field. A value has
// the same one in every picture, unless another value has taken it: readers compare pictures.
func Tones(s *result.Story, field string) map[string]int {
	var lanes []*result.Lane
	for i := range s.Lanes {
		if s.Lanes[i].Name == field {
			lanes = append(lanes, &s.Lanes[i])
		}
	}
	return tones(lanes)
}

// strongTones is how many colours stand beside the quiet one, 0. What comes after them begins again.
const strongTones = 5

// usualTones are those of common words: what lasts is quiet, who decides is strong.
var usualTones = map[string]int{"follower": 0, "True": 0, "leader": 1, "False": 2, "candidate": 2, "precandidate": 5}

func tones(lanes []*result.Lane) map[string]int {
	values, tones, taken := map[string]bool{}, map[string]int{}, [1 + strongTones]bool{0: true}
	for _, l := range lanes {
		for _, p := range l.Points {
			if tone, usual := usualTones[strings.Trim(p.Value, `"`)]; usual {
				tones[p.Value], taken[tone] = tone, true
			} else if !nothing(p.Value) {
				values[p.Value] = true
			}
		}
	}
	for _, value := range slices.Sorted(maps.Keys(values)) {
		tone := int(xxhash.Sum64String(value) % strongTones)
		for n := 0; n < strongTones && taken[1+tone]; n++ {
			tone = (tone + 1) % strongTones
		}
		tones[value], taken[1+tone] = 1+tone, true
	}
	return tones
}

// until is when a point of a lane is over.
func until(l *result.Lane, i int, end time.Duration) time.Duration {
	if i+1 < len(l.Points) {
		return l.Points[i+1].At
	}
	return end
}

// group draws the rows of one field. The label of the first has the room that its name leaves.
func (c *canvas) group(g *group, x scale) {
	room := max(Left/2, Left-16-wide(g.name))
	c.height += groupGap
	c.text("dim", 0, c.height+14, g.name, Left/2)
	for _, l := range g.lanes {
		c.label("end", x.from-8, c.height+14, fit(g.label(l), room))
		room = Left - 16
		if g.numbers {
			c.steps(l, x, scale{low: g.low, high: g.high, from: c.height + rowHigh - 2, to: c.height + 3})
		} else {
			c.stretches(l, x, g.tones)
		}
		c.height += rowHigh
	}
}

// stretches draws a bar for as long as each value lasts. Several in a row that are too narrow to be seen become one bar.
func (c *canvas) stretches(l *result.Lane, x scale, tones map[string]int) {
	end := time.Duration(x.high)
	narrow := func(i int) bool {
		return x.at(float64(until(l, i, end)))-x.at(float64(l.Points[i].At)) < 1
	}
	for i := 0; i < len(l.Points); i++ {
		p, first := l.Points[i], i
		for narrow(first) && i+1 < len(l.Points) && narrow(i+1) {
			i++
		}
		class, text := fmt.Sprintf("tone%d", tones[p.Value]), p.Value
		if i > first {
			class, text = "many", fmt.Sprintf("%d values", i-first+1)
		}
		c.stretch(l, x, p.At, until(l, i, end), class, text)
	}
}

// stretch draws one bar, of nothing a dotted line.
func (c *canvas) stretch(l *result.Lane, x scale, at, next time.Duration, class, text string) {
	from, to := x.at(float64(at)), x.at(float64(next))
	switch {
	case float64(next) < x.low || float64(at) > x.high:
	case nothing(text):
		c.line("none", from+2, c.height+rowHigh/2, to-2, c.height+rowHigh/2)
	default:
		tip := fmt.Sprintf("%s %s = %s from %s", strings.TrimSpace(l.Node+" "+l.Of), l.Name, text, value.Short(at))
		c.rect(class, from, c.height+2, max(to-from, 1.5), rowHigh-5, tip)
		if to-from > wide(text)+8 {
			c.text("on "+class, from+5, c.height+14, text, to-from)
		}
	}
}

// steps draws a number over time, with a gap where there is none.
func (c *canvas) steps(l *result.Lane, x, y scale) {
	var spots []spot
	for i, p := range l.Points {
		if p.Num == nil {
			c.area(spots, y.from)
			spots = nil
			continue
		}
		from, to, high := x.at(float64(p.At)), x.at(float64(until(l, i, time.Duration(x.high)))), y.at(*p.Num)
		if n := len(spots); n > 0 && i+1 < len(l.Points) && to-spots[n-2].x < 0.5 {
			continue // too narrow to be seen
		}
		spots = append(spots, spot{from, high}, spot{to, high})
	}
	c.area(spots, y.from)
	c.written(l, x, y)
}

// written writes numbers into their steps where there is room, and the last one behind the lane.
func (c *canvas) written(l *result.Lane, x, y scale) {
	for i, p := range l.Points {
		from, to := x.at(float64(p.At)), x.at(float64(until(l, i, time.Duration(x.high))))
		switch {
		case p.Num == nil:
		case i+1 == len(l.Points):
			c.text("dim", x.to+5, c.height+14, laneNumber(p), Right)
		case to-from > 40:
			c.text("small", from+4, y.from-3, laneNumber(p), to-from)
		}
	}
}

// area draws a line and fills what is below.
func (c *canvas) area(spots []spot, bottom float64) {
	base := make([]spot, len(spots))
	for i, s := range spots {
		base[i] = spot{s.x, bottom}
	}
	c.band("area", base, spots)
	c.path("step", spots)
}

// laneNumber is a number in few letters, a duration with its unit.
func laneNumber(p result.Point) string {
	if d, err := value.ParseDuration(p.Value); err == nil {
		return brief(d)
	}
	return number(*p.Num)
}

// mostWords bounds the descriptions of pictures: a page has tables for the rest.
const mostWords = 20

// laneWords says what the lanes show, for those who do not see them.
func laneWords(groups []*group) string {
	var words []string
	for _, g := range groups {
		for _, l := range g.lanes {
			if len(words) == mostWords {
				return strings.Join(append(words, "and more"), "; ")
			}
			last := l.Points[len(l.Points)-1]
			words = append(words, fmt.Sprintf("%s %s: %s, at last %s since %s",
				strings.TrimSpace(l.Node+" "+l.Of), g.name, result.Count(len(l.Points), "value"), clip(last.Value, 40), value.Short(last.At)))
		}
	}
	return strings.Join(words, "; ")
}
