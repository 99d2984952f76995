package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/value"
)

// restart is the change that restarts a probe with its defaults.
func (s *stage) restart(node string) engine.Change {
	s.Helper()
	return engine.Restart{Node: node, Config: withDefaults(s, kindOf(s, s.kinds[node]).Config, nil)}
}

// wantReply compares the outcome of a call.
func (s *stage) wantReply(r engine.Reply, status engine.Status, text string) {
	s.Helper()
	if r.Status != status || r.Error != text || status != engine.OK && r.Value != nil {
		s.Errorf("call %d: %+v, want status %d and error %q", r.Call, r, status, text)
	}
}

func outcomes(s *stage) {
	s.add("probe", nil, "n1")
	s.wantReply(s.end(s.begin("n1", "refuse", nil)), engine.Failed, "no, thank you")
	s.wantReply(s.end(s.begin("n1", "doubt", nil)), engine.Unknown, "no answer came")
	start := s.Now()
	r := s.end(s.begin("n1", "sleep", args{"d", 50 * time.Millisecond}))
	s.wantReply(r, engine.OK, "")
	if r.Took < 50*time.Millisecond || r.At < start+50*time.Millisecond || r.At > s.Now() {
		s.Errorf("a call of 50ms begun at %v: took %v, ended at %v, now %v", start, r.Took, r.At, s.Now())
	}
	s.wantReply(s.end(s.Call(engine.Call{Node: "n9", Method: "get"})), engine.Failed, `call of get: no node "n9"`)
}

func callOfCrashed(s *stage) {
	s.add("probe", nil, "n1")
	sleeping := s.begin("n1", "sleep", args{"d", time.Hour})
	s.pass(50 * time.Millisecond)
	s.do(engine.Crash{Node: "n1"})
	s.wantReply(s.end(sleeping), engine.Unknown, "n1 stopped")
	before := s.Now()
	r := s.end(s.begin("n1", "refuse", nil))
	s.wantReply(r, engine.Failed, "n1 is crashed")
	if !s.live && (r.At != before || r.Took != 0) {
		s.Errorf("a refused call took time: %+v at %v", r, before)
	}
}

func failure(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	sleeping := s.begin("n1", "sleep", args{"d", time.Hour})
	reading := s.begin("n2", "read", args{"conn", "c", "size", 1})
	s.pass(10 * time.Millisecond)
	s.begin("n1", "fail", nil)
	limit := s.Now() + patience
	if s.run(limit); s.Now() >= limit || len(s.failures) == 0 {
		s.Fatalf("at %v there are %d failures, want a failure to end Run", s.Now(), len(s.failures))
	}
	if f := s.failures[0]; f.Node != "n1" || f.Error != "told to fail: too many open files" {
		s.Errorf("failure %+v, want n1: told to fail: too many open files", f)
	}
	if r := s.end(sleeping); r.Status != engine.Unknown {
		s.Errorf("a call in flight at the failure: %+v, want it unknown", r)
	}
	s.wantField(s.end(reading).Value, "why", "reset")
	s.wantReply(s.end(s.begin("n1", "refuse", nil)), engine.Failed, "n1 is crashed")
	s.do(s.restart("n1"))
	s.want("", "n1", "listen", "port", 8000)
	if len(s.failures) != 1 {
		s.Errorf("failures %+v, want one", s.failures)
	}
}

func panicking(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	reading := s.begin("n2", "read", args{"conn", "c", "size", 1})
	panicking := s.begin("n1", "panic", nil)
	s.eventually("a failure", func() bool { return len(s.failures) > 0 })
	f := s.failures[0]
	if f.Node != "n1" || f.Error != "panic: told to panic" || !strings.Contains(f.Stack, "probe_test.go") {
		s.Errorf("failure %+v, want the panic of n1 with the stack of the task that panicked", f)
	}
	if r := s.end(panicking); r.Status != engine.Unknown {
		s.Errorf("a call in flight at the panic: %+v, want it unknown", r)
	}
	s.wantField(s.end(reading).Value, "why", "reset")
}

func objects(s *stage) {
	s.add("probe", nil, "n1")
	object, _ := s.call("n1", "token").(value.Object)
	if object.Node != "n1" || object.Incarnation != 0 || object.Type != "token" || object.ID == 0 {
		s.Fatalf("an object of the first incarnation: %+v", object)
	}
	text := func(o value.Object) engine.Reply {
		return s.end(s.Call(engine.Call{Node: "n1", Object: o, Method: "text"}))
	}
	if r := text(object); r.Value != "of n1" {
		s.Errorf("text of an object: %+v", r)
	}
	s.do(engine.Crash{Node: "n1"}, s.restart("n1"))
	s.wantReply(text(object), engine.Failed, "n1 restarted")
	if again, _ := s.call("n1", "token").(value.Object); again.Incarnation != 1 {
		s.Errorf("an object of the second incarnation: %+v", again)
	}
}

func events(s *stage) {
	s.add("probe", args{"ticking", 20 * time.Millisecond}.fields(), "n1", "n2")
	s.pass(110 * time.Millisecond)
	s.do(engine.Crash{Node: "n1"})
	s.pass(20 * time.Millisecond)
	s.do(engine.Restart{Node: "n1", Config: args{"ticking", 20 * time.Millisecond}.fields()})
	s.eventually("ticks of the second incarnation", func() bool {
		return len(s.Events(trace.Filter{Name: "tick", Node: "n1", Fields: args{"n", 1}.fields()})) == 2
	})
	all := s.Events(trace.Filter{All: true})
	if !slices.IsSortedFunc(all, trace.Compare) {
		s.Errorf("events out of order: %v", all)
	}
	last, seen := map[string]uint64{}, map[string]bool{}
	for _, e := range all {
		if id := fmt.Sprint(e.Node, " ", e.Seq); seen[id] {
			s.Errorf("two events of one number, the second %+v", e)
		} else {
			seen[id] = true
		}
		if e.At > s.Now() {
			s.Errorf("event %+v is from the future: now is %v", e, s.Now())
		}
		if e.Class != value.ClassComponent {
			continue
		}
		if e.Seq <= last[e.Node] {
			s.Errorf("event %+v after number %d of its node", e, last[e.Node])
		}
		last[e.Node] = e.Seq
	}
	if n := len(s.Events(trace.Filter{Name: "tick", Node: "n2"})); n < 4 {
		s.Errorf("%d ticks of n2 in 130ms, want 4 at least", n)
	}
	for _, name := range []string{"crashed", "restarted"} {
		if got := s.Events(trace.Filter{All: true, Name: name, Node: "n1"}); len(got) != 1 || got[0].Class != value.ClassFault {
			s.Errorf("events %q of n1: %v, want one of the faults", name, got)
		}
	}
}

func waking(s *stage) {
	s.add("probe", nil, "n1")
	s.pass(10 * time.Millisecond)
	until := s.Now() + 400*time.Millisecond // far more than a busy machine needs to answer
	slow, quick := s.begin("n1", "sleep", args{"d", time.Hour}), s.begin("n1", "sleep", args{"d", 5 * time.Millisecond})
	s.run(until, slow)
	if s.Now() < until || s.live == false && s.Now() != until {
		s.Errorf("run ended at %v, want %v", s.Now(), until)
	}
	if s.live != (s.lateness > 0) {
		s.Errorf("lateness %v: no clock is exact but a virtual one", s.lateness)
	}
	if _, done := s.replies[quick]; !done {
		s.Error("a reply that nobody waited for was not told")
	}
	quick = s.begin("n1", "sleep", args{"d", 5 * time.Millisecond})
	s.run(s.Now()+patience, slow, quick)
	if _, done := s.replies[quick]; !done || s.Now() > until+patience/2 {
		s.Errorf("run did not end at the reply: now %v", s.Now())
	}
}

func instant(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.pass(10 * time.Millisecond)
	early := s.begin("n1", "refuse", nil)
	s.do(engine.Crash{Node: "n1"})
	s.wantReply(s.end(early), engine.Failed, "n1 is crashed")
	s.do(s.restart("n1"))
	s.wantReply(s.end(s.begin("n1", "refuse", nil)), engine.Failed, "no, thank you")
}

// of calls a method of an object with all its arguments, and returns the value, which must be OK.
func (s *stage) of(object any, method string, a ...any) any {
	s.Helper()
	o, ok := object.(value.Object)
	if !ok {
		s.Fatalf("%v is no object", object)
	}
	r := s.end(s.Call(engine.Call{Node: o.Node, Object: o, Method: method, Args: args(a).fields()}))
	if r.Status != engine.OK {
		s.Fatalf("%s of %v: %+v", method, o, r)
	}
	return r.Value
}

func builtin(s *stage) {
	s.do(engine.SetDefault{Patch: engine.Patch{"latency": latency(10 * time.Millisecond)}})
	s.add("tcp-echo", nil, "tcp")
	s.add("udp-echo", nil, "udp")
	s.add("client", nil, "client")
	start := s.Now()
	conn := s.call("client", "dial", "addr", value.Addr("tcp:8080"))
	s.of(conn, "send", "data", []byte("one\ntwo\n"))
	for _, want := range []string{"Echo: one", "Echo: two"} {
		if got := s.of(conn, "read_line"); got != want {
			s.Errorf("the echo is %q, want %q", got, want)
		}
	}
	if took := s.Now() - start; took < 40*time.Millisecond {
		s.Errorf("a dial and an echo over 10ms took %v, want two round trips", took)
	}
	socket := s.call("client", "socket", "port", 0)
	s.of(socket, "send", "addr", value.Addr("udp:8081"), "data", []byte("three"))
	heard := s.of(socket, "receive")
	s.wantField(heard, "data", "Echo: three")
	s.wantField(heard, "src", "udp:8081")
	refused := s.end(s.begin("client", "dial", args{"addr", value.Addr("tcp:1")}))
	s.wantReply(refused, engine.Failed, "connection refused")
}

// faults are the events of a run that the engines record themselves, the same in both.
func faults(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.pass(time.Millisecond)
	fault := s.cut("n1", "n2")
	s.pass(time.Millisecond)
	s.do(engine.Heal{Fault: fault}, engine.Reset{A: "n1", B: "n2"}, engine.Pause{Node: "n1"})
	s.pass(time.Millisecond)
	s.do(engine.Resume{Node: "n1"})
	s.pass(time.Millisecond)
	s.do(engine.Crash{Node: "n1"}, s.restart("n1"))
	s.begin("n2", "fail", nil)
	s.eventually("a failure", func() bool { return len(s.failures) > 0 })
	var names []string
	for _, e := range s.Events(trace.Filter{All: true}) {
		if e.Class == value.ClassFault {
			names = append(names, e.Node+" "+e.Name)
		}
	}
	want := []string{
		"n1 cut", "n2 cut", "n1 healed", "n2 healed", "n1 reset", "n1 paused", "n1 resumed", "n1 crashed", "n1 restarted",
		"n2 failed",
	}
	slices.Sort(names) // in live, what is done at an instant takes a while
	slices.Sort(want)
	if !slices.Equal(names, want) {
		s.Errorf("events %q, want %q", names, want)
	}
}

func largeCalls(s *stage) {
	large := strings.Repeat("x", 5000)
	s.add("probe", nil, "n1")
	s.want("", "n1", "put", "file", "f", "data", large)
	s.call("n1", "get", "file", "f")
	s.end(s.Call(engine.Call{Node: "n1", Method: "refuse", Args: value.Fields{{Name: large, Value: large}}}))
	var told []string
	for _, e := range s.Events(trace.Filter{All: true, Node: "n1"}) {
		if e.Class == value.ClassCall {
			told = append(told, e.Name+" "+value.Format(e.Fields))
		}
	}
	for _, text := range told {
		if len(text) > 1300 {
			s.Errorf("%d bytes of a call are kept: %.200s", len(text), text)
		}
	}
	s.note("calls", told)
}

// callsAndConns are in the trace, too.
func callsAndConns(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	s.wantField(s.call("n2", "dial", "to", value.Addr("n1:1"), "name", "d"), "why", "refused")
	s.end(s.begin("n2", "refuse", nil))
	count := map[string]int{}
	for _, e := range s.Events(trace.Filter{All: true, Node: "n2"}) {
		switch e.Class {
		case value.ClassConn:
			count[e.Name]++
		case value.ClassCall:
			text := e.Name + " " + e.Get("method").(string)
			if status, answered := e.Lookup("status"); answered {
				text += " " + status.(string)
			}
			count[text]++
		}
	}
	want := map[string]int{
		"called dial": 2, "answered dial ok": 2, "called refuse": 1, "answered refuse failed": 1,
		"connected": 1, "refused": 1,
	}
	if diff := cmp.Diff(want, count); diff != "" {
		s.Errorf("events of n2: %s", diff)
	}
}
