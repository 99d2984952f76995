package report

import (
	_ "embed" // for the style of pictures
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/story"
	"github.com/netlab-dev/netlab/sdk/value"
)

//go:embed picture.css
var pictureStyle string

// Measures of a picture, in pixels.
const (
	pictureWidth = 960
	pictureTop   = 44
	pictureLeft  = 64
	between      = 22.0 // rows at two instants
	longest      = 64.0 // rows with a long pause between them
	lineHeight   = 13.0
)

// onPaper is how many rows a picture has.
const onPaper = 300

// drawing is a picture in the making.
type drawing struct {
	d        *diagram
	rows     []*row
	omitted  int
	causes   bool // some rows are causes of the failure
	heights  map[time.Duration]float64
	times    []time.Duration
	instants []*instant
	b        strings.Builder
}

func draw(d *diagram, w Window) string {
	if w.To == 0 {
		w.To = d.End
	}
	p := drawing{d: d, heights: map[time.Duration]float64{}}
	p.choose(w)
	return p.svg(w, "<style>"+pictureStyle+"</style>")
}

// printed is the picture for paper: the last rows up to the failure that matter, without a style of its own.
func (d *diagram) printed(f *story.Focus) (picture template.HTML, note string) {
	rows := f.Before(onPaper)
	if len(rows) == 0 {
		return "", ""
	}
	at, p := map[uint64]int{}, drawing{d: d, heights: map[time.Duration]float64{}}
	for i, r := range d.Rows {
		at[r.from.ID()] = i
	}
	for _, r := range rows {
		p.add(&d.Rows[at[r.ID()]])
		p.causes = p.causes || f.Causes[r.ID()]
	}
	svg := p.svg(Window{From: rows[0].Time(), To: d.Until}, "")
	return template.HTML(svg), fmt.Sprintf("The last %s before t=%s that count here, of %d.", result.Count(len(rows), "row"), value.Short(d.Until), len(d.Rows))
}

func (p *drawing) svg(w Window, style string) string {
	for i, r := range p.rows {
		told := r.told()
		p.rows[i] = &told
	}
	p.gather()
	bottom := p.place(w)
	fmt.Fprintf(&p.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %.0f" width="%d" height="%.0f" role="img"><title>Space-time diagram of %s</title>%s`+"\n"+
		`<rect class="paper" width="100%%" height="100%%"/>`+"\n", pictureWidth, bottom+22, pictureWidth, bottom+22, template.HTMLEscapeString(strings.Join(p.d.Nodes, ", ")), style)
	p.faults(w)
	p.nodes(bottom)
	for _, bold := range []bool{false, true} {
		for _, r := range p.rows {
			if r.To >= 0 && r.Bold == bold {
				p.message(r, w)
			}
		}
	}
	p.events()
	p.note(bottom + 12)
	p.b.WriteString("</svg>\n")
	return p.b.String()
}

// choose takes the rows in the window.
func (p *drawing) choose(w Window) {
	for i := range p.d.Rows {
		if r := &p.d.Rows[i]; r.At >= w.From && r.At <= w.To {
			p.causes = p.causes || r.Bold
			p.add(r)
		}
	}
	p.omitted = max(0, len(p.rows)-onPaper)
	p.rows = p.rows[p.omitted:]
}

// add takes a row that is neither a bare acknowledgement nor told by the span of a fault.
func (p *drawing) add(r *row) {
	ack := r.from.Packet != nil && r.from.Kind == "ack" && r.Lost == ""
	if !ack && !r.Quiet {
		p.rows = append(p.rows, r)
	}
}

// kind is the class of what belongs to a row: what the failure followed from stands out, where that is known.
func (p *drawing) kind(class string, r *row) string {
	switch {
	case r.Bold:
		return class + " bold"
	case p.causes:
		return class + " quiet"
	}
	return class
}

// place gives each instant a height, and returns that of the last one.
func (p *drawing) place(w Window) float64 {
	for _, r := range p.rows {
		p.times = append(p.times, r.At)
		for _, t := range r.Arrives {
			p.times = append(p.times, min(t, w.To))
		}
	}
	for _, s := range p.d.Spans {
		p.times = append(p.times, min(max(s.From, w.From), w.To), min(max(s.To, w.From), w.To))
	}
	p.times = append(p.times, w.To)
	slices.Sort(p.times)
	p.times = slices.Compact(p.times)
	y, short := float64(pictureTop), usual(p.times)
	for i, t := range p.times {
		if i > 0 {
			y += min(max(between, between+between*math.Log10(float64(t-p.times[i-1])/float64(short))), longest)
			y += lineHeight * float64(max(0, p.lines(p.times[i-1])-1))
		}
		p.heights[t] = y
	}
	return y + lineHeight*float64(max(1, p.lines(w.To)))
}

// y is the height of an instant; one between two rows has that of the later one.
func (p *drawing) y(t time.Duration) float64 {
	i, _ := slices.BinarySearch(p.times, t)
	return p.heights[p.times[min(i, len(p.times)-1)]]
}

// x is where the line of a node is; false if it has no column. The text of its events needs the room to the right.
func (p *drawing) x(node int) (float64, bool) {
	i := slices.Index(p.d.Shown, node)
	return pictureLeft + (float64(i)+0.3)*(pictureWidth-pictureLeft)/float64(len(p.d.Shown)), i >= 0
}

func (p *drawing) faults(w Window) {
	for _, s := range p.d.Spans {
		if s.Always || s.From > w.To || s.To < w.From {
			continue
		}
		for _, n := range s.Nodes {
			if x, ok := p.x(n); ok {
				from, to := p.y(max(s.From, w.From)), p.y(min(s.To, w.To))
				fmt.Fprintf(&p.b, `<rect class="fault" x="%.1f" y="%.1f" width="44" height="%.1f"/>`+"\n", x-22, from, max(to-from, 2))
				if room := int((to - from) / 6); room >= 8 {
					fmt.Fprintf(&p.b, `<text class="cause" transform="translate(%.1f %.1f) rotate(90)">%s</text>`+"\n", x-17, from+6, template.HTMLEscapeString(clip(s.Text, room)))
				}
			}
		}
	}
}

func (p *drawing) nodes(bottom float64) {
	for _, n := range p.d.Shown {
		x, _ := p.x(n)
		fmt.Fprintf(&p.b, `<line class="node" x1="%.1f" y1="%d" x2="%.1f" y2="%.1f"/>`+"\n", x, pictureTop-16, x, bottom)
		p.text("name", x, pictureTop-24, p.d.Nodes[n])
	}
	first, last := p.times[0], p.times[len(p.times)-1]
	for _, l := range p.d.Lines {
		x, ok := p.x(l.Node)
		if !ok || l.To < first || l.From > last {
			continue
		}
		if l.Tone >= 0 {
			fmt.Fprintf(&p.b, `<line class="role tone%d" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n", l.Tone, x, p.y(l.From), x, p.y(min(l.To, last)))
		} else {
			p.text("term", x-9, p.y(max(l.From, first))+4, "term "+l.Term)
		}
	}
}

func (p *drawing) message(r *row, w Window) {
	x, ok := p.x(r.Node)
	to, there := p.x(r.To)
	if !ok || !there {
		return
	}
	y := p.y(r.At)
	for _, t := range r.Arrives {
		end := p.y(min(t, w.To))
		fmt.Fprintf(&p.b, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, p.kind("arrow", r), x, y, to, end)
		p.head(p.kind("head", r), x, y, to, end)
		p.label(p.kind("type", r), x, y, to, end, r.Text)
	}
	if r.Lost != "" {
		end := x + p.lostAfter(to-x)
		kind, _, _ := strings.Cut(clip(r.Text, 24), " ")
		fmt.Fprintf(&p.b, `<line class="lost" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, x, y, end, y+6)
		p.text("cross", end-4, y+10, "× "+kind+" ("+r.Lost+")")
	}
}

// lostAfter is how far a packet gets that is lost: farther the longer its way was, but to no other node's line.
func (p *drawing) lostAfter(way float64) float64 {
	column := (pictureWidth - pictureLeft) / float64(len(p.d.Shown))
	return math.Copysign(0.18*column, way) + 0.22*way
}

// head is the point of an arrow.
func (p *drawing) head(class string, x, y, to, end float64) {
	angle := math.Atan2(end-y, to-x) * 180 / math.Pi
	fmt.Fprintf(&p.b, `<path class="%s" transform="translate(%.1f %.1f) rotate(%.1f)" d="M0 0L-8 -3.5V3.5Z"/>`+"\n", class, to, end, angle)
}

// label is written along an arrow. Over several columns it is nearer to the end: arrows that leave together part there.
func (p *drawing) label(class string, x, y, to, end float64, text string) {
	part, length := 0.5, math.Abs(to-x)
	if length > 1.5*(pictureWidth-pictureLeft)/float64(len(p.d.Shown)) {
		part = 0.65
	}
	angle := math.Atan((end-y)/(to-x)) * 180 / math.Pi
	fmt.Fprintf(&p.b, `<text class="%s" transform="translate(%.1f %.1f) rotate(%.1f)" y="-3">%s</text>`+"\n", class, x+part*(to-x), y+part*(end-y), angle,
		template.HTMLEscapeString(clip(text, int(length*(1-part)*1.9/4.8))))
}

// instant is what happened on a node at one time. Its texts stand below each other.
type instant struct {
	at    time.Duration
	node  int
	class string
	texts []string
	mark  bool
}

// mostTexts bounds the lines of an instant.
const mostTexts = 6

// gather makes the instants out of the rows that are no messages.
func (p *drawing) gather() {
	known := map[[2]int64]*instant{}
	for _, r := range p.rows {
		if r.To >= 0 {
			continue
		}
		key := [2]int64{int64(r.Node), int64(r.At)}
		if known[key] == nil {
			known[key] = &instant{at: r.At, node: r.Node, class: p.kind("event", r), mark: r.Class == "mark"}
			p.instants = append(p.instants, known[key])
		}
		known[key].texts = append(known[key].texts, r.Text)
	}
	for _, i := range p.instants {
		if len(i.texts) > mostTexts {
			i.texts = append(i.texts[:mostTexts-1], fmt.Sprintf("and %d more", len(i.texts)-mostTexts+1))
		}
	}
}

// lines is how many lines of text stand at an instant.
func (p *drawing) lines(at time.Duration) (most int) {
	for _, i := range p.instants {
		if i.at == at {
			most = max(most, len(i.texts))
		}
	}
	return most
}

func (p *drawing) events() {
	last := -1e9
	for _, r := range p.rows {
		if y := p.y(r.At); y-last >= lineHeight {
			p.text("time", 2, y+4, value.Short(r.At))
			last = y
		}
	}
	for _, i := range p.instants {
		p.event(i)
	}
}

func (p *drawing) event(i *instant) {
	x, ok := p.x(i.node)
	y := p.y(i.at)
	switch {
	case i.mark:
		fmt.Fprintf(&p.b, `<line class="mark" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/>`, pictureLeft, y, pictureWidth, y)
		p.text("cause", pictureLeft+4, y-3, strings.Join(i.texts, "; "))
	case ok:
		fmt.Fprintf(&p.b, `<circle class="%s" cx="%.1f" cy="%.1f" r="3.5"/>`, i.class, x, y)
		room := (0.7*(pictureWidth-pictureLeft)/float64(len(p.d.Shown)) - 14) / 6
		for n, text := range i.texts {
			p.text(i.class, x+8, y+4+float64(n)*lineHeight, clip(text, int(room)))
		}
	}
}

// note explains the colours, and says what is left out.
func (p *drawing) note(y float64) {
	x := float64(pictureLeft)
	for tone, v := range p.d.Values {
		if v == "" {
			continue
		}
		fmt.Fprintf(&p.b, `<line class="role tone%d" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, tone, x, y-4, x+16, y-4)
		p.text("note", x+22, y, v)
		x += 40 + 6*float64(len(v))
	}
	text := "Time is not to scale."
	if len(p.rows) == 0 {
		text = "Nothing happened in this time."
	}
	if p.omitted > 0 {
		text += fmt.Sprintf(" Not shown: %s.", result.Count(p.omitted, "earlier row"))
	}
	p.text("note", x, y, text)
}

func (p *drawing) text(class string, x, y float64, text string) {
	fmt.Fprintf(&p.b, `<text class="%s" x="%.1f" y="%.1f">%s</text>`+"\n", class, x, y, template.HTMLEscapeString(text))
}
