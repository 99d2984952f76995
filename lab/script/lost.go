package script

import (
	"cmp"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// What a report shows of what links have lost, and of faults that were over: so many of each.
const (
	lastLost = 5
	lastPast = 5
)

// lostSegments adds to the result the last segments of streams that were lost, first those of the nodes of its checks: these
// stand in the story alone. A lost acknowledgement is none of them, because a later one says the same.
func lostSegments(to *result.Run) {
	if to.Story == nil {
		return
	}
	a := aroundOf(to)
	var ours, others []*result.Packet
	for i := range to.Story.Packets {
		p := &to.Story.Packets[i]
		switch {
		case p.Conn == 0 || p.Lost == "" || p.Kind == "ack" || p.Left > a.until:
		case len(a.nodes) == 0 || slices.Contains(a.nodes, p.From) || slices.Contains(a.nodes, p.To):
			ours = append(ours, p)
		default:
			others = append(others, p)
		}
	}
	to.SegmentLoss = min(len(ours)+len(others), engine.KeptLosses)
	last := slices.Clone(lastOf(ours, lastLost))
	last = append(last, lastOf(others, lastLost-len(last))...)
	slices.SortStableFunc(last, func(a, b *result.Packet) int { return cmp.Compare(a.Left, b.Left) })
	for _, p := range last {
		s := result.Segment{Loss: result.Loss{At: p.Left, From: p.From, To: p.To, Size: p.Size, Why: p.Lost}, Kind: p.Kind, Again: sentAgain(to.Story, p)}
		if p.Fin && p.Size == 0 {
			s.Kind = "fin"
		}
		to.Segments = append(to.Segments, s)
	}
}

// sentAgain is when a segment, or the one with its first byte, was next sent; 0 for not before the story ends.
func sentAgain(s *result.Story, lost *result.Packet) time.Duration {
	from, _ := slices.BinarySearchFunc(s.Packets, lost.Number+1, func(p result.Packet, number uint64) int { return cmp.Compare(p.Number, number) })
	for i := range s.Packets[from:] {
		p := &s.Packets[from+i]
		if p.Conn == lost.Conn && p.Back == lost.Back && p.Kind == lost.Kind && p.Again > 0 &&
			p.Offset <= lost.Offset && lost.Offset < p.Offset+uint64(max(p.Size, 1)) {
			return p.Sent
		}
	}
	return 0
}

func lastOf[T any](list []T, most int) []T { return list[max(0, len(list)-most):] }

// faultsPast are the faults that are over, those of one call of the script once: so many, the ones that ended last, and how
// many more there were.
func (r *run) faultsPast() (told []result.Fault, more int) {
	type call struct {
		text string
		pos  trouble.Position
	}
	over, number := r.replacedSpans(), map[call]int{}
	for _, s := range r.chronicle.spans {
		f := result.Fault{Text: s.Text, Since: s.From, Until: cmp.Or(s.To, over[s]), Pos: s.Pos}
		i, again := number[call{s.Text, s.Pos}]
		switch {
		case f.Until == 0:
		case again:
			f.Times = max(1, told[i].Times) + 1
			told[i] = f
		default:
			number[call{s.Text, s.Pos}] = len(told)
			told = append(told, f)
		}
	}
	slices.SortStableFunc(told, func(a, b result.Fault) int {
		return cmp.Or(cmp.Compare(a.Until, b.Until), cmp.Compare(a.Since, b.Since), cmp.Compare(a.Text, b.Text))
	})
	last := lastOf(told, lastPast)
	return last, len(told) - len(last)
}

// replacedSpans are the spans of the changes of links that replaced returns: no event tells of their end.
func (r *run) replacedSpans() map[*result.Span]time.Duration {
	over := map[*result.Span]time.Duration{}
	for f, until := range replaced(r.inForce()) {
		over[f.span] = until
	}
	return over
}

// replaced are the changes of links of which later ones have replaced every field on every link, and when the last of these
// did. A change that was replaced at its own instant was never in force.
func replaced(faults []*fault) map[*fault]time.Duration {
	over := map[*fault]time.Duration{}
	next := map[linkField]time.Duration{} // when the field is next set
	for _, f := range slices.Backward(faults) {
		hidden, until := f.patch != nil, time.Duration(0)
		for _, l := range f.links {
			for name := range f.patch {
				since, again := next[linkField{l, name}]
				hidden, until = hidden && again, max(until, since)
				next[linkField{l, name}] = f.since
			}
		}
		if hidden && until > f.since {
			over[f] = until
		}
	}
	return over
}
