package story

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
)

// fetches is a run in which a client fetches from a and from b at one time, and b refuses.
func fetches(causes bool) *result.Run {
	call := func(number, cause uint64, name, arguments string, at time.Duration) result.Moment {
		return result.Moment{Number: number, Why: result.Why{Cause: cause}, At: at, Node: "client", Class: "call", Name: name,
			Fields: []result.Part{{Text: "method", Value: `"get"`}, {Text: "object", Value: "0"}, {Text: "arguments", Value: arguments}}}
	}
	packet := func(number, cause, conn uint64, kind, from, to string, sent time.Duration) result.Packet {
		return result.Packet{Number: number, Why: result.Why{Cause: cause}, Kind: kind, From: from, To: to, Conn: conn, Port: 80,
			Sent: sent, Arrives: []time.Duration{sent + 5*ms}}
	}
	r := &result.Run{
		Outcome: result.Failed, At: 90 * ms,
		Checks: []result.Check{{At: 80 * ms, Nodes: []string{"client"}, Calls: []result.Call{{Node: "client", Number: 1, Until: 10 * ms}}}},
		Story: &result.Story{Nodes: []string{"a", "b", "client"}, Causes: causes,
			Moments: []result.Moment{
				call(1, 0, "called", `struct(url = "http://b:80/")`, 0), call(3, 0, "called", `struct(url = "http://a:80/")`, ms),
				call(7, 5, "answered", "", 10*ms), call(10, 9, "answered", "", 21*ms), call(11, 0, "called", `struct(url = "http://b:80/")`, 30*ms),
			},
			Packets: []result.Packet{
				packet(2, 1, 1, "syn", "client", "b", 0), packet(4, 3, 2, "syn", "client", "a", ms), packet(5, 2, 1, "reset", "b", "client", 5*ms),
				packet(6, 4, 2, "syn-ack", "a", "client", 6*ms), packet(8, 6, 2, "data", "client", "a", 11*ms), packet(9, 8, 2, "data", "a", "client", 16*ms),
				packet(12, 11, 3, "syn", "client", "b", 31*ms), packet(13, 12, 3, "reset", "b", "client", 36*ms),
			},
		},
	}
	if !causes {
		for i := range r.Story.Packets {
			r.Story.Packets[i].Why = result.Why{}
		}
		for i := range r.Story.Moments {
			r.Story.Moments[i].Why = result.Why{}
		}
	}
	return r
}

// Neither what another call did at that time is a cause, nor what a later one met.
func TestAFailedCallOfANodeIsAboutItsOwnConnection(t *testing.T) {
	for _, causes := range []bool{true, false} {
		f := Of(fetches(causes))
		if diff := cmp.Diff(map[uint64]bool{1: true, 2: true, 5: true, 7: true}, f.Causes); diff != "" || f.Until != 10*ms || f.What != Call {
			t.Errorf("causes %v: until %s, what %v: %s", causes, f.Until, f.What, diff)
		}
	}
}

func TestCallsToOneAddressAtOneTimeAreNotToldApartWithoutCauses(t *testing.T) {
	r := fetches(false)
	r.Story.Moments[1].Fields = r.Story.Moments[0].Fields
	if f := Of(r); len(f.Causes) > 0 || !f.Unknown {
		t.Errorf("causes %v, unknown %v", f.Causes, f.Unknown)
	}
}

func TestACallThatHasSentNothingHasNoPacketsOfAnother(t *testing.T) {
	r := fetches(true)
	r.Checks[0].Calls[0] = result.Call{Node: "client", Number: 14, Until: 18 * ms}
	r.Story.Moments = append(r.Story.Moments, result.Moment{Number: 14, At: 7 * ms, Node: "client", Class: "call", Name: "called"})
	if f := Of(r); !cmp.Equal(map[uint64]bool{14: true}, f.Causes) || !f.Unknown {
		t.Errorf("causes %v, unknown %v, want the call alone", f.Causes, f.Unknown)
	}
}

// A check may judge a call and the state of another node.
func TestTheStateOfOtherNodesCountsBesideACall(t *testing.T) {
	r := fetches(true)
	r.Checks[0].Nodes = []string{"client", "a"}
	if f := Of(r); !f.Causes[5] || !f.Causes[8] || f.Causes[9] || f.Until != 80*ms {
		t.Errorf("until %s, causes %v", f.Until, f.Causes)
	}
}

func TestAnAddressIsNamedByArguments(t *testing.T) {
	for arguments, want := range map[string]bool{
		`struct(url = "http://web:80/x")`: true, `struct(addr = "web:80")`: true, `struct(addr = "web")`: true, `struct(url = "http://web/")`: true,
		`struct(url = "http://web:8080/")`: false, `struct(addr = "web2:80")`: false, `struct(addr = "aweb:80")`: false, `"(90 values)"`: false,
	} {
		if addresses(arguments, "web", 80) != want {
			t.Errorf("%s: want %v", arguments, want)
		}
	}
}

// ask is a datagram that says the same each time.
func ask(number, cause uint64, sent time.Duration, lost string) result.Packet {
	p := result.Packet{Number: number, Why: result.Why{Cause: cause}, Kind: "datagram", From: "a", To: "b", Port: 7, Source: 9, Size: 3, Data: []byte("ask"), Sent: sent, Lost: lost}
	if lost == "" {
		p.Arrives = []time.Duration{sent + ms}
	}
	return p
}

// What a component sends again belongs to the story with the copies before; a heartbeat that was answered does not.
func TestTheCopiesBeforeAMessageThatWasSentAgainAreCauses(t *testing.T) {
	r := &result.Run{Outcome: result.Failed, At: 60 * ms, Checks: []result.Check{{At: 60 * ms, Nodes: []string{"b"}}},
		Story: &result.Story{Nodes: []string{"a", "b"}, Causes: true, Packets: []result.Packet{
			ask(1, 0, ms, ""), {Number: 2, Why: result.Why{Cause: 1}, Kind: "datagram", From: "b", To: "a", Size: 2, Sent: 2 * ms, Arrives: []time.Duration{3 * ms}},
			ask(3, 0, 20*ms, "loss"), ask(4, 0, 40*ms, ""),
		}}}
	if diff := cmp.Diff(map[uint64]bool{3: true, 4: true}, Of(r).Causes); diff != "" {
		t.Error(diff)
	}
}

// load is a drive of two requests, of which the first waits, and a later request of somebody else that waits longer.
func load(part string) *result.Run {
	packet := func(number, cause, conn uint64, from, to string, sent time.Duration) result.Packet {
		return result.Packet{Number: number, Why: result.Why{Cause: cause}, Kind: "data", From: from, To: to, Conn: conn, Size: 9, Sent: sent, Arrives: []time.Duration{sent + ms}}
	}
	return &result.Run{Outcome: result.Failed, At: 900 * ms,
		Checks: []result.Check{{At: 900 * ms, Nodes: []string{"client"}, Parts: []result.Part{{Text: part, Value: "50ms"}},
			Calls: []result.Call{{Node: "client", Number: 1, Load: true, Until: 20 * ms}}}},
		Story: &result.Story{Nodes: []string{"client", "web"}, Causes: true,
			Series:  []result.Series{{Node: "client", All: result.Bucket{For: 20 * ms, Max: 51 * ms}}},
			Moments: []result.Moment{{Number: 1, Node: "client", Class: "call", Name: "called"}, {Number: 6, At: 300 * ms, Node: "client", Class: "call", Name: "called"}},
			Packets: []result.Packet{
				packet(2, 1, 1, "client", "web", 10*ms), packet(3, 1, 2, "client", "web", 20*ms), packet(4, 3, 2, "web", "client", 22*ms),
				packet(5, 2, 1, "web", "client", 60*ms), packet(7, 6, 3, "client", "web", 300*ms), packet(8, 7, 3, "web", "client", 700*ms),
			}}}
}

func TestACheckOfTheTimesOfALoadIsAboutItsSlowestRequest(t *testing.T) {
	f := Of(load("r.latency.p99"))
	if diff := cmp.Diff(map[uint64]bool{1: true, 2: true, 5: true}, f.Causes); diff != "" || f.Until != 61*ms || f.What != Slowest {
		t.Errorf("until %s, what %v: %s", f.Until, f.What, diff)
	}
}

// Of other numbers, and of a slowest request that the story has lost, no request is known to have decided.
func TestACheckOfALoadOpensAtItsEndWhereNoRequestIsKnown(t *testing.T) {
	lost := load("r.latency.p99")
	lost.Story.Packets = lost.Story.Packets[1:]
	for _, r := range []*result.Run{load("r.requests"), lost} {
		if f := Of(r); len(f.Causes) > 0 || f.Until != 20*ms || f.What != Load || f.Load == nil {
			t.Errorf("until %s, what %v, causes %v", f.Until, f.What, f.Causes)
		}
	}
}

// An error that others met at that time, or before, is none of the load.
func TestTheErrorsOfALoadAreItsOwn(t *testing.T) {
	r := load("r.errors")
	r.Story.Packets[1].Lost, r.Story.Packets[5].Lost = "loss", "cut"
	if f := Of(r); !f.Causes[3] || f.Causes[8] || f.What != Error {
		t.Errorf("what %v, causes %v, want 3 and not 8", f.What, f.Causes)
	}
}

// What has no cause belongs to no load of which it is unknown what has begun it.
func TestALoadThatBeganBeforeTheStoryHasNoPacketsOfOthers(t *testing.T) {
	for _, part := range []string{"r.errors", "r.latency.p99"} {
		r := load(part)
		r.Checks[0].Calls[0].Object, r.Checks[0].Calls[0].Number = 5, 9
		r.Story.Moments = append(r.Story.Moments, result.Moment{Number: 9, At: 890 * ms, Node: "client", Class: "call", Name: "called"})
		r.Story.Packets[5].Lost = "cut"
		if f := Of(r); len(f.Causes) > 0 || f.What != Load {
			t.Errorf("%s: what %v, causes %v, want none", part, f.What, f.Causes)
		}
	}
}

// A client that asks one server after the other has got no answer from any of them.
func TestACallThatHasAskedSeveralServersIsAboutAllOfThem(t *testing.T) {
	r := &result.Run{Outcome: result.Failed, At: 60 * ms, Checks: []result.Check{{At: 60 * ms, Nodes: []string{"a"}, Calls: []result.Call{{Node: "a", Number: 1, Until: 60 * ms}}}},
		Story: &result.Story{Nodes: []string{"a", "b", "c"}, Causes: true, Moments: []result.Moment{{Number: 1, Node: "a", Class: "call", Name: "called"}},
			Packets: []result.Packet{ask(2, 1, ms, "cut"), ask(3, 1, 20*ms, ""), ask(4, 1, 40*ms, "cut")}}}
	r.Story.Packets[1].To = "c"
	if diff := cmp.Diff(map[uint64]bool{1: true, 2: true, 3: true, 4: true}, Of(r).Causes); diff != "" {
		t.Error(diff)
	}
}

// Without causes, an error that somebody met when the load was over is none of it.
func TestAnErrorAfterALoadIsNotItsOwn(t *testing.T) {
	r := load("r.errors")
	r.Story.Causes = false
	r.Story.Moments = append(r.Story.Moments, result.Moment{Number: 9, At: 100 * ms, Node: "client", Class: "call", Name: "answered"})
	r.Story.Packets[1].Lost, r.Story.Packets[5].Lost = "loss", "cut"
	if f := Of(r); !f.Causes[3] || f.Causes[8] || f.What != Error {
		t.Errorf("what %v, causes %v, want 3 and not 8", f.What, f.Causes)
	}
}

// Without causes, the packets of a node belong to its only call of that time. Faults and earlier packets do not.
func TestTheOnlyCallOfATimeHasThePacketsOfThatTime(t *testing.T) {
	r := &result.Run{Outcome: result.Failed, At: 60 * ms, Checks: []result.Check{{At: 60 * ms, Nodes: []string{"a"}, Calls: []result.Call{{Node: "a", Number: 3, Until: 60 * ms}}}},
		Story: &result.Story{Nodes: []string{"a", "b"}, Moments: []result.Moment{
			{Number: 2, At: 5 * ms, Node: "a", Class: "fault", Name: "cut"}, {Number: 3, At: 10 * ms, Node: "a", Class: "call", Name: "called"}},
			Packets: []result.Packet{ask(1, 0, ms, ""), ask(4, 0, 40*ms, "cut")}}}
	if diff := cmp.Diff(map[uint64]bool{3: true, 4: true}, Of(r).Causes); diff != "" {
		t.Error(diff)
	}
}

func TestARequestWithoutAnAnswerIsTheSlowest(t *testing.T) {
	r := load("r.latency.p99")
	r.Story.Packets[3].From, r.Story.Packets[3].To = "client", "web" // no answer to the first request
	if f := Of(r); !f.Causes[2] || f.Causes[3] || f.Causes[8] || f.Until != 10*ms || f.What != Unanswered {
		t.Errorf("until %s, what %v, causes %v", f.Until, f.What, f.Causes)
	}
}
