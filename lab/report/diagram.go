package report

import (
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/report/plot"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/story"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/value"
)

// diagram is a story laid out, as the script of the page draws it. Times are nanoseconds; nodes, rows and bands are named
// by their places in the lists, -1 is none.
type diagram struct {
	Nodes   []string      `json:"nodes"`
	Focus   []int         `json:"focus"` // the nodes that the check speaks of
	Shown   []int         `json:"shown"` // the columns that the page opens with
	At      time.Duration `json:"at"`    // of the failure
	When    string        `json:"when"`  // that in short
	Until   time.Duration `json:"until"` // what the page opens at: see story.Focus
	Last    string        `json:"last"`  // what that is, unless it is the failure
	End     time.Duration `json:"end"`
	Failed  bool          `json:"failed"`
	Causes  bool          `json:"causes"`
	Left    int           `json:"left"`    // rows that the story has lost at its beginning
	Omitted int           `json:"omitted"` // rows that are not in the page, for its size
	// Whole is the stretch of time of which the page has all rows and bands. Elsewhere it has levels, and the causes.
	Whole  [2]time.Duration `json:"whole"`
	Knots  [][2]float64     `json:"knots"` // time to height in the even scale
	Rows   []row            `json:"rows"`  // in order of time
	Bands  []band           `json:"bands"`
	Spans  []span           `json:"spans"`
	Lines  []line           `json:"lines"`
	Values []string         `json:"values"` // what the colours of lines mean
	Levels [][]fold         `json:"levels"` // from fine to coarse

	items []item // what is drawn when streams are folded, in order of time
}

// row is a moment or a packet.
type row struct {
	At      time.Duration   `json:"a"`
	Class   string          `json:"k"`           // of a moment; message or segment of a packet
	Text    string          `json:"x"`           // one line
	Label   string          `json:"t,omitempty"` // beside the arrow or dot, where that is not Text
	Short   string          `json:"s,omitempty"` // of a lost packet: what it was, beside which stands why it was lost
	Cause   int             `json:"c"`           // the row that it followed from
	Timer   bool            `json:"w,omitempty"` // by way of a timer
	Bold    bool            `json:"b,omitempty"` // one of the failure's causes
	Quiet   bool            `json:"q,omitempty"` // it needs no label: a span says it
	Node    int             `json:"n"`           // of a moment, or the sender
	To      int             `json:"o"`           // the receiver of a packet
	Left    time.Duration   `json:"l,omitempty"`
	Arrives []time.Duration `json:"r,omitempty"`
	Lost    string          `json:"d,omitempty"`
	Band    int             `json:"g"`
	Fields  [][2]string     `json:"f,omitempty"`
	Pos     string          `json:"p,omitempty"` // of the script
	from    story.Row
}

// span is a fault: behind the columns of its nodes.
type span struct {
	Text   string        `json:"text"`
	Nodes  []int         `json:"nodes"`
	Links  bool          `json:"links,omitempty"`  // it is about links of those nodes
	Always bool          `json:"always,omitempty"` // it was there from beginning to end, as links that a script sets up
	From   time.Duration `json:"from"`
	To     time.Duration `json:"to"`
	Pos    string        `json:"pos"`
}

// Bounds of texts in the page: names, lines and values are of scripts and plugins.
const (
	maxName   = 40
	maxText   = 160
	maxValue  = 2000
	maxFields = 40
)

// places are the numbers of nodes.
type places map[string]int

func (p places) of(name string) int {
	if i, ok := p[name]; ok {
		return i
	}
	return -1
}

// layOut makes the diagram of a run that has a story.
func layOut(r *result.Run, f *story.Focus) *diagram {
	s, at := r.Story, places{}
	d := &diagram{Nodes: []string{}, Focus: []int{}, Shown: []int{}, At: f.At, When: value.Short(f.At), Until: f.Until, Last: last(f), End: max(r.At, f.At), Failed: r.Outcome != result.Passed, Causes: s.Causes, Left: s.Left}
	for i, name := range s.Nodes {
		at[name] = i
		d.Nodes = append(d.Nodes, clip(name, maxName))
	}
	for _, name := range f.Nodes {
		if i := at.of(name); i >= 0 {
			d.Focus = append(d.Focus, i)
		}
	}
	d.rows(f, at, s.Spans)
	d.fold(f.All())
	d.spans(s, at)
	d.lines(s, at)
	d.scale()
	d.columns()
	return d
}

func (d *diagram) rows(f *story.Focus, at places, spans []result.Span) {
	all := f.All()
	index := make(map[uint64]int, len(all))
	for i, r := range all {
		index[r.ID()] = i
	}
	told := map[time.Duration]bool{} // by the spans of faults
	for _, s := range spans {
		told[s.From], told[s.To] = true, true
	}
	d.Rows = make([]row, len(all))
	for i, r := range all {
		cause, known := index[r.Why().Cause]
		if !known {
			cause = -1
		}
		to := row{At: r.Time(), Cause: cause, Timer: r.Why().Timer, Bold: f.Causes[r.ID()], Node: -1, To: -1, Band: -1, from: r}
		if r.Moment != nil {
			to.Class, to.Node = clip(r.Class, maxName), at.of(r.Node)
		} else {
			to.packet(r.Packet, at)
		}
		to.Quiet = to.Class == "fault" && told[to.At]
		d.Rows[i] = to
		d.End = max(d.End, to.end())
	}
}

func (to *row) packet(p *result.Packet, at places) {
	to.Class, to.Node, to.To = "message", at.of(p.From), at.of(p.To)
	if p.Conn != 0 {
		to.Class = "segment"
	}
	to.Left, to.Lost, to.Arrives = p.Left, clip(p.Lost, maxName), p.Arrives[:min(len(p.Arrives), 8)]
}

// told is the row with its texts. Of a long story only those rows have them that are shown.
func (to row) told() row {
	to.Text = clip(to.from.Text(), maxText)
	if text := clip(label(to.from), maxText); text != to.Text {
		to.Label = text
	}
	if m := to.from.Moment; m != nil {
		to.parts(m.Fields)
		if m.Pos != nil {
			to.Pos = place(*m.Pos)
		}
	} else {
		to.delivery(to.from.Packet)
		if to.Lost != "" {
			to.Short = clip(short(to.from), maxText)
		}
	}
	return to
}

func (to *row) delivery(p *result.Packet) {
	to.parts(p.Fields)
	to.field("kind", p.Kind)
	to.field("port", strconv.Itoa(p.Port))
	to.field("size", result.Count(p.Size, "byte"))
	if p.Conn != 0 {
		to.field("connection", strconv.FormatUint(p.Conn, 10))
		to.field("offset", strconv.FormatUint(p.Offset, 10))
		to.field("acknowledges", strconv.FormatUint(p.Ack, 10))
	}
	if p.Again > 0 {
		to.field("sent before", result.Count(p.Again, "time"))
	}
	if wait := p.Left - p.Sent; wait > 0 {
		to.field("in the queue for", value.Short(wait))
	}
}

// end is when the last of the row is over.
func (to *row) end() time.Duration {
	return max(to.At, to.Left, slices.Max(append(to.Arrives[:len(to.Arrives):len(to.Arrives)], 0)))
}

func (to *row) parts(fields []result.Part) {
	for _, p := range fields {
		to.field(p.Text, p.Value)
	}
}

func (to *row) field(name, text string) {
	if len(to.Fields) < maxFields {
		to.Fields = append(to.Fields, [2]string{clip(name, maxName), clip(text, maxValue)})
	}
}

func (d *diagram) spans(s *result.Story, at places) {
	d.Spans = []span{}
	for _, of := range s.Spans[:min(len(s.Spans), 1000)] {
		to := span{Text: clip(of.Text, maxText), From: of.From, To: of.To, Pos: place(of.Pos), Links: len(of.Links) > 0}
		for _, name := range plot.Shaded(of) {
			if i := at.of(name); i >= 0 && !slices.Contains(to.Nodes, i) {
				to.Nodes = append(to.Nodes, i)
			}
		}
		if to.To == 0 {
			to.To, to.Always = d.End, of.From == 0
		}
		d.Spans = append(d.Spans, to)
	}
}

// last names what the page opens at, when that is not the failure.
func last(f *story.Focus) string {
	if f.Until == f.At {
		return ""
	}
	return edges[f.What]
}

// edges are the words beside the line of what the page opens at. The column of times has room for so many letters.
var edges = map[story.What]string{
	story.Event: "last event", story.Error: "last error", story.Call: "call ended", story.Slowest: "slowest", story.Load: "load ended",
	story.Unanswered: "no answer",
}

// always are the faults that were there from beginning to end: they are told, not shaded.
func (d *diagram) always() (texts []string) {
	for _, s := range d.Spans {
		if s.Always && len(texts) < mostFaults {
			texts = append(texts, s.Text+" ("+s.Pos+")")
		}
	}
	return texts
}

// mostColumns is how many nodes the page opens with; of more, those that the failure is about come first, then those with
// most causes, then those that something has happened to just before it, then the busiest.
const (
	mostColumns = 12
	justBefore  = 50 // items
)

func (d *diagram) columns() {
	weight, many := make([]int, len(d.Nodes)), len(d.items)
	until := sort.Search(many, func(i int) bool { return d.items[i].at > d.Until })
	for n, it := range d.items {
		for _, i := range []int{it.node, it.to} {
			switch {
			case i < 0:
			case it.bold:
				weight[i] += many * many
			case n < until && n >= until-justBefore:
				weight[i] += many
			default:
				weight[i]++
			}
		}
	}
	for _, i := range d.Focus {
		if len(d.Focus) < len(d.Nodes) {
			weight[i] += many * many * many
		}
	}
	for i := range d.Nodes {
		d.Shown = append(d.Shown, i)
	}
	if len(d.Shown) > mostColumns {
		slices.SortStableFunc(d.Shown, func(a, b int) int { return weight[b] - weight[a] })
		d.Shown = d.Shown[:mostColumns]
		slices.Sort(d.Shown)
	}
}

// clip makes a text of others fit to be shown: one line, no control characters, bounded.
func clip(text string, most int) string {
	if len(text) > 4*most {
		text = text[:4*most] + "..."
	}
	text = breaks.Replace(result.Visible(strings.ToValidUTF8(text, "\ufffd")))
	letters := 0
	for i := range text {
		if letters++; letters > most {
			return text[:i] + "…"
		}
	}
	return text
}

var breaks = strings.NewReplacer("\n", `\n`, "\t", `\t`)

// place is a position of a script, without the folder.
func place(p trouble.Position) string {
	if p.Line == 0 {
		return ""
	}
	return clip(fmt.Sprintf("%s:%d", filepath.Base(p.File), p.Line), maxText)
}
