package script

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

func TestLostSegmentsAreToldWithWhenTheyWereSentAgain(t *testing.T) {
	const ms = time.Millisecond
	number := uint64(0)
	packet := func(from, to, kind string, sent time.Duration, offset uint64, size, again int, lost string) result.Packet {
		number++
		return result.Packet{Number: number, Kind: kind, From: from, To: to, Conn: 1, Back: from == "web", Offset: offset, Size: size, Again: again, Sent: sent, Left: sent, Lost: lost}
	}
	r := &result.Run{Checks: []result.Check{{At: 900 * ms, Nodes: []string{"client"}}}, At: 900 * ms, Story: &result.Story{Packets: []result.Packet{
		packet("client", "web", "syn", ms, 0, 0, 0, "cut"), packet("client", "web", "syn", 1000, 0, 0, 1, ""),
		packet("web", "client", "data", 12*ms, 100, 1448, 0, "loss"), packet("web", "client", "data", 13*ms, 1548, 1, 0, "loss"),
		packet("web", "client", "ack", 14*ms, 0, 0, 0, "loss"), packet("a", "b", "data", 20*ms, 0, 7, 0, "loss"),
		packet("client", "web", "data", 30*ms, 100, 1448, 1, ""), // of the other direction
		packet("web", "client", "data", 215*ms, 0, 1548, 1, ""),
	}}}
	lostSegments(r)
	text := ""
	for _, s := range r.Segments {
		text += fmt.Sprintf("%s %s -> %s %s %s %s\n", s.At, s.From, s.To, s.Text(), s.Why, s.Again)
	}
	want := `1ms client -> web syn cut 1µs
12ms web -> client segment of 1448 bytes loss 215ms
13ms web -> client segment of 1 byte loss 0s
20ms a -> b segment of 7 bytes loss 0s
`
	if diff := cmp.Diff(want, text); diff != "" || r.SegmentLoss != 4 {
		t.Errorf("%d: %s", r.SegmentLoss, diff)
	}
	r.Segments, r.Story.Packets = nil, append(r.Story.Packets, r.Story.Packets[2], r.Story.Packets[2])
	if lostSegments(r); len(r.Segments) != lastLost || r.SegmentLoss != 6 || r.Segments[4].From == "a" {
		t.Errorf("%d of %d: %+v, want those of the check's nodes first", len(r.Segments), r.SegmentLoss, r.Segments)
	}
}

func TestFaultsThatAreOverAreToldOncePerCall(t *testing.T) {
	r := &run{}
	for i := range time.Duration(9) {
		line := int(min(i, 6)) + 1
		r.chronicle.spans = append(r.chronicle.spans, &result.Span{Text: fmt.Sprintf("cut %d", line), From: 10 * i, To: 10*i + 5, Pos: trouble.Position{Line: line}})
	}
	r.chronicle.spans = append(r.chronicle.spans, &result.Span{Text: "in force", From: 1})
	told, more := r.faultsPast()
	if len(told) != lastPast || more != 2 || told[4] != (result.Fault{Text: "cut 7", Since: 80, Until: 85, Times: 3, Pos: trouble.Position{Line: 7}}) || told[0].Text != "cut 3" || told[0].Times != 0 {
		t.Errorf("%+v and %d more", told, more)
	}
}

// Changes of one call, each of which the next has replaced, are told once too, though nobody has healed them.
func TestChangesThatWereReplacedAreToldOncePerCall(t *testing.T) {
	r := &run{}
	for i := range 4 {
		f := &fault{number: i, since: time.Duration(10 * i), links: []engine.Pair{{From: "a", To: "b"}}, patch: engine.Patch{"loss": 1}}
		f.span = &result.Span{Text: "link a <-> b", From: f.since}
		r.faults, r.chronicle.spans = append(r.faults, f), append(r.chronicle.spans, f.span)
	}
	told, more := r.faultsPast()
	want := []result.Fault{{Text: "link a <-> b", Since: 20, Until: 30, Times: 3}}
	if diff := cmp.Diff(want, told); diff != "" || more != 0 {
		t.Errorf("and %d more: (-want +got)\n%s", more, diff)
	}
}

// A change of a link that a later one has undone is no longer in force, though nobody has healed it.
func TestAChangeOfALinkThatWasReplacedIsOver(t *testing.T) {
	change := func(since time.Duration, fields ...string) *fault {
		f := &fault{text: "link a <-> b", since: since, links: []engine.Pair{{From: "a", To: "b"}}, patch: engine.Patch{}}
		for _, name := range fields {
			f.patch[name] = 1
		}
		return f
	}
	all := []*fault{change(1, "loss", "latency"), change(2, "loss"), {text: "cut", since: 3}, change(5, "latency"), change(7, "loss")}
	over := replaced(all)
	if len(over) != 2 || over[all[0]] != 5 || over[all[1]] != 7 || len(effective(all)) != 3 {
		t.Errorf("%d are in force, over are %v; want the first until 5 and the second until 7", len(effective(all)), over)
	}
	if over := replaced([]*fault{change(4, "loss"), change(4, "loss")}); len(over) > 0 {
		t.Errorf("%v was never in force", over)
	}
}
