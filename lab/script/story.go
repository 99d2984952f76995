package script

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/lab/trouble"
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
	calls []made // by the script, in order; of more than a story has moments the latest
	deeds uint64 // of the script so far: marks, beginnings and ends of faults, calls

	ofObject map[objectKey]objectCalls
	numbers  map[uint64]uint64 // of calls in the story, by their deeds
}

// deed is the number of what the script does now: what it does at one instant stands in that order.
func (c *chronicle) deed() uint64 {
	c.deeds++
	return c.deeds
}

// made is when and where the script has made a call.
type made struct {
	callee
	at   time.Duration
	id   engine.ID
	pos  trouble.Position
	deed uint64
}

// callee is a method of a node.
type callee struct{ node, method string }

// span begins what is told of a fault.
func (r *run) span(text string, nodes ...string) *result.Span {
	s := &result.Span{Text: trouble.Clip(text, maxSpanText), Nodes: nodes, From: r.now(), Pos: r.here(), Begin: r.chronicle.deed()}
	if len(r.chronicle.spans) < mostSpans {
		r.chronicle.spans = append(r.chronicle.spans, s)
	}
	return s
}

// end ends it, unless it is nil.
func (r *run) end(s *result.Span) {
	if s != nil && s.To == 0 {
		s.To, s.End, s.Over = max(r.now(), 1), r.chronicle.deed(), r.here()
	}
}

// over adds links to what the span is about.
func over(s *result.Span, links []engine.Pair) {
	for _, p := range links[:min(len(links), mostSpanLinks-len(s.Links))] {
		s.Links = append(s.Links, [2]string{p.From, p.To})
	}
}

// byCallee are the calls of each method, in order.
func (c *chronicle) byCallee() map[callee][]made {
	calls := map[callee][]made{}
	for _, m := range c.calls {
		calls[m.callee] = append(calls[m.callee], m)
	}
	return calls
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
	packets, left, err := r.engine.Packets()
	if err != nil {
		s.Missing = append(s.Missing, trouble.Clip("the packets are missing: "+err.Error(), trouble.MaxText))
	}
	moments := r.moments()
	s.Left = left + max(len(moments)-mostMoments, 0)
	r.tell(s, r.parts(s, moments[max(len(moments)-mostMoments, 0):], packets))
	over := r.replacedSpans()
	for i, span := range r.chronicle.spans {
		s.Spans[i].To = cmp.Or(s.Spans[i].To, over[span])
	}
	r.draw(s)
	return s
}

// moments are the events that a story has: without the script's queries, and what packets say as well.
func (r *run) moments() []value.Event {
	return slices.DeleteFunc(slices.Clone(r.engine.Events(trace.Filter{All: true})), func(e value.Event) bool {
		return e.Class == value.ClassLoss && e.Name == "lost" || e.Class == value.ClassMessage || r.isLook(e)
	})
}

// part is a mark, an end of a fault, an event or a packet before it has its number in the story.
type part struct {
	at     time.Duration
	number uint64            // the engine's; 0 where it gives none
	deed   uint64            // of the script; none of what the world has done
	pos    *trouble.Position // in the script
	edge   *uint64           // the number that the beginning or the end of a fault gets
	mark   *mark
	event  *value.Event
	packet *network.Packet
}

// none is later than all that the script does: at one instant the world comes after it.
const none = math.MaxUint64

// parts are all of a story, in order of time.
func (r *run) parts(s *result.Story, events []value.Event, packets []network.Packet) []part {
	parts := make([]part, 0, len(events)+len(packets)+len(r.marks)+2*len(s.Spans))
	for i := range r.marks {
		parts = append(parts, part{at: r.marks[i].at, deed: r.marks[i].deed, mark: &r.marks[i]})
	}
	for i := range s.Spans {
		of := &s.Spans[i]
		if parts = append(parts, part{at: of.From, deed: of.Begin, edge: &of.Begin}); of.To > 0 {
			parts = append(parts, part{at: of.To, deed: of.End, edge: &of.End})
		}
	}
	calls := r.chronicle.byCallee()
	for i := range events {
		p := part{at: events[i].At, number: events[i].Number, event: &events[i]}
		p.deed, p.pos = r.doneBy(p.event, s.Spans, calls)
		parts = append(parts, p)
	}
	for i := range packets {
		parts = append(parts, part{at: packets[i].Sent, number: packets[i].Number, deed: none, packet: &packets[i]})
	}
	return ordered(parts)
}

// ordered puts parts in order of time. At one instant those with numbers of the engine stand in their order; all others,
// which the script has done, before the first of them that follows from a later deed, or that the script has no part in.
func ordered(parts []part) []part {
	slices.SortStableFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(min(a.number, 1), min(b.number, 1)), cmp.Compare(a.number, b.number), cmp.Compare(a.deed, b.deed))
	})
	all := make([]part, 0, len(parts))
	for len(parts) > 0 {
		n := slices.IndexFunc(parts, func(p part) bool { return p.at != parts[0].at })
		if n < 0 {
			n = len(parts)
		}
		all = append(all, merged(parts[:n])...)
		parts = parts[n:]
	}
	return all
}

// merged are the parts of one instant, those without a number first, in the order in which they stand.
func merged(parts []part) []part {
	free := slices.IndexFunc(parts, func(p part) bool { return p.number > 0 })
	if free <= 0 {
		return parts
	}
	numbered, before := parts[free:], make([]uint64, len(parts)-free) // the next deed, of each numbered part
	for i, next := len(numbered)-1, uint64(none); i >= 0; i-- {
		next = min(next, numbered[i].deed)
		before[i] = next
	}
	all := make([]part, 0, len(parts))
	for _, p := range parts[:free] {
		for len(before) > 0 && (before[0] < p.deed || p.deed == none) {
			all, numbered, before = append(all, numbered[0]), numbered[1:], before[1:]
		}
		all = append(all, p)
	}
	return append(all, numbered...)
}

// tell fills in the story. Everything gets a number of its own, in order of time, and so do the causes.
func (r *run) tell(s *result.Story, parts []part) {
	numbers := map[uint64]uint64{}
	r.chronicle.numbers = map[uint64]uint64{}
	for i, p := range parts {
		if s.Causes && p.number > 0 {
			numbers[p.number] = uint64(i) + 1
		}
	}
	s.Packets = make([]result.Packet, 0, len(parts))
	roots := roots{}
	why := func(c value.Cause) result.Why { return result.Why{Cause: numbers[c.Of], Timer: c.Timer} }
	for i, p := range parts {
		number := uint64(i) + 1
		switch {
		case p.edge != nil:
			*p.edge = number
		case p.mark != nil:
			s.Moments = append(s.Moments, result.Moment{Number: number, At: p.at, Class: "mark", Name: p.mark.text, Pos: &p.mark.pos})
		case p.event != nil:
			m := momentOf(number, why(p.event.Cause), p.event)
			if m.Pos = p.pos; m.Name == "called" && p.pos != nil {
				r.chronicle.numbers[p.deed] = number
			}
			if s.Causes && p.event.Cause.Of == 0 {
				m.Cause = roots.of(p.event, number)
			}
			s.Moments = append(s.Moments, m)
		default:
			told := packetOf(number, why(p.packet.Cause), p.packet)
			if s.Causes && p.packet.Cause.Of == 0 {
				told.Cause = roots.ofPacket(p.packet)
			}
			s.Packets = append(s.Packets, told)
		}
	}
}

// roots has, of each node, the latest events in which the script ended it, or its connections, and started it again. The
// engine knows no cause for what follows from these.
type roots map[string]root

type root struct {
	ended, started uint64 // numbers in the story
	at             time.Duration
}

// of is the root of an event of which the engine knows no cause: what the script itself did has none, 0. It notes the event
// if it ends or starts its node.
func (r roots) of(e *value.Event, number uint64) uint64 {
	to := r[e.Node]
	switch {
	case e.Class == value.ClassCall && e.Name == "called":
		return 0
	case e.Class != value.ClassFault && e.Class != value.ClassConn:
		return to.started
	case e.Class == value.ClassConn:
		return to.end(e.At)
	case e.Name == "restarted":
		to.started = number
	case slices.Contains([]string{"crashed", "killed", "reset"}, e.Name):
		to.ended, to.at = number, e.At
	}
	r[e.Node] = to
	return 0
}

// ofPacket is the root of a packet of which the engine knows no cause.
func (r roots) ofPacket(p *network.Packet) uint64 {
	if p.Kind == "reset" {
		return r[p.From].end(p.Sent)
	}
	return r[p.From].started
}

// end is the end of the node at that instant; else its start.
func (r root) end(at time.Duration) uint64 {
	if r.ended > 0 && r.at == at {
		return r.ended
	}
	return r.started
}

// className is what a story calls the classes of events.
var className = map[value.Class]string{
	value.ClassLoss: "conn", value.ClassComponent: "component", value.ClassFault: "fault", value.ClassCall: "call", value.ClassConn: "conn",
}

func momentOf(number uint64, why result.Why, e *value.Event) result.Moment {
	told := eventOf(*e)
	return result.Moment{
		Number: number, Why: why, At: e.At, Node: e.Node, Class: className[e.Class], Name: e.Name, Fields: told.Fields,
	}
}

// doneBy is what of the script's the event is, and where in the script that stands.
func (r *run) doneBy(e *value.Event, spans []result.Span, calls map[callee][]made) (deed uint64, pos *trouble.Position) {
	switch {
	case e.Class == value.ClassFault && slices.Contains([]string{"healed", "resumed", "restarted"}, e.Name):
		return endedBy(spans, e)
	case e.Class == value.ClassFault:
		return begunBy(spans, e)
	case e.Class == value.ClassCall && e.Name == "called":
		return r.calledBy(e, calls)
	}
	return none, nil
}

// calledBy is the call of the script that the event tells of. In live the event has the call's number; in sim a call is an
// event at the instant at which it was made.
func (r *run) calledBy(e *value.Event, calls map[callee][]made) (uint64, *trouble.Position) {
	method, _ := e.Get("method").(string)
	key := callee{e.Node, method}
	list := calls[key]
	i := slices.IndexFunc(list, func(m made) bool {
		if r.options.Engine == "live" {
			return uint64(m.id) == e.Number
		}
		return m.at == e.At
	})
	if i < 0 {
		return none, nil
	}
	calls[key] = list[i+1:] // those before were refused, or their events are left out
	return list[i].deed, &list[i].pos
}

// begunBy is the fault that begins with the event: the latest that is about the same. The spans are in order of their
// beginning.
func begunBy(spans []result.Span, e *value.Event) (uint64, *trouble.Position) {
	later, _ := slices.BinarySearchFunc(spans, e.At+1, func(s result.Span, at time.Duration) int { return cmp.Compare(s.From, at) })
	for i := later - 1; i >= 0 && e.Name != "failed" && e.Name != "reset"; i-- {
		if s := &spans[i]; about(s, e) {
			return s.Begin, &s.Pos
		}
	}
	if e.Name == "failed" { // by itself
		return none, nil
	}
	return 0, nil
}

// endedBy is the end of the fault that ends with the event, and the call that has ended it or said for how long it lasts.
func endedBy(spans []result.Span, e *value.Event) (uint64, *trouble.Position) {
	for i := range slices.Backward(spans) {
		if s := &spans[i]; s.To > 0 && s.To <= max(e.At, 1) && about(s, e) {
			if s.Over.Line == 0 {
				return s.End, &s.Pos
			}
			return s.End, &s.Over
		}
	}
	return none, nil
}

// about tells whether the fault is one of the event's node or link.
func about(s *result.Span, e *value.Event) bool {
	to, _ := e.Get("to").(value.Node)
	return slices.Contains(s.Nodes, e.Node) || slices.Contains(s.Links, [2]string{e.Node, string(to)})
}

func packetOf(number uint64, why result.Why, p *network.Packet) result.Packet {
	told := result.Packet{
		Number: number, Why: why, Kind: p.Kind, From: p.From, To: p.To, Port: p.Port, Source: p.Source, Conn: p.Conn, Back: p.Back,
		Offset: p.Offset, Ack: p.Ack, Window: p.Window, Fin: p.Fin, Again: p.Again, Size: p.Size, Data: p.Head,
		Sent: p.Sent, Left: p.Left, Arrives: slices.Clone(p.Arrives[:p.Copies]), Lost: p.Why.String(),
	}
	if head, _, err := value.ParseHead(p.Head); err == nil && p.Conn == 0 {
		told.Type = head.Type
		for _, f := range head.Fields {
			told.Fields = append(told.Fields, result.Part{Text: f.Name, Value: show(star.FromValue(f.Value, referenceText))})
		}
	}
	return told
}
