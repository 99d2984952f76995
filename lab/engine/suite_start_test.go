package engine_test

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

func pauseAtStart(s *stage) {
	s.add("tcp-echo", nil, "echo")
	s.add("probe", nil, "n1")
	s.do(engine.Pause{Node: "echo"})
	for _, conn := range []string{"a", "b", "c"} {
		s.wantField(s.call("n1", "dial", "to", value.Addr("echo:8080"), "name", conn), "why", "")
		s.want("", "n1", "write", "conn", conn, "data", "hello\n")
	}
	heard := s.call("n1", "read", "conn", "a", "size", 1, "within", 100*time.Millisecond)
	s.wantField(heard, "why", "timeout")
	s.do(engine.Resume{Node: "echo"})
	for _, conn := range []string{"a", "b", "c"} {
		s.wantField(s.call("n1", "read", "conn", conn, "size", 12), "data", "Echo: hello\n")
	}
}

func crashAtStart(s *stage) {
	s.add("herald", nil, "n1")
	s.add("probe", nil, "n2")
	s.do(engine.Crash{Node: "n1"})
	s.pass(10 * time.Millisecond)
	if got := s.Events(trace.Filter{Name: "tick", Node: "n1"}); len(got) != 1 {
		s.Errorf("events of a node that was ready before it crashed: %v, want one", got)
	}
	s.wantField(s.call("n2", "dial", "to", value.Addr("n1:8100"), "name", "c"), "why", "refused")
}

func eager(s *stage) {
	names := []string{"n1", "n2", "n3", "n4", "n5"}
	var changes []engine.Change
	for i, name := range names {
		s.kinds[name] = "herald"
		changes = append(changes, engine.AddNode{
			Name: name, Kind: "herald", Peers: slices.Concat(names[:i], names[i+1:]),
		})
	}
	s.do(changes...)
	for i, name := range names {
		want := ""
		for j, peer := range names {
			if i != j {
				want += peer + ": "
			}
		}
		s.want(want, name, "outcome")
	}
}

func deadlineInPause(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	reading := s.begin("n1", "read", args{"conn", "c", "size", 1, "within", 50 * time.Millisecond})
	sleeping := s.begin("n1", "sleep", args{"d", 50 * time.Millisecond})
	s.pass(10 * time.Millisecond)
	s.do(engine.Pause{Node: "n1"})
	s.pass(150 * time.Millisecond)
	resumed := s.Now()
	s.do(engine.Resume{Node: "n1"})
	for _, id := range []engine.ID{reading, sleeping} {
		if r := s.end(id); r.Status != engine.OK || r.At < resumed || r.At > resumed+patience/2 {
			s.Errorf("a wait of 50ms that a pause has overtaken: %+v, want it to end at the resume at %v", r, resumed)
		}
	}
	s.wantField(s.replies[reading].Value, "why", "timeout")
}

func returned(s *stage) {
	s.add("mute", nil, "n1")
	s.pass(10 * time.Millisecond)
	s.want("here", "n1", "sign")
	s.do(engine.Crash{Node: "n1"}, engine.Restart{Node: "n1"})
	s.want("here", "n1", "sign")
	if len(s.failures) > 0 {
		s.Errorf("a Run that returns nil is a failure: %+v", s.failures)
	}
}

func dialSelf(s *stage) {
	s.add("probe", nil, "n1")
	s.want("", "n1", "listen", "port", 8000)
	accepted := s.begin("n1", "accept", args{"port", 8000, "name", "in"})
	s.wantField(s.call("n1", "dial", "to", value.Addr("n1:8000"), "name", "out"), "peer", "n1:8000")
	s.end(accepted)
	s.want("", "n1", "write", "conn", "out", "data", "echo")
	s.wantField(s.call("n1", "read", "conn", "in", "size", 4), "data", "echo")
	s.wantField(s.call("n1", "dial", "to", value.Addr("n1:8001"), "name", "d"), "why", "refused")
}

func draws(s *stage) {
	s.add("probe", nil, "n1", "n2")
	drawn := map[any]bool{}
	draw := func(node string) {
		value := s.call(node, "draw")
		if drawn[value] {
			s.Errorf("%s has drawn %v, which somebody had drawn before", node, value)
		}
		drawn[value] = true
	}
	draw("n1")
	draw("n2")
	draw("n1")
	s.do(engine.Crash{Node: "n1"}, s.restart("n1"))
	draw("n1")
	draw("n2")
}

func unlisted(s *stage) {
	s.add("probe", nil, "n1")
	if r := s.end(s.begin("n1", "stray", nil)); r.Status != engine.Unknown {
		s.Errorf("the call that emitted it: %+v, want it unknown", r)
	}
	s.eventually("a failure", func() bool { return len(s.failures) > 0 })
	f := s.failures[0]
	const want = `panic: emit: engine_test.stray is not among the Events of kind "probe": list engine_test.stray{} there`
	if f.Node != "n1" || f.Error != want || !strings.Contains(f.Stack, "probe_start_test.go") {
		s.Errorf("failure %+v, want n1: %s, with the place", f, want)
	}
	if got := s.Events(trace.Filter{Name: "stray"}); len(got) > 0 {
		s.Errorf("it is in the trace: %v", got)
	}
}

func unlistedMessage(s *stage) {
	s.add("timekeeper", nil, "n1", "n2", "n3")
	to := value.MakeAddr("n3", timekeeperPort)
	s.begin("n1", "say", args{"to", to, "type", "vot"})
	s.begin("n2", "stray", args{"to", to, "type", "vote"})
	s.eventually("two failures", func() bool { return len(s.failures) == 2 })
	got := map[string]string{}
	for _, f := range s.failures {
		got[f.Node] = f.Error
	}
	want := map[string]string{
		"n1": `panic: send: message "vot" is not among the Messages of kind "timekeeper", which are append, vote: list it there`,
		"n2": `panic: send: message "vote" has no field "trem" among the Messages of kind "timekeeper", but term, votes: list it there`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("failures (-want +got):\n%s", diff)
	}
	if sent, err := s.Messages(trace.Filter{}); err != nil || len(sent) > 0 {
		s.Errorf("they are in the record: %v, %v", sent, err)
	}
}

// floodOfEvents emits more than any buffer on the way holds.
func floodOfEvents(s *stage) {
	const tasks, each = 8, 5000
	s.add("probe", nil, "n1")
	s.want(nil, "n1", "burst", "tasks", tasks, "each", each)
	got := s.Events(trace.Filter{Name: "tick", Node: "n1"})
	count := map[any]int{}
	for _, e := range got {
		count[e.Get("n")]++
	}
	for n := range int64(each) {
		if count[n] != tasks {
			s.Fatalf("number %d is there %d times, want %d; %d events of %d", n, count[n], tasks, len(got), tasks*each)
		}
	}
}

func closedPort(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.want("", "n2", "bind", "port", 9001)
	s.want("", "n2", "send", "port", 9001, "to", value.Addr("n1:9000"), "size", 10, "times", 3)
	heard := s.call("n2", "count", "port", 9001, "most", 1, "within", 100*time.Millisecond)
	s.wantField(heard, "why", "timeout")
	s.want("", "n2", "send", "port", 9001, "to", value.Addr("n1:9000"), "size", 10)
	s.pass(50 * time.Millisecond)
	s.want("", "n1", "bind", "port", 9000)
	s.want("", "n2", "send", "port", 9001, "to", value.Addr("n1:9000"), "size", 20)
	s.wantField(s.call("n1", "count", "port", 9000, "most", 1, "within", 5*time.Second), "size", 20)
	s.want("no node", "n2", "send", "port", 9001, "to", value.Addr("n9:9000"), "size", 10)
}

func overMTU(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.links("n1", "n2", engine.Patch{"mtu": int64(1000), "latency": link.Draw{A: time.Millisecond}})
	s.want("", "n1", "bind", "port", 9000)
	s.want("", "n2", "bind", "port", 9001)
	s.want("", "n2", "send", "port", 9001, "to", value.Addr("n1:9000"), "size", 1200)
	s.want("", "n2", "send", "port", 9001, "to", value.Addr("n1:9000"), "size", 900)
	s.wantField(s.call("n1", "count", "port", 9000, "most", 1, "within", 5*time.Second), "size", 900)
	s.connect("n1", "n2", 8000)
	s.want("", "n2", "flood", "conn", "c", "size", 10_000)
	s.wantField(s.call("n1", "drink", "conn", "c", "size", 10_000), "why", "")
}
