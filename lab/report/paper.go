package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/story"
	"github.com/netlab-dev/netlab/sdk/value"
)

// onPaper is how many rows the picture for paper has.
const onPaper = 300

// Measures of the picture for paper, in its own units.
const (
	paperWidth = 960
	paperTop   = 40
	paperLeft  = 90
)

// paper is the diagram as SVG without a script: of the last rows before the failure that matter.
func (d *diagram) paper(f *story.Focus) (template.HTML, string) {
	rows := d.matter(f)
	if len(rows) == 0 {
		return "", ""
	}
	p := sheet{d: d, columns: d.Shown}
	p.place(rows)
	fmt.Fprintf(&p.b, `<svg viewBox="0 0 %d %.0f" role="img" aria-label="Space-time diagram of the last %d rows">`,
		paperWidth, p.bottom+20, len(rows))
	p.spans()
	p.nodes()
	p.axis()
	for _, bold := range []bool{false, true} {
		for _, i := range rows {
			if d.Rows[i].Bold == bold {
				p.row(d.Rows[i].told())
			}
		}
	}
	p.b.WriteString("</svg>")
	return template.HTML(p.b.String()), fmt.Sprintf("The last %d rows before t=%s that matter, of %d; bold: what the failure followed from. Time is not to scale.",
		len(rows), value.Short(d.At), len(d.Rows))
}

// matter are the rows that the picture shows, in order.
func (d *diagram) matter(f *story.Focus) (rows []int) {
	at := map[uint64]int{}
	for i, r := range f.All() {
		at[r.ID()] = i
	}
	for _, r := range f.Before(onPaper) {
		rows = append(rows, at[r.ID()])
	}
	return rows
}

// sheet is a picture for paper in the making.
type sheet struct {
	d       *diagram
	columns []int
	times   []float64 // instants, each with a height
	heights []float64
	bottom  float64
	b       strings.Builder
}

// place gives each instant of the rows a height, as in the even scale.
func (p *sheet) place(rows []int) {
	whole := *p.d
	whole.items, whole.Spans, whole.Knots = nil, nil, nil
	whole.At, whole.End = p.d.Rows[rows[0]].At, p.d.At
	for _, i := range rows {
		whole.items = append(whole.items, item{at: p.d.Rows[i].At, end: min(p.d.Rows[i].end(), p.d.At)})
	}
	whole.scale()
	first := whole.height(float64(whole.At))
	for _, k := range whole.Knots {
		p.times, p.heights = append(p.times, k[0]), append(p.heights, max(0, k[1]-first)+paperTop)
	}
	p.bottom = p.heights[len(p.heights)-1] + 16
}

// height is where an instant lies in the even scale.
func (d *diagram) height(t float64) float64 {
	i, found := slices.BinarySearchFunc(d.Knots, t, func(k [2]float64, t float64) int { return int(k[0] - t) })
	if found || i == 0 || i == len(d.Knots) {
		return d.Knots[min(i, len(d.Knots)-1)][1]
	}
	a, b := d.Knots[i-1], d.Knots[i]
	return a[1] + (b[1]-a[1])*(t-a[0])/(b[0]-a[0])
}

func (p *sheet) y(t float64) float64 {
	i, _ := slices.BinarySearch(p.times, t)
	return p.heights[min(i, len(p.heights)-1)]
}

// x is where a node's line is; false if it has no column.
func (p *sheet) x(node int) (float64, bool) {
	i := slices.Index(p.columns, node)
	return paperLeft + (float64(i)+0.5)*p.width(), i >= 0
}

// width is that of a column.
func (p *sheet) width() float64 { return (paperWidth - paperLeft) / float64(len(p.columns)) }

// spans shades the faults, as far as they lie within the picture.
func (p *sheet) spans() {
	for _, s := range p.d.Spans {
		from, to := p.y(float64(s.From)), p.y(float64(s.To))
		for _, n := range s.Nodes {
			if x, ok := p.x(n); ok && !s.Always && to > from {
				fmt.Fprintf(&p.b, `<rect class="p-fault" x="%.1f" y="%.1f" width="60" height="%.1f"/>`, x-30, from, to-from)
				p.text("p-span", x-28, from+9, clip(s.Text, 20))
			}
		}
	}
}

// axis writes the instants, where there is room.
func (p *sheet) axis() {
	last := 0.0
	for i, t := range p.times {
		if y := p.heights[i]; y > last+18 {
			p.text("p-time", 4, y+3, value.Short(time.Duration(t)))
			last = y
		}
	}
}

func (p *sheet) nodes() {
	for _, n := range p.columns {
		x, _ := p.x(n)
		fmt.Fprintf(&p.b, `<line class="p-node" x1="%.1f" y1="%d" x2="%.1f" y2="%.1f"/>`, x, paperTop-10, x, p.bottom)
		p.text("p-name", x, paperTop-18, p.d.Nodes[n])
	}
}

func (p *sheet) row(r row) {
	class := "p-grey"
	if r.Bold {
		class = "p-bold"
	}
	x, ok := p.x(r.Node)
	y := p.y(float64(r.At))
	if r.To < 0 {
		if ok && !r.Quiet {
			p.event(class, r, x, y)
		}
		return
	}
	to, there := p.x(r.To)
	if !ok || !there {
		return
	}
	for _, t := range r.Arrives {
		p.arrow(class, x, y, to, p.y(float64(t)))
	}
	if r.Lost != "" {
		end := x + 0.45*(to-x)/math.Max(1, math.Abs(to-x)/p.width())
		fmt.Fprintf(&p.b, `<line class="%s p-lost" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x, y, end, y+4)
		p.text("p-cross", end-3, y+7, "× "+r.Lost)
	}
	if r.Bold {
		p.text("p-bold p-message", x+(to-x)*0.3, y-2, clip(r.Text, 24))
	}
}

// event is a dot, and what it was beside it: to its left in the last column.
func (p *sheet) event(class string, r row, x, y float64) {
	fmt.Fprintf(&p.b, `<circle class="%s" cx="%.1f" cy="%.1f" r="3"/>`, class, x, y)
	if p.columns[len(p.columns)-1] == r.Node && len(p.columns) > 1 {
		p.text(class+" p-end", x-7, y+3, clip(r.Text, 34))
	} else {
		p.text(class, x+7, y+3, clip(r.Text, 34))
	}
}

func (p *sheet) arrow(class string, x, y, to, end float64) {
	long := math.Max(1, math.Hypot(to-x, end-y))
	ux, uy := (to-x)/long, (end-y)/long
	fmt.Fprintf(&p.b, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/><polygon class="%s" points="%.1f,%.1f %.1f,%.1f %.1f,%.1f"/>`,
		class, x, y, to, end, class, to, end, to-7*ux-2.5*uy, end-7*uy+2.5*ux, to-7*ux+2.5*uy, end-7*uy-2.5*ux)
}

func (p *sheet) text(class string, x, y float64, text string) {
	fmt.Fprintf(&p.b, `<text class="%s" x="%.1f" y="%.1f">%s</text>`, class, x, y, template.HTMLEscapeString(text))
}
