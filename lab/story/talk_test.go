package story

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
)

// talk is a run in which a client sends to a and to b, and a alone answers. Reading from b fails.
func talk(causes bool) *result.Run {
	called := func(number uint64, method, object string, at time.Duration) result.Moment {
		return result.Moment{Number: number, At: at, Node: "client", Class: "call", Name: "called", Fields: []result.Part{
			{Text: "method", Value: method}, {Text: "object", Value: object}}}
	}
	r := &result.Run{
		Outcome: result.Failed, At: 50 * ms,
		Checks: []result.Check{{At: 50 * ms, Nodes: []string{"client"}, Calls: []result.Call{{Node: "client", Object: 2, Number: 6, Until: 50 * ms}}}},
		Story: &result.Story{Nodes: []string{"a", "b", "client"}, Causes: causes,
			Moments: []result.Moment{called(1, "send", "1", ms), called(3, "send", "2", ms), called(6, "read_line", "2", 10*ms)},
			Packets: []result.Packet{
				{Number: 2, Why: result.Why{Cause: 1}, Kind: "data", From: "client", To: "a", Conn: 1, Sent: ms, Arrives: []time.Duration{2 * ms}},
				{Number: 4, Why: result.Why{Cause: 3}, Kind: "data", From: "client", To: "b", Conn: 2, Sent: ms, Lost: "cut"},
				{Number: 5, Why: result.Why{Cause: 2}, Kind: "data", From: "a", To: "client", Conn: 1, Sent: 2 * ms, Arrives: []time.Duration{3 * ms}},
				{Number: 7, Why: result.Why{Cause: 4, Timer: true}, Kind: "data", From: "client", To: "b", Conn: 2, Sent: 20 * ms, Again: 1, Lost: "cut"},
			},
		},
	}
	if !causes {
		for i := range r.Story.Packets {
			r.Story.Packets[i].Why = result.Why{}
		}
	}
	return r
}

func TestAFailedCallOfAConnectionIsAboutWhatThatConnectionHasCarried(t *testing.T) {
	if diff := cmp.Diff(map[uint64]bool{3: true, 4: true, 6: true, 7: true}, Of(talk(true)).Causes); diff != "" {
		t.Error(diff)
	}
}

func TestAFailedCallOfASocketIsAboutItsDatagrams(t *testing.T) {
	r := talk(true)
	for i := range r.Story.Packets {
		r.Story.Packets[i].Kind, r.Story.Packets[i].Conn = "datagram", 0
	}
	if diff := cmp.Diff(map[uint64]bool{3: true, 4: true, 6: true, 7: true}, Of(r).Causes); diff != "" {
		t.Error(diff)
	}
}

func TestAConnectionThatCannotBeToldFromOthersHasNoCauses(t *testing.T) {
	r := talk(false)
	if got := Of(r).Causes; len(got) > 0 {
		t.Errorf("got causes %v, want none", got)
	}
	r.Story.Moments = r.Story.Moments[1:]
	for i := range r.Story.Packets {
		r.Story.Packets[i].Conn = 2
	}
	if diff := cmp.Diff(map[uint64]bool{4: true, 5: true, 6: true, 7: true}, Of(r).Causes); diff != "" {
		t.Error("of the only connection:", diff)
	}
}
