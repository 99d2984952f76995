package story

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
)

const ms = time.Millisecond

// vote is a run in which b hears of an election of a, and c does not.
func vote() *result.Run {
	return &result.Run{
		Outcome: result.Failed, At: 50 * ms,
		Checks: []result.Check{{At: 40 * ms, Nodes: []string{"b"}}},
		Story: &result.Story{
			Nodes: []string{"a", "b", "c"}, Causes: true,
			Spans: []result.Span{
				{Text: "pause c", From: ms, To: 5 * ms}, {Text: "cut a, c", From: 8 * ms}, {Text: "crash a", From: 45 * ms},
			},
			Moments: []result.Moment{
				{Number: 1, At: 10 * ms, Node: "a", Class: "component", Name: "became_candidate", Fields: []result.Part{{Text: "term", Value: "2"}}},
				{Number: 4, Why: result.Why{Cause: 2}, At: 15 * ms, Node: "b", Class: "component", Name: "voted"},
				{Number: 5, At: 20 * ms, Class: "mark", Name: "mark"},
				{Number: 6, At: 45 * ms, Node: "b", Class: "component", Name: "too_late"},
				{Number: 8, At: 30 * ms, Node: "c", Class: "component", Name: "elsewhere"},
			},
			Packets: []result.Packet{
				{Number: 2, Why: result.Why{Cause: 1}, Kind: "datagram", Type: "vote", From: "a", To: "b", Sent: 10 * ms, Arrives: []time.Duration{15 * ms}},
				{Number: 3, Why: result.Why{Cause: 1}, Kind: "datagram", Type: "vote", From: "a", To: "c", Sent: 10 * ms, Lost: "cut"},
				{Number: 7, Kind: "data", Size: 1, From: "c", To: "b", Sent: 12 * ms, Arrives: []time.Duration{13 * ms, 60 * ms}},
			},
		},
	}
}

func texts(rows []Row) (all []string) {
	for _, r := range rows {
		all = append(all, strings.TrimSpace(r.Text()+" "+r.Fate()))
	}
	return all
}

func TestCausesLeadFromTheNodesOfTheCheckBackwards(t *testing.T) {
	f := Of(vote())
	if diff := cmp.Diff(map[uint64]bool{1: true, 2: true, 4: true}, f.Causes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"voted", "vote", "became_candidate term=2"}, texts(f.Chain(4))); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsShownFirstAreCausesThenTheNodesOfTheCheck(t *testing.T) {
	f := Of(vote())
	for _, tt := range []struct {
		most int
		want []string
	}{
		{2, []string{"vote", "voted"}},
		{10, []string{"became_candidate term=2", "vote", "data 1 byte arrives 2 times", "voted", "mark"}},
	} {
		if diff := cmp.Diff(tt.want, texts(f.Before(tt.most))); diff != "" {
			t.Errorf("%d rows: %s", tt.most, diff)
		}
	}
}

func TestFaultsInForceAreToldFromThoseThatHaveEnded(t *testing.T) {
	r := vote()
	f := Of(r)
	if spans, past := f.Faults(r.Story); len(spans) != 1 || spans[0].Text != "cut a, c" || len(past) != 1 || past[0].Text != "pause c" {
		t.Errorf("in force: %v, before: %v", spans, past)
	}
}

func TestTheEndOfAStreamIsNamed(t *testing.T) {
	for want, p := range map[string]result.Packet{
		"data 1 byte, fin": {Kind: "data", Size: 1, Fin: true}, "fin, sent again": {Kind: "data", Fin: true, Again: 1}, "syn": {Kind: "syn"},
	} {
		if got := (Row{Packet: &p}).Text(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestCallsReadAsTheScriptHasThem(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fields []string
		want   string
	}{
		{"called", []string{"method", `"put"`, "object", "1", "arguments", `struct(key = "x", value = 1)`}, `called put(key = "x", value = 1)`},
		{"called", []string{"method", `"put"`, "arguments", `"(90 values)"`}, `called put("(90 values)")`},
		{"answered", []string{"method", `"put"`, "status", `"ok"`, "value", "None"}, "answered put: ok"},
		{"answered", []string{"method", `"get"`, "status", `"ok"`, "value", "struct(value = 1)"}, "answered get: ok struct(value = 1)"},
		{"answered", []string{"method", `"get"`, "status", `"failed"`, "error", `"timeout"`}, `answered get: failed "timeout"`},
		{"called", []string{"x", "1"}, "called x=1"},
	} {
		m := &result.Moment{Class: "call", Name: tt.name}
		for i := 0; i < len(tt.fields); i += 2 {
			m.Fields = append(m.Fields, result.Part{Text: tt.fields[i], Value: tt.fields[i+1]})
		}
		if got := (Row{Moment: m}).Text(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

func TestACircleOfCausesEnds(t *testing.T) {
	r := vote()
	r.Story.Moments[0].Cause = 4
	f := Of(r)
	if got := len(f.Chain(4)); got != 3 {
		t.Errorf("%d rows in the chain, want 3", got)
	}
}

func TestARunWithoutAStoryHasNoRows(t *testing.T) {
	f := Of(&result.Run{Outcome: result.Broken, At: ms, Node: &result.NodeEnd{Name: "a", At: 2 * ms}})
	if f.At != 2*ms || !slices.Equal(f.Nodes, []string{"a"}) || len(f.Before(5)) != 0 {
		t.Errorf("%+v", f)
	}
}

// A check that names events is about these, however long ago they were.
func TestEventsThatACheckNamesAreWhatTheFailureIsAbout(t *testing.T) {
	r := vote()
	r.Checks[0].About = []result.Event{{At: 10 * ms, Node: "a", Name: "became_candidate"}}
	f := Of(r)
	if f.At != 40*ms || f.Until != 10*ms || !slices.Equal(f.Ends, []uint64{1}) || len(f.Causes) != 1 {
		t.Errorf("at %v until %v, ends %v, causes %v", f.At, f.Until, f.Ends, f.Causes)
	}
}

func TestACheckThatNamesNothingHasNoCauses(t *testing.T) {
	r := vote()
	r.Checks[0].Nodes = nil
	if f := Of(r); len(f.Causes) > 0 || len(f.Nodes) != 3 || len(f.Before(100)) == 0 {
		t.Errorf("causes %v, nodes %v, %d rows", f.Causes, f.Nodes, len(f.Before(100)))
	}
	r.Story.Moments = append(r.Story.Moments, result.Moment{Number: 9, Why: result.Why{Cause: 4}, At: 40 * ms, Node: "b", Class: "call", Name: "answered"})
	if f := Of(r); !slices.Equal(f.Ends, []uint64{9}) || len(f.Causes) != 4 {
		t.Errorf("ends %v, causes %v, want what the script has heard then", f.Ends, f.Causes)
	}
}

// A check of errors is about the last request that failed, though a later one was answered.
func TestOfErrorsTheLastOneIsWhatTheFailureIsAbout(t *testing.T) {
	packet := func(number, cause uint64, kind, from, to string, sent time.Duration) result.Packet {
		return result.Packet{Number: number, Why: result.Why{Cause: cause}, Kind: kind, From: from, To: to, Conn: 1, Sent: sent, Arrives: []time.Duration{sent + ms}}
	}
	r := &result.Run{
		Outcome: result.Failed, At: 60 * ms,
		Checks: []result.Check{{At: 50 * ms, Nodes: []string{"client"}, Parts: []result.Part{{Text: "r.errors", Value: "1"}}}},
		Story: &result.Story{Nodes: []string{"client", "lb", "web"}, Causes: true,
			Packets: []result.Packet{
				packet(1, 0, "data", "client", "lb", 10*ms), packet(2, 1, "syn", "lb", "web", 11*ms), packet(3, 2, "reset", "web", "lb", 12*ms),
				packet(5, 3, "data", "lb", "client", 13*ms),
				packet(6, 0, "data", "client", "lb", 20*ms), packet(7, 6, "data", "lb", "client", 21*ms),
				packet(8, 0, "reset", "web", "lb", 30*ms), // of somebody else
			},
			Moments: []result.Moment{{Number: 4, Why: result.Why{Cause: 3}, At: 13 * ms, Node: "lb", Class: "conn", Name: "refused"}},
		},
	}
	f := Of(r)
	if diff := cmp.Diff(map[uint64]bool{1: true, 2: true, 3: true, 4: true, 5: true}, f.Causes); diff != "" || f.At != 50*ms || f.Until != 14*ms || f.What != Error {
		t.Errorf("at %s until %s, what %v: %s", f.At, f.Until, f.What, diff)
	}
	for _, value := range []string{"0", "{}"} { // it asks for errors, and there were none
		r.Checks[0].Parts[0].Value = value
		if f := Of(r); f.What == Error || f.Causes[3] || f.Until != 50*ms {
			t.Errorf("r.errors was %s: until %s, causes %v", value, f.Until, f.Causes)
		}
	}
}

// A check that compares requests and answers is about one that got none: the last that was lost, not the last that arrived.
func TestOfWhatWasNotAnsweredTheLastLossIsTheFailure(t *testing.T) {
	r := &result.Run{Outcome: result.Failed, At: 50 * ms, Checks: []result.Check{{At: 50 * ms, Parts: []result.Part{
		{Text: "d.received", Value: "1"}, {Text: "d.requests", Value: "2"}}}}, Story: &result.Story{Nodes: []string{"a", "b"}, Packets: []result.Packet{
		{Number: 1, Kind: "datagram", From: "a", To: "b", Sent: ms, Lost: "loss"},
		{Number: 2, Kind: "datagram", From: "a", To: "b", Sent: 2 * ms, Arrives: []time.Duration{3 * ms}},
	}}}
	if f := Of(r); !f.Causes[1] || f.Causes[2] {
		t.Errorf("causes %v, want 1", f.Causes)
	}
}

// What a node has received last decides what it was: no acknowledgement does, no end of a connection in good order, and of a
// connection that was reset the request that it cuts off does, too.
func TestARequestThatAResetCutsOffIsACause(t *testing.T) {
	packet := func(number, cause, conn uint64, kind string, sent time.Duration) result.Packet {
		return result.Packet{Number: number, Why: result.Why{Cause: cause}, Kind: kind, From: "lb", To: "web", Conn: conn, Sent: sent, Arrives: []time.Duration{sent + ms}}
	}
	r := &result.Run{
		Outcome: result.Failed, At: 60 * ms, Checks: []result.Check{{At: 50 * ms, Nodes: []string{"web"}}},
		Story: &result.Story{Nodes: []string{"lb", "web"}, Causes: true,
			Packets: []result.Packet{
				packet(1, 0, 7, "data", 10*ms), packet(2, 0, 7, "data", 20*ms), packet(3, 0, 8, "data", 25*ms),
				packet(5, 0, 7, "reset", 30*ms), packet(6, 3, 8, "ack", 40*ms),
			},
			Moments: []result.Moment{{Number: 4, Why: result.Why{Cause: 3}, At: 26 * ms, Node: "web", Class: "conn", Name: "closed"}},
		},
	}
	if diff := cmp.Diff(map[uint64]bool{2: true, 5: true}, Of(r).Causes); diff != "" {
		t.Error(diff)
	}
}
