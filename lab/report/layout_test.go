package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/story"
	"github.com/netlab-dev/netlab/lab/trouble"
)

func laidOut(r *result.Run) *diagram { return layOut(r, story.Of(r)) }

// segments are packets of one connection: from, to, when, and what: data, again, lost, ack.
func segments(lines ...string) *result.Run {
	s := &result.Story{Nodes: []string{"a", "b"}}
	for i, line := range lines {
		var from, what string
		var at int
		fmt.Sscan(line, &from, &at, &what)
		p := result.Packet{Number: uint64(i + 1), Kind: "data", From: from, To: "b", Back: from == "b", Conn: 1, Size: 1000, Sent: time.Duration(at) * ms}
		if p.Back {
			p.To = "a"
		}
		switch what {
		case "ack":
			p.Kind, p.Size = "ack", 0
		case "again":
			p.Again = 1
		case "lost":
			p.Lost = "loss"
		}
		if p.Lost == "" {
			p.Arrives = []time.Duration{p.Sent + 10*ms}
		}
		s.Packets = append(s.Packets, p)
	}
	return &result.Run{Outcome: result.Passed, At: time.Second, Story: s}
}

func TestSegmentsThatFollowEachOtherAreOneBand(t *testing.T) {
	tests := []struct {
		plot  string
		lines []string
		want  []string
	}{
		{"a stream", []string{"a 0 data", "a 5 data", "a 8 data"}, []string{"a->b 3000 B in 3 0-8 10-18"}},
		{"a pause ends a band", []string{"a 0 data", "a 5 data", "a 30 data"}, []string{"a->b 2000 B in 2 0-5 10-15", "a->b 1000 B 30-30 40-40"}},
		{"both directions at once", []string{"a 0 data", "b 2 data", "a 5 data"}, []string{"a->b 2000 B in 2 0-5 10-15", "b->a 1000 B 2-2 12-12"}},
		{"acknowledgements belong to what they answer", []string{"a 0 data", "a 5 data", "b 10 ack"}, []string{"a->b 2000 B in 2 0-5 10-15"}},
		{"losses and what is sent again", []string{"a 0 data", "a 1 lost", "a 9 again"}, []string{"a->b 2000 B in 3, 1 sent again, 1 lost 0-9 10-19"}},
		{"what is sent again alone", []string{"a 9 again"}, []string{"a->b 1000 B, 1 sent again 9-9 19-19"}},
		{"nothing arrives", []string{"a 3 lost"}, []string{"a->b 1000 B, 1 lost 3-3 3-3"}},
	}
	for _, tt := range tests {
		var got []string
		d := laidOut(segments(tt.lines...))
		for _, b := range d.Bands {
			got = append(got, fmt.Sprintf("%s->%s %s %d-%d %d-%d", d.Nodes[b.From], d.Nodes[b.To], b.Text, b.Sent/ms, b.Until/ms, b.First/ms, b.Last/ms))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.plot, diff)
		}
		if len(d.items) != len(d.Bands) {
			t.Errorf("%s: %d things are drawn, want the %d bands", tt.plot, len(d.items), len(d.Bands))
		}
	}
}

// An acknowledgement goes the other way than what it answers: where it is a cause it is drawn, with its own times.
func TestAnAcknowledgementThatIsACauseIsARowOfItsOwn(t *testing.T) {
	r := segments("a 0 data", "a 5 data", "b 50 ack", "b 60 data")
	r.Outcome, r.Checks = result.Failed, []result.Check{{At: time.Second, Nodes: []string{"b"}, About: []result.Event{{At: 70 * ms, Node: "a", Name: "heard"}}}}
	r.Story.Moments = []result.Moment{{Number: 9, Why: result.Why{Cause: 3}, At: 70 * ms, Node: "a", Name: "heard"}}
	d := laidOut(r)
	if b := d.Bands[0]; b.Bold || b.Lead != 0 || b.Acks != 1 {
		t.Errorf("the band of what it answers: %+v", b)
	}
	if ack := d.Rows[2]; !ack.Bold || ack.Band >= 0 || d.Nodes[ack.Node] != "b" {
		t.Errorf("the acknowledgement: %+v", ack)
	}
}

func TestATermIsToldOfNodesThatRun(t *testing.T) {
	m := newMaker("n1")
	m.lane("n1", "term", 0, "3")
	m.lane("n1", "term", ms, "None")
	var terms []string
	for _, l := range laidOut(&result.Run{Outcome: result.Passed, At: time.Second, Story: &m.s}).Lines {
		terms = append(terms, l.Term)
	}
	if !slices.Equal(terms, []string{"3", ""}) {
		t.Errorf("got terms %q, want 3, then none", terms)
	}
}

func TestTheEvenScaleGivesEveryInstantRoomAndALongPauseNotAll(t *testing.T) {
	m := newMaker("a")
	for _, at := range []time.Duration{1, 2, 3, 1000, 1001, time.Hour} {
		m.moment(0, at, "a", "component", "tick")
	}
	d := laidOut(&result.Run{Outcome: result.Passed, At: time.Hour, Story: &m.s})
	for i := 1; i < len(d.Knots); i++ {
		if gap := d.Knots[i][1] - d.Knots[i-1][1]; gap < nearest || gap > farthest {
			t.Errorf("between %v and %v: %.1f pixels, want %v to %v", d.Knots[i-1][0], d.Knots[i][0], gap, nearest, farthest)
		}
	}
	if first, last := d.Knots[0][0], d.Knots[len(d.Knots)-1][0]; first != 0 || last != float64(time.Hour) {
		t.Errorf("from %v to %v, want all of the run", first, last)
	}
}

// Without that room the labels of one instant stand at the heights of later ones.
func TestLabelsOfOneInstantHaveRoomBelowEachOther(t *testing.T) {
	for labels, want := range map[int]float64{1: 0, 3: 2 * lineHeight, 100: (mostBelow - 1) * lineHeight} {
		m := newMaker("a", "b")
		for range labels {
			m.moment(0, ms, "a", "call", "called")
		}
		m.moment(0, ms, "b", "call", "called")
		m.moment(0, 2*ms, "a", "call", "answered")
		d := laidOut(&result.Run{Outcome: result.Passed, At: 3 * ms, Story: &m.s})
		if got := d.Knots[2][1] - d.Knots[1][1] - (d.Knots[3][1] - d.Knots[2][1]); got != want {
			t.Errorf("%d labels: %.1f pixels more than one label has, want %.1f", labels, got, want)
		}
	}
}

func TestTheColumnsOfManyNodesAreThoseOfTheFailure(t *testing.T) {
	r := storm(100, 1000)
	r.Checks[0].Nodes = []string{"n77", "n99"}
	d := laidOut(r)
	if len(d.Shown) != mostColumns || !slices.Contains(d.Shown, 76) || !slices.Contains(d.Shown, 98) || !slices.IsSorted(d.Shown) {
		t.Errorf("got %v", d.Shown)
	}
}

// The page opens at the failure: what was busy long before it is not in view there.
func TestTheColumnsOfManyNodesAreThoseWhereSomethingHappensAtTheFailure(t *testing.T) {
	m := newMaker(strings.Split("abcdefghijklmnopqrstuvwxyz", "")...)
	for i := range 26 * 20 {
		from := m.s.Nodes[i/20]
		m.message(0, time.Duration(i)*ms, from, from, "ping", "")
	}
	d := laidOut(&result.Run{Outcome: result.Failed, At: 520 * ms, Checks: []result.Check{{At: 520 * ms}}, Story: &m.s})
	for _, last := range []int{24, 25} {
		if !slices.Contains(d.Shown, last) {
			t.Errorf("got %v, want %d among them", d.Shown, last)
		}
	}
}

func TestFoldsCountWhatTheyStandFor(t *testing.T) {
	d := laidOut(storm(7, 3*drawn))
	kept := d.keep(mostRows)
	if len(kept.Levels) == 0 {
		t.Fatal("no levels")
	}
	for i, level := range kept.Levels {
		sum := 0
		for _, f := range level {
			sum += f.Count
		}
		if sum != len(d.items) {
			t.Errorf("level %d counts %d, want %d", i, sum, len(d.items))
		}
	}
	if last := kept.Levels[len(kept.Levels)-1]; len(last) > drawn {
		t.Errorf("the coarsest level has %d folds, want at most %d", len(last), drawn)
	}
}

func TestWhatIsLeftOutLiesFarFromTheFailure(t *testing.T) {
	r := storm(3, 3000)
	r.Checks[0].At = 150 * ms // half way
	d := laidOut(r)
	bold := 0
	for _, row := range d.Rows {
		if row.Bold {
			bold++
		}
	}
	kept := d.keep(1000)
	if len(kept.Rows) != 1000 || kept.Omitted != 2000 {
		t.Fatalf("%d rows, %d left out, want 1000 and 2000", len(kept.Rows), kept.Omitted)
	}
	for _, row := range kept.Rows {
		if row.Bold {
			bold--
		} else if row.At < kept.Whole[0] || row.At > kept.Whole[1] {
			t.Errorf("a row at %s is outside of what is whole, %v", row.At, kept.Whole)
		}
		if row.Cause >= len(kept.Rows) || row.Cause >= 0 && kept.Rows[row.Cause].At > row.At {
			t.Errorf("a cause lies behind what it caused: row %d", row.Cause)
		}
	}
	if bold != 0 || kept.Whole[0] >= 150*ms || kept.Whole[1] <= 150*ms {
		t.Errorf("%d causes are missing; whole is %v, want around 150ms", bold, kept.Whole)
	}
}

func TestOfStreamsSegmentsAreLeftOutBeforeBands(t *testing.T) {
	m := newMaker("a", "b")
	m.stream(0, 0, "a", "b", 2000)
	d := laidOut(&result.Run{Outcome: result.Passed, At: 5 * time.Second, Story: &m.s})
	kept := d.keep(500)
	if len(kept.Bands) != len(d.Bands) || kept.Whole != [2]time.Duration{0, d.End} {
		t.Errorf("%d bands of %d, whole %v: want all", len(kept.Bands), len(d.Bands), kept.Whole)
	}
	for _, row := range kept.Rows {
		if row.Band >= len(kept.Bands) {
			t.Errorf("a segment of band %d of %d", row.Band, len(kept.Bands))
		}
	}
}

func TestDataStayWithinTheirBound(t *testing.T) {
	r := storm(3, 2000)
	for i := range r.Story.Packets { // what hardly compresses
		r.Story.Packets[i].Fields = []result.Part{{Text: "noise", Value: fmt.Sprintf("%x", newMaker().random.Uint64()+uint64(i)*0x9e3779b97f4a7c15)}}
	}
	d := laidOut(r)
	text, err := d.encode(20000)
	if err != nil || len(text) > 20000 {
		t.Fatalf("%d bytes, %v, want at most 20000", len(text), err)
	}
	zip, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	var back diagram
	if err := json.NewDecoder(zip).Decode(&back); err != nil || back.Omitted == 0 || back.Omitted+len(back.Rows) != 2000 {
		t.Errorf("%d rows and %d left out of 2000, %v", len(back.Rows), back.Omitted, err)
	}
}

func TestAPageWithoutDataIsSmall(t *testing.T) {
	var page bytes.Buffer
	if err := Write(&page, &result.Report{}, Options{}); err != nil {
		t.Fatal(err)
	}
	if page.Len() > 300<<10 {
		t.Errorf("%d bytes, want at most 300 KiB", page.Len())
	}
	if lines := strings.Count(script, "\n"); lines > 1000 {
		t.Errorf("report.js has %d lines, want at most 1000", lines)
	}
}

func TestAPageAsksNobodyForAnything(t *testing.T) {
	var page bytes.Buffer
	if err := Write(&page, reportOf(election()), Options{}); err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`(?i)\b(src|href)="?(https?:|//|data:)|url\(|@import|fetch\(|XMLHttpRequest|WebSocket|innerHTML|insertAdjacentHTML|document\.write|eval\(`).FindString(page.String()); found != "" {
		t.Errorf("the page has %q", found)
	}
}

// TestALongStoryTakesBoundedSpace makes a page of more than it can hold.
func TestALongStoryTakesBoundedSpace(t *testing.T) {
	n := &counted{}
	if err := Write(n, reportOf(storm(7, 3*mostRows)), Options{}); err != nil {
		t.Fatal(err)
	}
	if n.bytes > mostData+1<<20 {
		t.Errorf("%d bytes, want at most %d of data", n.bytes, mostData)
	}
}

// BenchmarkAMillionEvents is the CPU and memory of a page of a long run.
func BenchmarkAMillionEvents(b *testing.B) {
	r := reportOf(storm(7, 1000000))
	b.ReportAllocs()
	for b.Loop() {
		if err := Write(io.Discard, r, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

type counted struct{ bytes int }

func (c *counted) Write(text []byte) (int, error) { c.bytes += len(text); return len(text), nil }

func TestALongValueIsSaidWholeUpToItsBound(t *testing.T) {
	r := &result.Run{Outcome: result.Failed, Checks: []result.Check{{Source: "check(x)", Parts: []result.Part{{Text: "x", Value: strings.Repeat("v", 3*mostValue)}}}}}
	if n := strings.Count(said(r), "v"); n != mostValue {
		t.Errorf("%d letters of the value, want %d", n, mostValue)
	}
}

// said is a sentence as text.
func said(r *result.Run) (text string) {
	for _, p := range sentence(r, story.Of(r)) {
		text += p.Text
	}
	return text
}

func TestTheSentenceSaysWhatWhenAndUnderWhichFaults(t *testing.T) {
	healed := election()
	healed.Story.Spans = append(healed.Story.Spans[1:],
		result.Span{Text: "pause n5", From: 500 * ms, To: 520 * ms}, result.Span{Text: "cut n1, n2", From: 620 * ms, To: 640 * ms})
	// A segment that was lost and sent again is no error that the client has counted.
	again := &result.Run{
		Outcome: result.Failed, At: 9 * ms, Story: &result.Story{Nodes: []string{"c", "web"}, Causes: true, Packets: []result.Packet{
			{Number: 1, Kind: "data", From: "c", To: "web", Sent: 4 * ms, Lost: "loss"},
			{Number: 2, Kind: "data", From: "c", To: "web", Sent: 5 * ms, Arrives: []time.Duration{6 * ms}, Again: 1},
		}},
		Checks: []result.Check{{Source: "check(r.errors == 0)", At: 9 * ms, Nodes: []string{"c"}, Parts: []result.Part{
			{Text: "r.errors", Value: "1"}, {Text: "r.by_error", Value: `{"status 500": 1}`},
		}}},
	}
	tests := []struct {
		run  *result.Run
		want string
	}{
		{&result.Run{Outcome: result.Passed, At: ms}, "Everything held. The run ended at t=1ms."},
		{&result.Run{Outcome: result.Failed, Checks: []result.Check{{Source: "check(f(x) > 1)", At: 2 * ms, Parts: []result.Part{{Text: "f(x)", Value: "1"}, {Text: "x", Value: "0"}}}},
			Faults: []result.Fault{{Text: "cut a, b"}}}, "check(f(x) > 1) did not hold: f(x) was 1, at t=2ms under cut a, b throughout."},
		{&result.Run{Outcome: result.Failed, Checks: []result.Check{{Source: `check(v.ok, "all agree")`, Message: "all agree", At: ms, Parts: []result.Part{{Text: "v.ok", Value: "False"}, {Text: "v", Value: "a contradiction"}}}}},
			"check(v.ok, \"all agree\") did not hold: v.ok was False, v was a contradiction, at t=1ms."},
		{&result.Run{Outcome: result.Failed, Checks: []result.Check{{Source: "lab.eventually(\n  f)", Message: "it heals", At: ms}}}, "lab.eventually( f) did not hold (it heals) at t=1ms."},
		{&result.Run{Outcome: result.Broken, Error: &trouble.Error{Class: trouble.Plugin, Text: "n1 has failed"}, Node: &result.NodeEnd{Name: "n1", At: 3 * ms}}, "Plugin error: n1 has failed at t=3ms."},
		{&result.Run{Outcome: result.Skipped, Reason: "no disk"}, "Skipped: no disk"},
		{again, "check(r.errors == 0) did not hold: r.errors was 1, r.by_error was {\"status 500\": 1}, at t=9ms. The last network error that its nodes met came at t=4ms."},
		{healed, "check(old.status().term == new.status().term) did not hold: old.status().term was 1, new.status().term was 2, at t=900ms. Earlier: pause n5 2 times, the last from 500ms to 520ms; cut n1, n2 from 620ms to 640ms."},
	}
	for _, tt := range tests {
		if got := said(tt.run); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestThePictureForPaperHasTheRowsThatMatter(t *testing.T) {
	r := election()
	f := story.Of(r)
	svg, note := layOut(r, f).printed(f)
	for _, want := range []string{"became_lead", "(cut)", `class="arrow bold"`, `class="arrow quiet"`} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(string(svg), "style") || !strings.Contains(note, "rows before t=900ms") {
		t.Errorf("note %q", note)
	}
}

// TestOddResultsStillMakeAPage takes what no lab writes, but a file may hold.
func TestARunWithoutANodeHasASentenceInPlaceOfADiagram(t *testing.T) {
	r := &result.Run{Outcome: result.Failed, Checks: []result.Check{{Source: "check(1 == 2)"}}, Story: &result.Story{}}
	var page strings.Builder
	if err := Write(&page, reportOf(r), Options{}); err != nil {
		t.Fatal(err)
	}
	if text := page.String(); !strings.Contains(text, "There is no diagram: the run ended before it had a node.") || strings.Contains(text, `class="diagram"`) {
		t.Error("an empty diagram")
	}
}

func TestAMarkWithoutANodeIsDrawn(t *testing.T) {
	m := newMaker()
	m.moment(0, ms, "", "mark", "here")
	text, err := json.Marshal(laidOut(&result.Run{Story: &m.s}))
	if err != nil || strings.Contains(string(text), `"nodes":null`) || strings.Contains(string(text), `"shown":null`) {
		t.Error(string(text), err) // the page's script wants lists
	}
}

func TestOddResultsStillMakeAPage(t *testing.T) {
	empty := &result.Story{}
	odd := &result.Story{Nodes: []string{"a", "a"}, Lanes: []result.Lane{{Node: "a", Name: "role"}, {Node: "x", Name: "role", Points: []result.Point{{}}}},
		Spans:   []result.Span{{From: 5, To: 1}, {Links: [][2]string{{"", ""}}, From: -1}},
		Moments: []result.Moment{{Number: 1, Why: result.Why{Cause: 1}, At: -5, Node: "b"}, {Number: 1, At: 1 << 62}},
		Packets: []result.Packet{{Number: 2, From: "b", To: "c", Arrives: []time.Duration{-1, 5, 6, 7, 8, 9, 1, 2, 3}}, {Conn: 1, Kind: "ack"}, {Conn: 1, Kind: "data", Again: -1}},
		History: &result.History{}, Series: []result.Series{{}}}
	for _, s := range []*result.Story{nil, empty, odd} {
		for _, o := range []result.Outcome{result.Passed, result.Failed, result.Broken, result.Skipped, "what"} {
			r := &result.Run{Outcome: o, Story: s, Node: &result.NodeEnd{}, Parting: &result.Parting{}, Checks: []result.Check{{Nodes: []string{"zz"}}}, Error: &trouble.Error{}}
			if err := Write(io.Discard, reportOf(r), Options{}); err != nil {
				t.Errorf("%s: %v", o, err)
			}
		}
	}
}
