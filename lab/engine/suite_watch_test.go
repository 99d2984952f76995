package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// until lets time pass until such an event, and returns when that was.
func (s *stage) until(limit time.Duration, watched ...engine.EventWake) (time.Duration, []engine.EventWake) {
	s.Helper()
	p, err := s.Run(limit, engine.Wake{Events: watched})
	if err != nil {
		s.Fatalf("run until %v: %v", watched, err)
	}
	for _, r := range p.Replies {
		s.replies[r.Call] = r
	}
	return s.Now(), p.Woken
}

func wakingAtEvents(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.pass(10 * time.Millisecond)
	start := s.Now()
	s.call("n2", "alarm", "d", 100*time.Millisecond)
	s.call("n1", "alarm", "d", 200*time.Millisecond)
	for _, c := range []struct {
		watch engine.EventWake
		after time.Duration
	}{
		{engine.EventWake{Name: "alarmed"}, 100 * time.Millisecond},
		{engine.EventWake{Name: "alarmed", Node: "n1"}, 200 * time.Millisecond},
	} {
		at, woken := s.until(start+patience, engine.EventWake{Name: "tick"}, c.watch)
		if at -= start; at < c.after || at > 5*time.Second || !s.live && at != c.after {
			s.Errorf("%v has ended a run after %v, want %v", c.watch, at, c.after)
		}
		if len(woken) != 1 || woken[0] != c.watch {
			s.Errorf("woken by %v, want %v", woken, c.watch)
		}
	}
	if n := len(s.Events(trace.Filter{Name: "alarmed"})); n != 2 {
		s.Errorf("%d events, want 2", n)
	}
	limit := s.Now() + 50*time.Millisecond
	if at, woken := s.until(limit, engine.EventWake{Name: "alarmed"}); at < limit || woken != nil {
		s.Errorf("woken at %v by %v, without an event", at, woken)
	}
}

// wakingAtOnce has a method emit in the very instant of its call.
func wakingAtOnce(s *stage) {
	s.add("probe", nil, "n1")
	s.pass(10 * time.Millisecond)
	start := s.Now()
	s.begin("n1", "burst", args{"tasks", 2, "each", 3})
	at, woken := s.until(start+patience, engine.EventWake{Name: "tick", Node: "n1"})
	if len(woken) != 1 || at > start+5*time.Second || !s.live && at != start {
		s.Errorf("woken by %v at %v, want at once, at %v", woken, at, start)
	}
}

func sentMessages(s *stage) {
	s.add("timekeeper", nil, "n1", "n2")
	s.add("probe", nil, "n3")
	s.cut("n1", "n3")
	s.pass(10 * time.Millisecond)
	start := s.Now()
	to2, to3 := value.MakeAddr("n2", timekeeperPort), value.MakeAddr("n3", 1234)
	s.call("n1", "mutter", "to", to2, "type", "")
	s.call("n1", "say", "to", to2, "type", "vote", "term", 1)
	sent := func(f trace.Filter) []value.Event {
		events, err := s.Messages(f)
		if err != nil {
			s.Fatal(err)
		}
		return events
	}
	s.eventually("the first message is recorded", func() bool { return len(sent(trace.Filter{})) > 0 })
	s.pass(20 * time.Millisecond)
	later := s.Now()
	s.call("n1", "say", "to", to3, "type", "append", "term", 2, "times", 2) // through a cut, to a port that is not open
	s.call("n2", "say", "to", value.MakeAddr("n1", timekeeperPort), "type", "vote", "term", 3)
	s.eventually("four messages are recorded", func() bool { return len(sent(trace.Filter{})) >= 4 })
	var lines []string
	for _, e := range sent(trace.Filter{}) {
		lines = append(lines, fmt.Sprint(e.Node, e.Get("dst"), e.Name, e.Get("fields"), e.Get("size")))
		if e.Class != value.ClassMessage || e.At < start || e.At > s.Now() {
			s.Errorf("message %+v: want one of the last moments", e)
		}
	}
	if len(lines) != 4 {
		s.Errorf("messages: %q, want 4", lines)
	}
	first := sent(trace.Filter{Name: "vote"})[0]
	if first.Node != "n1" || !value.Equal(first.Get("dst"), value.Node("n2")) ||
		!value.Equal(first.Get("fields"), args{"term", 1, "votes", []any{"n1", int64(2)}}.fields()) {
		s.Errorf("the first vote: %+v", first)
	}
	if n := len(sent(trace.Filter{Node: "n2"})); n != 1 {
		s.Errorf("%d messages of n2, want 1", n)
	}
	if n := len(sent(trace.Filter{Since: later})); n != 3 {
		s.Errorf("%d messages after %v, want 3", n, later)
	}
	for _, e := range s.Events(trace.Filter{All: true}) {
		if e.Class == value.ClassMessage {
			s.Errorf("%+v is among the events", e)
		}
	}
	slices.Sort(lines) // in live two ports are read beside each other
	s.note("messages", lines)
}

func burstLoss(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.links("n1", "n2", engine.Patch{"loss": link.Burst{Bad: 0.1, Good: 0.25, Loss: 1, Slot: time.Millisecond}})
	s.want("", "n1", "bind", "port", 9000)
	s.want("", "n2", "bind", "port", 9001)
	s.want("", "n2", "send", "port", 9001, "to", value.Addr("n1:9000"), "size", 100, "times", 500, "every", time.Millisecond)
	got := field[int64](s, s.call("n1", "count", "port", 9000, "most", 500, "within", 500*time.Millisecond), "count")
	if want := int64(357); got < want-80 || got > want+80 {
		s.Errorf("%d of 500 datagrams came through bursts, want about %d", got, want) // 0.25 / 0.35 of them
	}
}

func configuring(s *stage) {
	s.add("timekeeper", nil, "n1")
	s.want("hello", "n1", "greet")
	configure := func(greeting string) engine.Reply {
		config := args{"greeting", greeting, "floor", 1}.fields()
		return s.end(s.Call(engine.Call{Node: "n1", Method: "configure", Args: config}))
	}
	s.wantReply(configure("good day"), engine.OK, "")
	s.want("good day", "n1", "greet")
	s.wantReply(configure(""), engine.Failed, "nothing to say")
	s.want("good day", "n1", "greet")
	s.do(engine.Crash{Node: "n1"})
	s.wantReply(configure("too late"), engine.Failed, "n1 is crashed")
}

// endlessEvents has one of two nodes emit more than a trace holds.
func endlessEvents(s *stage) {
	engine.LimitEvents(s.Engine, 256<<10)
	s.add("probe", nil, "n1", "n2")
	s.pass(10 * time.Millisecond)
	s.begin("n1", "burst", args{"tasks", 1, "each", 10})
	s.begin("n2", "burst", args{"tasks", 1, "each", 5000})
	_, err := s.Run(s.Now()+patience, engine.Wake{})
	var trouble *trouble.Error
	if !errors.As(err, &trouble) || !strings.HasPrefix(err.Error(), "node n2 (probe): it emits without end: ") {
		s.Errorf("got %v, want trouble with the plugin of n2", err)
	}
	if _, again := s.Run(s.Now()+patience, engine.Wake{}); again == nil {
		s.Errorf("the run goes on")
	}
}

func endlessFaults(s *stage) {
	engine.LimitEvents(s.Engine, 64<<10)
	s.add("probe", nil, "n1", "n2")
	s.pass(10 * time.Millisecond)
	var err error
	for i := 0; i < 1000 && err == nil; i++ {
		heal := s.cut("n1", "n2")
		if _, err = s.Run(s.Now(), engine.Wake{}); err == nil {
			s.do(engine.Heal{Fault: heal})
			_, err = s.Run(s.Now(), engine.Wake{})
		}
	}
	var flood *engine.FloodError
	if !errors.As(err, &flood) {
		s.Errorf("got %v, want that the script brings on too much", err)
	}
}
