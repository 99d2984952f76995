package story

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
)

// mostCalls bounds the calls of a check that are followed, mostTalks the connections and peers of a call.
const (
	mostCalls = 8
	mostTalks = 4
)

// soon is how much later than an answer a check in live may be that follows at once.
const soon = time.Millisecond

// talks are the ends of the calls that the check judges: of each the call, its answer, and what its own connections and
// sockets carried last each way. The packets of another call of the same node would be false causes. The other nodes that the
// check names have ends of their own.
func (f *Focus) talks(nodes []string) (ids []uint64) {
	calls := f.calls[max(0, len(f.calls)-mostCalls):]
	rest, end := slices.Clone(nodes), time.Duration(0)
	for _, c := range calls {
		ids = append(ids, f.talk(c)...)
		end = max(end, min(c.Until, f.At))
		rest = slices.DeleteFunc(rest, func(node string) bool { return node == c.Node })
	}
	switch {
	case len(rest) > 0: // the check is about the state of these, too
		ids = append(ids, f.last(rest, f.Until)...)
	case end < f.Until-soon:
		f.Until, f.What = end, Call
	}
	return ids
}

// talk are the ends of one call.
func (f *Focus) talk(c result.Call) (ids []uint64) {
	call, known := f.Row(c.Number)
	if !known || call.Moment == nil {
		return nil
	}
	until := min(c.Until, f.At)
	ids = append([]uint64{c.Number}, f.answer(call, until)...)
	belongs := f.led(c)
	if !f.causes {
		belongs = f.opened(c, call)
	}
	carried := f.carried(c.Node, until, belongs)
	switch {
	case len(carried) > 0:
		return append(ids, carried...)
	case c.Object == 0 && !f.causes && !f.busy(c, call.At, until): // no other call can have caused these packets
		return append(ids, f.carried(c.Node, until, func(p *result.Packet) bool { return p.Sent >= call.At })...)
	case c.Object == 0 && !f.busy(c, call.At, until): // the state of its node has decided the answer
		return append(ids, f.last([]string{c.Node}, until)...)
	}
	if f.Unknown = true; !f.causes {
		return nil
	}
	return ids
}

// answer is the answer of a call; none if it cannot be told from that of another one.
func (f *Focus) answer(call Row, until time.Duration) (ids []uint64) {
	for _, row := range f.rows {
		if row.isCall("answered", call.Node) && row.At == until && row.field("method") == call.field("method") {
			ids = append(ids, row.ID())
		}
	}
	if len(ids) > 1 {
		return nil
	}
	return ids
}

// isCall tells whether the row is of a call of that node: "called" or "answered".
func (r Row) isCall(name, node string) bool {
	return r.Moment != nil && r.Class == "call" && r.Name == name && r.Node == node
}

// field is the value of a moment's field.
func (r Row) field(name string) string {
	for _, p := range r.Moment.Fields {
		if p.Text == name {
			return p.Value
		}
	}
	return ""
}

// busy tells whether the node has made or ended another call in that time.
func (f *Focus) busy(c result.Call, from, until time.Duration) bool {
	return slices.ContainsFunc(f.rows, func(row Row) bool {
		return row.Moment != nil && row.ID() != c.Number && row.ID() != c.Maker && from <= row.At && row.At <= until &&
			(row.isCall("called", c.Node) || row.isCall("answered", c.Node) && row.At < until)
	})
}

// made are the calls of the object's methods, with the one that has returned it; of no object the call alone.
func (f *Focus) made(c result.Call) map[uint64]bool {
	calls := map[uint64]bool{c.Number: c.Number > 0} // 0 is the cause of what has none
	if c.Object == 0 {
		return calls
	}
	calls[c.Maker] = c.Maker > 0
	for _, row := range f.rows {
		if row.isCall("called", c.Node) && row.field("object") == strconv.FormatInt(c.Object, 10) {
			calls[row.ID()] = true
		}
	}
	return calls
}

// led tells which packets of the call's node belong to the call, by causes: those that it has led to, all of the connections
// that it has opened, and of a socket all that came to its port.
func (f *Focus) led(c result.Call) func(*result.Packet) bool {
	own, conns, ports := f.made(c), map[uint64]bool{}, map[int]bool{}
	for _, row := range f.rows {
		p := row.Packet
		if own[row.ID()] || own[row.Why().Cause] || p != nil && (p.Conn > 0 && conns[p.Conn] || p.Conn == 0 && p.To == c.Node && ports[p.Port]) {
			own[row.ID()] = true
			if p != nil && p.From == c.Node {
				conns[p.Conn], ports[p.Source] = p.Conn > 0, p.Conn == 0 && p.Source > 0
			}
		}
	}
	return func(p *result.Packet) bool { return own[p.Number] && (p.Conn == 0 || conns[p.Conn]) }
}

// opened tells the same where nothing has a cause: the call, or the one that has returned its object, is the only one to that
// address at the time, and one connection was opened there. Datagrams belong to the only object and the only port of a node.
func (f *Focus) opened(c result.Call, call Row) func(*result.Packet) bool {
	from, until := f.opening(c, call)
	known, alone := from.Moment != nil, f.alone(c)
	if known && f.rivalled(c, from, until) {
		return func(*result.Packet) bool { return false }
	}
	conns, sockets := map[uint64]bool{}, map[int]bool{}
	for _, row := range f.rows {
		p := row.Packet
		switch {
		case p == nil || p.From != c.Node && p.To != c.Node:
		case p.Conn == 0 && p.From == c.Node:
			sockets[p.Source] = true
		case p.Conn == 0:
			sockets[p.Port] = true
		case !known && alone, known && p.From == c.Node && p.Kind == "syn" && from.At <= p.Sent && p.Sent <= until &&
			addresses(from.field("arguments"), p.To, p.Port):
			conns[p.Conn] = true
		}
	}
	return func(p *result.Packet) bool {
		return p.Conn > 0 && len(conns) == 1 && conns[p.Conn] || p.Conn == 0 && alone && len(conns) == 0 && len(sockets) == 1 && !sockets[0]
	}
}

// opening is the call that has opened the connection of c, if the story has it, and until when it may have done so: until the
// first call of the object that it has returned.
func (f *Focus) opening(c result.Call, call Row) (from Row, until time.Duration) {
	until = min(c.Until, f.At)
	if c.Object == 0 {
		return call, until
	}
	from, _ = f.Row(c.Maker)
	own := f.made(c)
	delete(own, c.Maker)
	for _, row := range f.rows {
		if row.Moment != nil && own[row.ID()] {
			return from, row.At
		}
	}
	return from, until
}

// alone tells whether its node has made no calls but those of c's object, and of the node itself.
func (f *Focus) alone(c result.Call) bool {
	object := strconv.FormatInt(c.Object, 10)
	return !slices.ContainsFunc(f.rows, func(row Row) bool {
		return row.isCall("called", c.Node) && (c.Object == 0 || row.field("object") != "0" && row.field("object") != object)
	})
}

// rivalled tells whether its node has made another call with the same arguments in that time.
func (f *Focus) rivalled(c result.Call, from Row, until time.Duration) bool {
	return slices.ContainsFunc(f.rows, func(row Row) bool {
		return row.isCall("called", c.Node) && row.ID() != from.ID() && from.At <= row.At && row.At <= until && row.field("arguments") == from.field("arguments")
	})
}

// addresses tells whether the arguments of a call name a port of a node: "web:8000", "http://web:8000/".
func addresses(arguments, node string, port int) bool {
	for _, before := range []string{`"`, "//"} {
		_, after, found := strings.Cut(arguments, before+node)
		rest, numbered := strings.CutPrefix(after, ":"+strconv.Itoa(port))
		if found && (numbered && strings.IndexAny(rest, `"/?#`) == 0 || !numbered && strings.IndexAny(after, `"/`) == 0) {
			return true
		}
	}
	return false
}

// with is a connection, or the datagrams between a node and another one.
type with struct {
	conn uint64
	peer string // of datagrams
}

// carried are the last packets each way of the latest connections, or with the latest peers, that belong to a call: of each way
// the last one with bytes, the end of the stream that has come, and what a reset has cut off. What opens a connection counts
// where nothing followed it.
func (f *Focus) carried(node string, until time.Duration, belongs func(*result.Packet) bool) (ids []uint64) {
	type way struct {
		with
		out, fin bool
	}
	last, latest := map[way]Row{}, map[with]int{}
	for i, row := range f.rows {
		p := row.Packet
		end := p != nil && p.Fin && p.Size == 0
		if p == nil || row.Time() > until || p.Kind == "ack" || p.From != node && p.To != node || end && p.From == node || !belongs(p) {
			continue
		}
		of := with{conn: p.Conn}
		switch {
		case p.Conn > 0:
		case p.From == node:
			of.peer = p.To
		default:
			of.peer = p.From
		}
		last[way{of, p.From == node, end}] = row
		latest[of] = i
	}
	talks := slices.SortedFunc(maps.Keys(latest), func(a, b with) int { return cmp.Compare(latest[a], latest[b]) })
	for _, of := range talks[max(0, len(talks)-mostTalks):] {
		for _, of := range []way{{of, true, false}, {of, false, false}, {of, false, true}} {
			if row, ok := last[of]; ok {
				ids = append(append(ids, row.ID()), f.cutOff(row)...)
			}
		}
	}
	return ids
}
