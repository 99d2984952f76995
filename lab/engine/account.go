package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Account is what a run in sim has told its script: answers, those of queries included, and events. Two runs of one
// seed must give the same account; Parting finds where they do not.
type Account struct {
	calls   []madeCall
	events  *trace.Store
	names   []string // of the nodes, sorted
	digests []uint64 // of the same nodes; none when the run did not come to its end
	marks   []mark
}

// mark is the digest of the whole run when it had come to an instant, before what follows there.
type mark struct {
	at     time.Duration
	digest uint64
}

// maxMarks bounds the marks of a run.
const maxMarks = 1 << 16

// mark notes the digest; at one instant the last one counts.
func (a *Account) mark(at time.Duration, digest uint64) {
	switch n := len(a.marks); {
	case digest == 0:
	case n > 0 && a.marks[n-1].at == at:
		a.marks[n-1].digest = digest
	case n < maxMarks:
		a.marks = append(a.marks, mark{at, digest})
	}
}

// partingMark is when two runs differed for the first time, as far as both stopped at that instant; -1 when they did not.
func (a *Account) partingMark(b *Account) time.Duration {
	for i, j := 0, 0; i < len(a.marks) && j < len(b.marks); {
		x, y := a.marks[i], b.marks[j]
		switch {
		case x.at < y.at:
			i++
		case x.at > y.at:
			j++
		case x.digest != y.digest:
			return x.at
		default:
			i, j = i+1, j+1
		}
	}
	return -1
}

// answer is what an account keeps of how a call has ended.
type answer struct {
	at     time.Duration
	sum    uint64 // of all that came; 0 while there is no answer
	events int    // that had come before it
	value  any    // what came, or the error
	large  bool   // too large for value
}

// keptValues bounds what the answers of one account may take in memory, in bytes. Beyond that only their sums are kept.
const keptValues = 4 << 20

// keep notes how the call has ended. r is the same on the wire, events is how many had come before.
func (c *calls) keep(reply Reply, r *wire.Reply, events int) {
	var sum xxhash.Digest
	sum.Reset()
	_, _ = sum.Write(r.GetValue())
	_, _ = sum.Write([]byte{byte(reply.Status)})
	_, _ = sum.WriteString(reply.Error)
	a := answer{at: reply.At, sum: max(sum.Sum64(), 1), events: events, value: brief(reply.Value)}
	if reply.Status != OK {
		a.value = reply.Status.String() + ": " + brief(reply.Error).(string)
	}
	if size := value.Weight(a.value); size <= 2*maxBrief && c.kept+size <= keptValues {
		c.kept += size
	} else {
		a.value, a.large = nil, true
	}
	c.get(reply.Call).answer = a
}

// Parting is where two runs of one seed part.
type Parting struct {
	At            time.Duration // of the earlier one, when they part in time; negative when it is not known
	By            bool          // At is when they have parted at the latest
	Node          string
	What          string // that differs: an answer, a field of one, an event
	First, Second string
}

// Equal tells whether two runs have told their scripts the same.
func (a *Account) Equal(b *Account) bool { return (a == nil) == (b == nil) && a.Parting(b) == nil }

// Parting returns the first difference between the accounts of two runs, nil when there is none.
func (a *Account) Parting(b *Account) *Parting {
	if a == nil || b == nil {
		return nil
	}
	call := a.partingCall(b)
	if slices.Equal(a.digests, b.digests) && len(a.digests) > 0 {
		if call < 0 {
			return nil
		}
		return a.answers(b, call) // events are part of the digests
	}
	at, x, y := a.partingEvent(b)
	switch {
	case call >= 0 && (at < 0 || a.calls[call].answer.events <= at):
		return a.answers(b, call)
	case at >= 0:
		return events(x, y)
	}
	return a.partingDigest(b)
}

// partingCall is the index of the call that differs first in time, -1 for none. The same script makes the same calls
// for as long as it is told the same.
func (a *Account) partingCall(b *Account) int {
	first := -1
	for i := range min(len(a.calls), len(b.calls)) {
		x, y := &a.calls[i], &b.calls[i]
		if x.Node == y.Node && x.Method == y.Method && x.begun == y.begun &&
			x.answer.sum == y.answer.sum && x.answer.at == y.answer.at {
			continue
		}
		if first < 0 || earlier(x, y) < earlier(&a.calls[first], &b.calls[first]) {
			first = i
		}
	}
	return first
}

// earlier is when two calls of which one differs from the other do so at the earliest.
func earlier(x, y *madeCall) time.Duration {
	if x.answer.sum == 0 || y.answer.sum == 0 {
		return max(x.begun, y.begun, x.answer.at, y.answer.at)
	}
	return min(x.answer.at, y.answer.at)
}

func (a *Account) answers(b *Account, i int) *Parting {
	x, y := &a.calls[i], &b.calls[i]
	p := &Parting{At: earlier(x, y), Node: x.Node, What: "the answer of " + x.Method}
	if x.Node != y.Node || x.Method != y.Method {
		p.What, p.First, p.Second = "a call", x.Method+" of "+x.Node, y.Method+" of "+y.Node
		return p
	}
	p.First, p.Second = x.answer.text(), y.answer.text()
	if name, f, s := differing(x.answer.value, y.answer.value); name != "" {
		p.What, p.First, p.Second = p.What+", "+name, value.Format(f), value.Format(s)
	}
	switch {
	case p.First != p.Second:
	case x.answer.at != y.answer.at:
		p.First, p.Second = p.First+" at "+x.answer.at.String(), p.Second+" at "+y.answer.at.String()
	case x.begun != y.begun:
		p.First, p.Second = "to a call at "+x.begun.String(), "to one at "+y.begun.String()
	default: // of an object, its fields are not kept
		p.What += ", " + p.First + ", in parts that are not shown; its sum"
		p.First, p.Second = fmt.Sprintf("%016x", x.answer.sum), fmt.Sprintf("%016x", y.answer.sum)
	}
	return p
}

func (a *answer) text() string {
	switch {
	case a.sum == 0:
		return "no answer"
	case a.large:
		return fmt.Sprintf("a large value (its sum is %016x)", a.sum)
	}
	return value.Format(a.value)
}

// differing finds the field by which two structs differ, where it is one: name is its path, "" when they are no structs
// of the same fields.
func differing(x, y any) (name string, first, second any) {
	f, ok := x.(value.Fields)
	g, same := y.(value.Fields)
	if !ok || !same || len(f) != len(g) {
		return "", nil, nil
	}
	for i := range f {
		if f[i].Name != g[i].Name {
			return "", nil, nil
		}
		if value.Equal(f[i].Value, g[i].Value) {
			continue
		}
		if inner, first, second := differing(f[i].Value, g[i].Value); inner != "" {
			return f[i].Name + "." + inner, first, second
		}
		return f[i].Name, f[i].Value, g[i].Value
	}
	return "", nil, nil
}

// told are the events that a run has in any mode of tracing.
func (a *Account) told() []value.Event {
	all := a.events.Select(trace.Filter{All: true})
	return slices.DeleteFunc(all, func(e value.Event) bool {
		return e.Class != value.ClassComponent && e.Class != value.ClassFault
	})
}

// partingEvent finds the first event that is not the same in both; at is its place, -1 when there is none. One of the
// two is nil when a run has no further event.
func (a *Account) partingEvent(b *Account) (at int, x, y *value.Event) {
	f, g := a.told(), b.told()
	for i := range max(len(f), len(g)) {
		x, y = nil, nil
		if i < len(f) {
			x = &f[i]
		}
		if i < len(g) {
			y = &g[i]
		}
		if x == nil || y == nil || x.At != y.At || x.Node != y.Node || eventText(x) != eventText(y) {
			return i, x, y
		}
	}
	return -1, nil, nil
}

func events(x, y *value.Event) *Parting {
	p := &Parting{What: "an event", First: eventText(x), Second: eventText(y)}
	first := x
	if x == nil || y != nil && trace.Compare(*y, *x) < 0 {
		first = y
	}
	p.At, p.Node = first.At, first.Node
	if x != nil && y != nil && (x.At != y.At || x.Node != y.Node) {
		p.First += fmt.Sprintf(" of %s at %v", x.Node, x.At)
		p.Second += fmt.Sprintf(" of %s at %v", y.Node, y.At)
	}
	return p
}

func eventText(e *value.Event) string {
	if e == nil {
		return "none"
	}
	text := e.Name
	for _, f := range e.Fields {
		text += " " + f.Name + "=" + value.Format(f.Value)
	}
	return text
}

// partingDigest names a node that did something else, of which the script was not told.
func (a *Account) partingDigest(b *Account) *Parting {
	for i := range min(len(a.digests), len(b.digests), len(a.names), len(b.names)) {
		if a.digests[i] != b.digests[i] {
			return &Parting{
				At: a.partingMark(b), By: true, Node: a.names[i], What: "what it did, though no answer and no event; its digest",
				First: fmt.Sprintf("%016x", a.digests[i]), Second: fmt.Sprintf("%016x", b.digests[i]),
			}
		}
	}
	return nil
}
