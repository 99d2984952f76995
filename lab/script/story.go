package script

import (
	"cmp"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// What a story holds: so many events, the latest, faults, and of a fault links and the beginning of its text.
const (
	mostMoments   = 50_000
	mostSpans     = 10_000
	mostSpanLinks = 100
	maxSpanText   = 500 // bytes
)

// chronicle is what the run itself notes for its story.
type chronicle struct {
	spans []*result.Span
	calls map[callee][]made // by the script, in order
}

// made is when and where the script has made a call.
type made struct {
	at  time.Duration
	pos trouble.Position
}

// callee is a method of a node.
type callee struct{ node, method string }

// span begins what is told of a fault.
func (r *run) span(text string, nodes ...string) *result.Span {
	s := &result.Span{Text: trouble.Clip(text, maxSpanText), Nodes: nodes, From: r.now(), Pos: r.here()}
	if len(r.chronicle.spans) < mostSpans {
		r.chronicle.spans = append(r.chronicle.spans, s)
	}
	return s
}

// end ends it, unless it is nil.
func (r *run) end(s *result.Span) {
	if s != nil && s.To == 0 {
		s.To = max(r.now(), 1)
	}
}

// over adds links to what the span is about.
func over(s *result.Span, links []engine.Pair) {
	for _, p := range links[:min(len(links), mostSpanLinks-len(s.Links))] {
		s.Links = append(s.Links, [2]string{p.From, p.To})
	}
}

// called notes where a call that changes something was made.
func (r *run) called(n *node, method string) {
	if !r.options.Story {
		return
	}
	if r.chronicle.calls == nil {
		r.chronicle.calls = map[callee][]made{}
	}
	at := callee{n.name, method}
	r.chronicle.calls[at] = append(r.chronicle.calls[at], made{r.now(), r.here()})
}

// story is the course of the run so far.
func (r *run) story() *result.Story {
	s := &result.Story{Causes: r.options.Engine == "sim"}
	for _, n := range r.nodes {
		s.Nodes = append(s.Nodes, n.name)
	}
	for _, span := range r.chronicle.spans {
		s.Spans = append(s.Spans, *span)
	}
	packets, left := r.engine.Packets()
	moments := r.moments()
	s.Left = left + max(len(moments)-mostMoments, 0)
	r.tell(s, r.parts(moments[max(len(moments)-mostMoments, 0):], packets))
	r.draw(s)
	return s
}

// moments are the events that a story has: without the script's queries, and what packets say as well.
func (r *run) moments() []value.Event {
	return slices.DeleteFunc(slices.Clone(r.engine.Events(trace.Filter{All: true})), func(e value.Event) bool {
		return e.Class == value.ClassLoss || e.Class == value.ClassMessage || r.isLook(e)
	})
}

// part is a mark, an event or a packet before it has its number in the story.
type part struct {
	at     time.Duration
	number uint64 // the engine's; 0 where it gives none
	mark   *mark
	event  *value.Event
	packet *network.Packet
}

// parts are all of a story, in order of time.
func (r *run) parts(events []value.Event, packets []network.Packet) []part {
	parts := make([]part, 0, len(events)+len(packets)+len(r.marks))
	for i := range r.marks {
		parts = append(parts, part{at: r.marks[i].at, mark: &r.marks[i]})
	}
	for i := range events {
		parts = append(parts, part{at: events[i].At, number: events[i].Number, event: &events[i]})
	}
	for i := range packets {
		parts = append(parts, part{at: packets[i].Sent, number: packets[i].Number, packet: &packets[i]})
	}
	slices.SortStableFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.number, b.number))
	})
	return parts
}

// tell fills in the story. Everything gets a number of its own, in order of time, and so do the causes.
func (r *run) tell(s *result.Story, parts []part) {
	numbers := map[uint64]uint64{}
	for i, p := range parts {
		if s.Causes && p.number > 0 {
			numbers[p.number] = uint64(i) + 1
		}
	}
	why := func(c value.Cause) result.Why { return result.Why{Cause: numbers[c.Of], Timer: c.Timer} }
	for i, p := range parts {
		number := uint64(i) + 1
		switch {
		case p.mark != nil:
			s.Moments = append(s.Moments, result.Moment{Number: number, At: p.at, Class: "mark", Name: p.mark.text, Pos: &p.mark.pos})
		case p.event != nil:
			s.Moments = append(s.Moments, r.moment(number, why(p.event.Cause), p.event, s.Spans))
		default:
			s.Packets = append(s.Packets, packetOf(number, why(p.packet.Cause), p.packet))
		}
	}
}

// className is what a story calls the classes of events.
var className = map[value.Class]string{
	value.ClassComponent: "component", value.ClassFault: "fault", value.ClassCall: "call", value.ClassConn: "conn",
}

func (r *run) moment(number uint64, why result.Why, e *value.Event, spans []result.Span) result.Moment {
	told := eventOf(*e)
	m := result.Moment{
		Number: number, Why: why, At: e.At, Node: e.Node, Class: className[e.Class], Name: e.Name, Fields: told.Fields,
	}
	switch {
	case e.Class == value.ClassFault:
		m.Pos = madeAt(spans, e)
	case e.Class == value.ClassCall && e.Name == "called":
		m.Pos = r.calledAt(e)
	}
	return m
}

// onTheWay is how long, at most, a call or a fault is on its way in live before it is an event. In sim it is one at once.
const onTheWay = 10 * time.Millisecond

// calledAt is the place in the script of the call that the event tells of.
func (r *run) calledAt(e *value.Event) *trouble.Position {
	method, _ := e.Get("method").(string)
	key := callee{e.Node, method}
	list := r.chronicle.calls[key]
	for len(list) > 0 && list[0].at < e.At-onTheWay { // of calls that were refused, or whose events are left out
		list = list[1:]
	}
	if len(list) == 0 || list[0].at > e.At {
		return nil
	}
	r.chronicle.calls[key] = list[1:]
	return &list[0].pos
}

// madeAt is the place in the script of a fault that begins with the event. The spans are in order of their beginning.
func madeAt(spans []result.Span, e *value.Event) *trouble.Position {
	if e.Name == "healed" || e.Name == "resumed" {
		return nil
	}
	to, _ := e.Get("to").(value.Node)
	first, _ := slices.BinarySearchFunc(spans, e.At-onTheWay, func(s result.Span, at time.Duration) int { return cmp.Compare(s.From, at) })
	for i := first; i < len(spans) && spans[i].From <= e.At; i++ {
		s := &spans[i]
		if slices.Contains(s.Nodes, e.Node) || slices.Contains(s.Links, [2]string{e.Node, string(to)}) {
			return &s.Pos
		}
	}
	return nil
}

// dropName is what a story calls the reasons for which packets are lost.
var dropName = map[link.Drop]string{
	link.DropCut: "cut", link.DropLoss: "loss", link.DropQueue: "queue", link.DropMTU: "mtu",
}

func packetOf(number uint64, why result.Why, p *network.Packet) result.Packet {
	told := result.Packet{
		Number: number, Why: why, Kind: p.Kind, From: p.From, To: p.To, Port: p.Port, Source: p.Source, Conn: p.Conn, Back: p.Back,
		Offset: p.Offset, Ack: p.Ack, Window: p.Window, Fin: p.Fin, Again: p.Again, Size: p.Size, Data: p.Head,
		Sent: p.Sent, Left: p.Left, Arrives: slices.Clone(p.Arrives[:p.Copies]), Lost: dropName[p.Why],
	}
	if head, _, err := value.ParseHead(p.Head); err == nil {
		told.Type = head.Type
		for _, f := range head.Fields {
			told.Fields = append(told.Fields, result.Part{Text: f.Name, Value: show(star.FromValue(f.Value, referenceText))})
		}
	}
	return told
}
