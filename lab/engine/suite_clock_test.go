package engine_test

import (
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/value"
)

// clock sets a node's clock.
func (s *stage) clock(node string, speed float64, offset time.Duration) engine.FaultID {
	s.Helper()
	s.faults++
	s.do(engine.SetClock{Fault: s.faults, Node: node, Speed: speed, Offset: offset})
	return s.faults
}

// ahead is by how much a timekeeper is ahead of the run's clock, apart from what it was at first.
func (s *stage) ahead(node string) time.Duration {
	s.Helper()
	return s.call(node, "show").(time.Duration) - s.Now()
}

// wantAbout compares with as much tolerance as a busy machine needs in live.
func (s *stage) wantAbout(what string, got, want time.Duration) {
	s.Helper()
	tolerance := time.Duration(0)
	if s.live {
		tolerance = 2 * time.Second
	}
	if (got - want).Abs() > tolerance {
		s.Errorf("%s: %v, want %v", what, got, want)
	}
}

// timerUnderSpeed is the timer of an election, which is set to ten seconds and has waited a tenth of one when the clock
// begins to run.
func timerUnderSpeed(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.pass(10 * time.Millisecond)
	start := s.Now()
	s.call("n1", "alarm", "d", 10*time.Second)
	s.call("n2", "alarm", "d", 10*time.Second)
	s.pass(start + 100*time.Millisecond - s.Now())
	s.clock("n1", 50, 0)
	rung := func(node string) []value.Event { return s.Events(trace.Filter{Name: "alarmed", Node: node}) }
	s.eventually("the timer rings", func() bool { return len(rung("n1")) > 0 })
	at := rung("n1")[0].At - start
	if want := 298 * time.Millisecond; at < want || at > 5*time.Second || !s.live && at != want {
		s.Errorf("10s, of which 9.9s at speed 50, took %v, want %v of the lab's time", at, want)
	}
	if len(rung("n2")) > 0 {
		s.Error("the clock of n1 has made the timer of n2 ring")
	}
}

// waitsUnderSpeed are all other ways to wait.
func waitsUnderSpeed(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	s.want("", "n1", "bind", "port", 9000)
	s.add("probe", nil, "n3")
	s.cut("n1", "n3")
	s.pass(10 * time.Millisecond)
	start := s.Now()
	calls := []engine.ID{
		s.begin("n1", "sleep", args{"d", 10 * time.Second}),
		s.begin("n1", "read", args{"conn", "c", "size", 1, "within", 10 * time.Second}),
		s.begin("n1", "count", args{"port", 9000, "most", 1, "within", 10 * time.Second}),
		s.begin("n1", "dial", args{"to", value.Addr("n3:1"), "name", "d", "within", 10 * time.Second}),
	}
	s.pass(100 * time.Millisecond)
	s.clock("n1", 50, 0)
	for i, id := range calls {
		r := s.end(id)
		if i > 0 {
			s.wantField(r.Value, "why", "timeout")
		}
		took, want := r.At-start, 298*time.Millisecond
		if took < want || took > 5*time.Second || !s.live && took != want {
			s.Errorf("wait %d of 10s, of which 9.9s at speed 50, took %v, want %v", i, took, want)
		}
	}
}

// jumpOfTheClock moves a clock while its node waits: no wait ends.
func jumpOfTheClock(s *stage) {
	const within = 400 * time.Millisecond
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	s.want("", "n1", "bind", "port", 9000)
	for _, jump := range []time.Duration{time.Hour, -time.Hour} {
		start := s.Now()
		calls := []engine.ID{
			s.begin("n1", "sleep", args{"d", within}),
			s.begin("n1", "read", args{"conn", "c", "size", 1, "within", within}),
			s.begin("n1", "count", args{"port", 9000, "most", 1, "within", within}),
		}
		s.pass(50 * time.Millisecond)
		fault := s.clock("n1", 1, jump)
		for i, id := range calls {
			r := s.end(id)
			if i > 0 {
				s.wantField(r.Value, "why", "timeout")
			}
			if took := r.At - start; took < within || took > 5*time.Second || !s.live && took != within {
				s.Errorf("wait %d of %v took %v, with a jump of %v", i, within, took, jump)
			}
		}
		s.want("", "n2", "write", "conn", "c", "data", "x")
		s.wantField(s.call("n1", "read", "conn", "c", "size", 1, "within", 5*time.Second), "data", "x")
		s.do(engine.Heal{Fault: fault})
	}
}

func clockFaultsAddUp(s *stage) {
	s.add("timekeeper", nil, "n1")
	s.pass(10 * time.Millisecond)
	first := s.ahead("n1")
	forward, back := s.clock("n1", 1, 2*time.Hour), s.clock("n1", 1, -30*time.Minute)
	s.wantAbout("two offsets", s.ahead("n1")-first, 90*time.Minute)
	s.do(engine.Heal{Fault: forward})
	s.wantAbout("one of two offsets", s.ahead("n1")-first, -30*time.Minute)
	s.do(engine.Heal{Fault: back})
	s.wantAbout("both healed", s.ahead("n1")-first, 0)

	fast, slow := s.clock("n1", 100, 0), s.clock("n1", 0.5, 0)
	begin := s.Now()
	s.pass(100 * time.Millisecond)
	s.do(engine.Heal{Fault: fast}, engine.Heal{Fault: slow})
	gained := s.ahead("n1") - first
	s.wantAbout("speed 50 for a while", gained, 49*(s.Now()-begin))
	s.pass(100 * time.Millisecond)
	s.wantAbout("what was gained, after the heal", s.ahead("n1")-first, gained)
	if n := s.Touched(fast); n != 0 {
		s.Errorf("a fault of a clock has touched %d messages", n)
	}
}

// clockThroughACrash keeps both what a clock has gained and how it goes.
func clockThroughACrash(s *stage) {
	s.add("timekeeper", nil, "n1")
	s.pass(10 * time.Millisecond)
	first := s.ahead("n1")
	fast, begin := s.clock("n1", 100, 0), s.Now()
	s.pass(100 * time.Millisecond)
	s.do(engine.Crash{Node: "n1"})
	s.pass(50 * time.Millisecond)
	s.do(s.restart("n1"))
	s.wantAbout("after a restart", s.ahead("n1")-first, 99*(s.Now()-begin))
	s.do(engine.Heal{Fault: fast})
	gained := s.ahead("n1") - first
	s.clock("n1", 1, -time.Hour)
	s.wantAbout("an offset on top of it", s.ahead("n1")-first, gained-time.Hour)
	s.do(engine.Crash{Node: "n1"}, s.restart("n1"))
	s.wantAbout("after one more restart", s.ahead("n1")-first, gained-time.Hour)
}

// clockAtStart is a node that has never run by a true clock.
func clockAtStart(s *stage) {
	s.add("timekeeper", nil, "n0")
	s.pass(10 * time.Millisecond)
	s.add("timekeeper", nil, "n1")
	s.clock("n1", 1, 3*time.Hour)
	s.wantAbout("from the start", s.ahead("n1")-s.ahead("n0"), 3*time.Hour)
}

// elapsedTime goes by the speed of the clock and by no jump, goes on in a pause, and begins anew with each incarnation.
func elapsedTime(s *stage) {
	s.add("timekeeper", nil, "n1")
	s.pass(10 * time.Millisecond)
	elapsed := func() time.Duration { return s.call("n1", "elapsed").(time.Duration) }
	first := elapsed() - s.Now()
	jump := s.clock("n1", 1, time.Hour)
	s.wantAbout("an hour ahead", elapsed()-s.Now(), first)
	s.do(engine.Heal{Fault: jump})
	s.wantAbout("after the jump back", elapsed()-s.Now(), first)

	s.do(engine.Pause{Node: "n1"})
	s.pass(100 * time.Millisecond)
	s.do(engine.Resume{Node: "n1"})
	s.wantAbout("after a pause", elapsed()-s.Now(), first)

	fast, begin := s.clock("n1", 100, 0), s.Now()
	s.pass(100 * time.Millisecond)
	s.do(engine.Heal{Fault: fast})
	s.wantAbout("speed 100 for a while", elapsed()-s.Now()-first, 99*(s.Now()-begin))
	s.do(engine.Crash{Node: "n1"}, s.restart("n1"))
	s.wantAbout("in the next incarnation", elapsed(), 0)
}

func clockInTheTrace(s *stage) {
	s.add("probe", nil, "n1")
	s.pass(10 * time.Millisecond)
	fault := s.clock("n1", 2, time.Second)
	s.pass(10 * time.Millisecond)
	s.do(engine.Heal{Fault: fault})
	s.pass(10 * time.Millisecond)
	var seen []value.Fields
	for _, e := range s.Events(trace.Filter{All: true, Node: "n1", Name: "clock"}) {
		if e.Class != value.ClassFault {
			s.Errorf("event %+v is not of the faults", e)
		}
		seen = append(seen, e.Fields)
	}
	want := []value.Fields{
		args{"speed", 2.0, "offset", time.Second}.fields(), args{"speed", 1.0, "offset", time.Duration(0)}.fields(),
	}
	if len(seen) != 2 || !value.Equal(seen[0], want[0]) || !value.Equal(seen[1], want[1]) {
		s.Errorf("the clock in the trace: %v, want %v", seen, want)
	}
}
