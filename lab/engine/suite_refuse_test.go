package engine_test

import (
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/value"
)

// apart brings on a refusal of one link, which means both of its directions.
func (s *stage) apart(a, b string) engine.FaultID {
	s.Helper()
	s.faults++
	s.do(engine.Refuse{Fault: s.faults, Links: []engine.Pair{{From: a, To: b}}})
	return s.faults
}

func refusal(s *stage) {
	const oneWay = 10 * time.Millisecond
	s.do(engine.SetDefault{Patch: engine.Patch{"latency": latency(oneWay)}})
	s.add("probe", nil, "n1", "n2", "n3")
	s.connect("n1", "n2", 8000)
	s.want("", "n2", "listen", "port", 8000)
	s.want("", "n1", "bind", "port", 9000)
	s.want("", "n2", "bind", "port", 9000)
	dial := func(why, from, to string) {
		s.Helper()
		answer := s.call(from, "dial", "to", value.Addr(to+":8000"), "name", "d", "within", time.Second)
		s.wantField(answer, "why", why)
		if took := field[time.Duration](s, answer, "lasted"); why == "refused" && (took < 2*oneWay || !s.live && took > 2*oneWay) {
			s.Errorf("refused after %v, want a round trip of %v", took, 2*oneWay)
		}
	}
	pass := func(want int) {
		s.Helper()
		for _, way := range [][2]string{{"n1", "n2"}, {"n2", "n1"}} {
			s.want("", way[0], "send", "port", 9000, "to", value.Addr(way[1]+":9000"), "size", 100, "times", 3)
			s.wantField(s.call(way[1], "count", "port", 9000, "most", 3, "within", 200*time.Millisecond), "count", want)
		}
	}
	r1, r2 := s.begin("n1", "read", args{"conn", "c", "size", 1}), s.begin("n2", "read", args{"conn", "c", "size", 1})
	s.pass(oneWay)
	first := s.apart("n2", "n1")
	s.wantField(s.end(r1).Value, "why", "reset")
	s.wantField(s.end(r2).Value, "why", "reset")
	dial("refused", "n1", "n2")
	dial("refused", "n2", "n1")
	dial("", "n3", "n1")
	pass(0)
	if n := s.Touched(first); n < 8 {
		s.Errorf("the refusal has met %d, want two dials and six datagrams at least", n)
	}
	second, cut := s.apart("n1", "n2"), s.cut("n1", "n2")
	s.do(engine.Heal{Fault: first})
	dial("timeout", "n2", "n1") // a cut is silent
	s.do(engine.Heal{Fault: cut})
	dial("refused", "n2", "n1")
	s.do(engine.Heal{Fault: second})
	dial("", "n2", "n1")
	dial("", "n1", "n2")
	pass(3)
	if own := s.Links().Own; len(own) > 0 {
		s.Errorf("links after the heal: %v, want none that is not as the others", own)
	}
	var told []string
	for _, e := range s.Events(trace.Filter{All: true, Node: "n1"}) {
		if e.Class == value.ClassFault {
			told = append(told, e.Name)
		}
	}
	if want := strings.Fields("refused reset refused reset cut healed healed healed"); !slices.Equal(told, want) {
		s.Errorf("n1 is told of %q, want %q", told, want)
	}
}

func refusalMidDial(s *stage) {
	const oneWay = 100 * time.Millisecond
	s.do(engine.SetDefault{Patch: engine.Patch{"latency": latency(oneWay)}})
	s.add("probe", nil, "n1", "n2")
	s.want("", "n1", "listen", "port", 8000)
	for _, under := range []time.Duration{oneWay / 2, oneWay + oneWay/2} { // the question, the answer
		dialing := s.begin("n2", "dial", args{"to", value.Addr("n1:8000"), "name", "c"})
		s.pass(under)
		fault := s.apart("n1", "n2")
		s.wantField(s.end(dialing).Value, "why", "refused")
		s.do(engine.Heal{Fault: fault})
	}
}
