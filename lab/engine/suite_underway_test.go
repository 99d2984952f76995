package engine_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/sdk/value"
)

func lastWords(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.links("n1", "n2", engine.Patch{"latency": latency(50 * time.Millisecond)})
	s.connect("n1", "n2", 8000)
	s.pass(60 * time.Millisecond) // n1 may send when the end of the handshake has come; in live it has accepted before
	s.want("", "n1", "write", "conn", "c", "data", "last words")
	s.pass(20 * time.Millisecond) // in live the kernel's hands are between the node and the link
	s.do(engine.Crash{Node: "n1"})
	heard := s.call("n2", "read", "conn", "c", "size", 100)
	s.wantField(heard, "data", "last words")
	s.wantField(heard, "why", "reset")
}

func resetBehindBytes(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.links("n1", "n2", engine.Patch{"latency": latency(50 * time.Millisecond)})
	s.connect("n1", "n2", 8000)
	s.want("", "n2", "write", "conn", "c", "data", "last words")
	s.pass(20 * time.Millisecond)
	s.want("", "n2", "end", "conn", "c", "how", "reset")
	heard := s.call("n1", "read", "conn", "c", "size", 100)
	s.wantField(heard, "data", "last words")
	s.wantField(heard, "why", "reset")
}

func closeUnread(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	s.want("", "n1", "write", "conn", "c", "data", "never read")
	s.pass(50 * time.Millisecond)
	s.want("", "n2", "end", "conn", "c", "how", "close")
	s.wantField(s.call("n1", "read", "conn", "c", "size", 1), "why", "reset")
}

func idleConns(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.want("", "n1", "listen", "port", 8000)
	for _, how := range []string{"write", "close_write", "close", "reset"} {
		accepted := s.begin("n1", "accept", args{"port", 8000, "name", how})
		s.wantField(s.call("n2", "dial", "to", value.Addr("n1:8000"), "name", how), "why", "")
		s.end(accepted)
		s.pass(20 * time.Millisecond)
		s.want(true, "n1", "idle", "conn", how)
		if how == "write" {
			s.want("", "n2", "write", "conn", how, "data", "x")
		} else {
			s.want("", "n2", "end", "conn", how, "how", how)
		}
		s.eventually(how+" arrives", func() bool { return s.call("n1", "idle", "conn", how) == false })
	}
	s.wantField(s.call("n1", "read", "conn", "write", "size", 1), "data", "x")
	s.want(true, "n1", "idle", "conn", "write")
	s.want("", "n1", "end", "conn", "write", "how", "close")
	s.want(false, "n1", "idle", "conn", "write")
}

func datagramsOfTheDead(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.links("n1", "n2", engine.Patch{"latency": latency(200 * time.Millisecond)})
	s.want("", "n1", "bind", "port", 9000)
	s.want("", "n2", "bind", "port", 9000)
	s.want("", "n1", "send", "port", 9000, "to", value.Addr("n2:9000"), "size", 100, "times", 3)
	s.pass(50 * time.Millisecond)
	s.do(engine.Crash{Node: "n1"})
	got := s.call("n2", "count", "port", 9000, "most", 3, "within", 5*time.Second)
	s.wantField(got, "count", 3)
	s.wantField(got, "src", "n1:9000")
}

func datagramsForTheNext(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.links("n1", "n2", engine.Patch{"latency": latency(2 * time.Second)}) // a process starts meanwhile, on a busy machine too
	s.want("", "n1", "bind", "port", 9000)
	s.want("", "n2", "bind", "port", 9000)
	s.want("", "n2", "send", "port", 9000, "to", value.Addr("n1:9000"), "size", 100)
	s.pass(20 * time.Millisecond)
	s.do(engine.Crash{Node: "n1"}, s.restart("n1"))
	s.want("", "n1", "bind", "port", 9000)
	s.wantField(s.call("n1", "count", "port", 9000, "most", 1, "within", 5*time.Second), "count", 1)
}

// datagramsToNobody are sent to a port that is not open, to a node that has crashed, and to a port that opens later:
// all meet the link, only the last ones arrive.
func datagramsToNobody(s *stage) {
	s.add("probe", nil, "n1", "n2")
	fault := s.links("n1", "n2", engine.Patch{"latency": latency(time.Millisecond)})
	s.want("", "n1", "bind", "port", 9000)
	send := func(met int64) {
		s.want("", "n1", "send", "port", 9000, "to", value.Addr("n2:9999"), "size", 100, "times", 5)
		s.eventually("the link meets them", func() bool { return s.Touched(fault) == met })
	}
	send(5)
	s.do(engine.Crash{Node: "n2"})
	send(10)
	s.do(s.restart("n2"))
	s.want("", "n2", "bind", "port", 9999)
	send(15)
	s.wantField(s.call("n2", "count", "port", 9999, "most", 5, "within", 5*time.Second), "count", 5)
}

func cutCrashRestartHeal(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	cut := s.cut("n1", "n2")
	s.do(engine.Crash{Node: "n1"}, s.restart("n1"))
	s.want("", "n1", "listen", "port", 8000)
	s.want("", "n2", "write", "conn", "c", "data", "to whom?")
	s.pass(100 * time.Millisecond)
	s.do(engine.Heal{Fault: cut})
	s.wantField(s.call("n2", "read", "conn", "c", "size", 1, "within", 15*time.Second), "why", "reset")
	s.wantField(s.call("n2", "dial", "to", value.Addr("n1:8000"), "name", "d"), "why", "")
}

func pausedBacklogReset(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.want("", "n1", "listen", "port", 8000)
	s.do(engine.Pause{Node: "n1"})
	s.wantField(s.call("n2", "dial", "to", value.Addr("n1:8000"), "name", "c"), "why", "")
	s.do(engine.Crash{Node: "n1"})
	s.wantField(s.call("n2", "read", "conn", "c", "size", 1, "within", 5*time.Second), "why", "reset")
	s.do(s.restart("n1"))
	s.want("", "n1", "listen", "port", 8000)
	s.wantField(s.call("n2", "dial", "to", value.Addr("n1:8000"), "name", "d"), "why", "")
}

func floodOfPaused(s *stage) {
	const size = 4 << 20 // more than the transport takes in for a reader who does not read
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	s.do(engine.Pause{Node: "n1"})
	flooding := s.begin("n2", "flood", args{"conn", "c", "size", 16 * size})
	s.pass(300 * time.Millisecond)
	if r, done := s.replies[flooding]; done {
		s.Errorf("64 MiB have gone to a node that does not read: %+v", r)
	}
	s.do(engine.Resume{Node: "n1"})
	for range 16 {
		s.wantField(s.call("n1", "read", "conn", "c", "size", size, "within", 15*time.Second), "size", size)
	}
	if r := s.end(flooding); r.Value != "" {
		s.Errorf("the flood: %+v", r)
	}
}

func oddCalls(s *stage) {
	s.add("tcp-echo", nil, "echo")
	s.add("probe", nil, "n1")
	outcomes, _ := s.call("n1", "odd", "echo", "echo").([]any)
	if len(outcomes) < 50 {
		s.Errorf("only %d outcomes: %v", len(outcomes), outcomes)
	}
	var lines []string
	for _, o := range outcomes {
		lines = append(lines, fmt.Sprint(o))
	}
	s.note("outcomes", strings.Join(lines, "\n"))
}
