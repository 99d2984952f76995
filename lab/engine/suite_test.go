package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// stories must come out the same in both engines. What they expect is written once.
var stories = []struct {
	name string
	tell func(*stage)
}{
	{"a dial connects and bytes pass both ways", dial},
	{"a port where nobody listens refuses", refuse},
	{"a cut meets a dial with silence", silence},
	{"a dial during a cut connects after the heal", dialThroughCut},
	{"half a connection can be closed", halfClose},
	{"a reset ends both ends", reset},
	{"a reset of a link ends its streams", resetLink},
	{"a refusal answers dials, streams and nothing else at once until it is healed", refusal},
	{"a dial under way is refused when a refusal begins", refusalMidDial},
	{"no byte of a stream is lost in a cut", cutMidStream},
	{"a crash loses what was not synced and nothing else", crashDisk},
	{"the end of a process alone keeps what was written", killedDisk},
	{"a node knows all others in the order of adding", allNodes},
	{"a crash resets the peer's connections and refuses dials", crashConns},
	{"a cut hides a crash", crashBehindCut},
	{"calls of a paused node wait and its timers fire at the resume", pause},
	{"a full queue drops datagrams", queueDatagrams},
	{"a full queue holds a stream back", queueStream},
	{"the largest datagram arrives and a larger one is refused", largest},
	{"loss takes its share of datagrams", loss},
	{"a one-way cut stops one way and counts what it met", oneWay},
	{"a handshake and a request take two round trips", roundTrips},
	{"a call ends ok, failed or unknown", outcomes},
	{"a call is unknown when its node crashes and failed afterwards", callOfCrashed},
	{"an error of Run is a failure", failure},
	{"a panic is a failure with a stack", panicking},
	{"a function of a script computes the same where it was sent", sentFunction},
	{"objects die with their incarnation", objects},
	{"events come in order", events},
	{"run stops at its time or at a reply it was told of", waking},
	{"changes of an instant come before its calls", instant},
	{"a healed link is as before", healing},
	{"the built-in kinds talk to each other", builtin},
	{"faults are in the trace", faults},
	{"calls and connections are in the full trace", callsAndConns},
	{"a call is told the same by both engines however large it is", largeCalls},
	{"a node paused as it starts is ready before that and fills its backlog", pauseAtStart},
	{"a node crashed as it starts was ready before that", crashAtStart},
	{"nodes that start together can dial each other at once", eager},
	{"a deadline that passes in a pause is met at the resume", deadlineInPause},
	{"a node whose Run has returned still answers", returned},
	{"a node may dial itself", dialSelf},
	{"each incarnation draws numbers of its own", draws},
	{"an event that the kind does not list is the node's failure", unlisted},
	{"a message that the kind does not list is the node's failure", unlistedMessage},
	{"no event of a flood is lost", floodOfEvents},
	{"a datagram to a port that nobody has opened vanishes", closedPort},
	{"a datagram that is larger than the MTU vanishes", overMTU},
	{"what was under way when its sender crashed arrives before the reset", lastWords},
	{"what was under way when its sender reset arrives before the reset", resetBehindBytes},
	{"closing with unread bytes is a reset", closeUnread},
	{"a connection is idle until something arrives", idleConns},
	{"datagrams under way outlive their sender", datagramsOfTheDead},
	{"datagrams under way reach the next incarnation", datagramsForTheNext},
	{"datagrams to nobody meet the link", datagramsToNobody},
	{"a restart behind a cut is a reset after the heal", cutCrashRestartHeal},
	{"the crash of a paused node resets its backlog", pausedBacklogReset},
	{"a paused node holds a writer back", floodOfPaused},
	{"calls that make no sense come out alike", oddCalls},
	{"a timer under way follows its node's clock", timerUnderSpeed},
	{"a wait under way follows its node's clock", waitsUnderSpeed},
	{"a clock that jumps ends no wait", jumpOfTheClock},
	{"faults of one clock add up and each heal takes back its own", clockFaultsAddUp},
	{"a clock outlives its node", clockThroughACrash},
	{"a node starts by its own clock", clockAtStart},
	{"the time that elapses follows the speed of a clock", elapsedTime},
	{"faults of clocks are in the trace", clockInTheTrace},
	{"an event that is watched ends the run", wakingAtEvents},
	{"an event of the present instant ends the run", wakingAtOnce},
	{"messages are recorded as they are sent", sentMessages},
	{"a component that emits without end ends the run, by name", endlessEvents},
	{"faults without end end the run, and are the script's", endlessFaults},
	{"bursts of loss take their share of datagrams", burstLoss},
	{"a node takes a new configuration while it runs", configuring},
	{"open connections are told by both their ends", openConnections},
	{"a connection has the settings of its node when it is opened", settingsOfTCP},
	{"a sync takes in sim what the disk was told and no longer in live", slowDisks},
}

func TestSuite(t *testing.T) {
	h := newHost(t)
	for _, story := range stories {
		t.Run(strings.ReplaceAll(story.name, " ", "_"), func(t *testing.T) {
			noted := map[bool]map[string]any{}
			for _, live := range []bool{false, true} {
				t.Run(engineName(live), func(t *testing.T) {
					s := newStage(t, h, live)
					story.tell(s)
					noted[live] = s.noted
				})
			}
			if t.Failed() || len(noted) < 2 {
				return
			}
			if diff := cmp.Diff(noted[false], noted[true]); diff != "" {
				t.Errorf("the engines differ (- sim, + live):\n%s", diff)
			}
		})
	}
}

func dial(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	s.want("", "n2", "write", "conn", "c", "data", "there")
	s.wantField(s.call("n1", "read", "conn", "c", "size", 5), "data", "there")
	s.want("", "n1", "write", "conn", "c", "data", "and back")
	s.wantField(s.call("n2", "read", "conn", "c", "size", 8), "data", "and back")
	s.want("", "n2", "end", "conn", "c", "how", "close")
	s.wantField(s.call("n1", "read", "conn", "c", "size", 1), "why", "eof")
	s.want("closed", "n2", "write", "conn", "c", "data", "more")
	s.want("in use", "n1", "listen", "port", 8000)
}

func refuse(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.links("n1", "n2", engine.Patch{"latency": latency(10 * time.Millisecond)})
	answer := s.call("n2", "dial", "to", value.Addr("n1:8000"), "name", "c")
	s.wantField(answer, "why", "refused")
	if took := field[time.Duration](s, answer, "lasted"); took < 20*time.Millisecond {
		s.Errorf("refused after %v, want a round trip of 20ms at least", took)
	}
	s.wantField(s.call("n2", "dial", "to", value.Addr("n9:8000"), "name", "c"), "why", "no node")
}

func silence(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.want("", "n1", "listen", "port", 8000)
	s.cut("n1", "n2")
	answer := s.call("n2", "dial", "to", value.Addr("n1:8000"), "name", "c", "within", 300*time.Millisecond)
	s.wantField(answer, "why", "timeout")
	if took := field[time.Duration](s, answer, "lasted"); took < 300*time.Millisecond {
		s.Errorf("a timeout of 300ms after %v", took)
	}
}

func dialThroughCut(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.want("", "n1", "listen", "port", 8000)
	cut := s.cut("n1", "n2")
	dialing := s.begin("n2", "dial", args{"to", value.Addr("n1:8000"), "name", "c"})
	s.pass(200 * time.Millisecond)
	s.do(engine.Heal{Fault: cut})
	answer := s.end(dialing).Value
	s.wantField(answer, "why", "")
	if took := field[time.Duration](s, answer, "lasted"); took < time.Second {
		s.Errorf("connected after %v, want the retransmission of the SYN after 1s", took)
	}
}

func halfClose(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	s.want("", "n2", "write", "conn", "c", "data", "last words")
	s.want("", "n2", "end", "conn", "c", "how", "close_write")
	heard := s.call("n1", "read", "conn", "c", "size", 100)
	s.wantField(heard, "data", "last words")
	s.wantField(heard, "why", "eof")
	s.want("", "n1", "write", "conn", "c", "data", "late answer")
	s.want("", "n1", "end", "conn", "c", "how", "close")
	heard = s.call("n2", "read", "conn", "c", "size", 100)
	s.wantField(heard, "data", "late answer")
	s.wantField(heard, "why", "eof")
}

func reset(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	reading := s.begin("n1", "read", args{"conn", "c", "size", 1})
	s.want("", "n2", "end", "conn", "c", "how", "reset")
	s.wantField(s.end(reading).Value, "why", "reset")
	s.wantField(s.call("n2", "read", "conn", "c", "size", 1), "why", "closed")
}

func resetLink(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	r1, r2 := s.begin("n1", "read", args{"conn", "c", "size", 1}), s.begin("n2", "read", args{"conn", "c", "size", 1})
	s.pass(10 * time.Millisecond)
	s.do(engine.Reset{A: "n2", B: "n1"})
	s.wantField(s.end(r1).Value, "why", "reset")
	s.wantField(s.end(r2).Value, "why", "reset")
	s.wantField(s.call("n2", "dial", "to", value.Addr("n1:8000"), "name", "d"), "why", "")
}

func cutMidStream(s *stage) {
	const size = 256 << 10
	s.add("probe", nil, "n1", "n2")
	s.links("n1", "n2", engine.Patch{
		"latency": latency(time.Millisecond), "rate": 20 * link.Mbit, "queue": int64(20_000),
	})
	s.connect("n1", "n2", 8000)
	writing := s.begin("n2", "flood", args{"conn", "c", "size", size})
	reading := s.begin("n1", "drink", args{"conn", "c", "size", size})
	s.pass(30 * time.Millisecond)
	cut := s.cut("n1", "n2")
	s.pass(300 * time.Millisecond)
	if r, done := s.replies[reading]; done {
		s.Fatalf("the stream went on through the cut: %+v", r)
	}
	if s.Touched(cut) == 0 {
		s.Error("the cut has met nothing")
	}
	s.do(engine.Heal{Fault: cut})
	drunk := s.end(reading).Value
	s.wantField(drunk, "size", size)
	s.wantField(drunk, "why", "")
	if r := s.end(writing); r.Value != "" {
		s.Errorf("flood: %+v", r)
	}
}

func crashDisk(s *stage) {
	s.add("probe", nil, "n1")
	s.want("", "n1", "put", "file", "kept", "data", "synced")
	s.want("", "n1", "put", "file", "half", "data", "old")
	s.want("", "n1", "put", "file", "half", "data", "new", "sync", false)
	s.want("", "n1", "put", "file", "lost", "data", "never synced", "sync", false)
	s.want("new", "n1", "get", "file", "half")
	s.do(engine.Crash{Node: "n1"})
	s.do(s.restart("n1"))
	s.want("synced", "n1", "get", "file", "kept")
	s.want("old", "n1", "get", "file", "half")
	s.want("", "n1", "get", "file", "lost")
}

func crashConns(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.links("n1", "n2", engine.Patch{"latency": latency(10 * time.Millisecond)})
	s.connect("n1", "n2", 8000)
	reading := s.begin("n2", "read", args{"conn", "c", "size", 1})
	s.pass(10 * time.Millisecond)
	crashed := s.Now()
	s.do(engine.Crash{Node: "n1"})
	r := s.end(reading)
	s.wantField(r.Value, "why", "reset")
	if r.At-crashed < 10*time.Millisecond {
		s.Errorf("reset %v after the crash, want the link's latency of 10ms at least", r.At-crashed)
	}
	s.wantField(s.call("n2", "dial", "to", value.Addr("n1:8000"), "name", "d"), "why", "refused")
	if len(s.failures) > 0 {
		s.Errorf("a crash that was asked for is a failure: %+v", s.failures)
	}
}

func crashBehindCut(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	s.do(engine.Crash{Node: "n1"})
	cut := s.cut("n1", "n2") // of the same instant: links change before nodes
	heard := s.call("n2", "read", "conn", "c", "size", 1, "within", 300*time.Millisecond)
	s.wantField(heard, "why", "timeout")
	s.do(engine.Heal{Fault: cut})
}

func pause(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.connect("n1", "n2", 8000)
	s.call("n1", "alarm", "d", 50*time.Millisecond)
	s.do(engine.Pause{Node: "n1"})
	waiting := s.begin("n1", "get", args{"file", "f"})
	s.want("", "n2", "write", "conn", "c", "data", "patience") // the transport goes on
	s.pass(200 * time.Millisecond)
	if r, done := s.replies[waiting]; done {
		s.Errorf("a paused node has answered: %+v", r)
	}
	if got := s.Events(trace.Filter{Name: "alarmed"}); len(got) > 0 {
		s.Errorf("a timer of a paused node has fired: %v", got)
	}
	resumed := s.Now()
	s.do(engine.Resume{Node: "n1"})
	if r := s.end(waiting); r.Status != engine.OK || r.At < resumed || r.Took < 200*time.Millisecond {
		s.Errorf("the call that waited: %+v, want it OK after the resume at %v", r, resumed)
	}
	s.eventually("the timer fires", func() bool { return len(s.Events(trace.Filter{Name: "alarmed"})) == 1 })
	if e := s.Events(trace.Filter{Name: "alarmed"})[0]; e.At < resumed {
		s.Errorf("the timer fired at %v, before the resume at %v", e.At, resumed)
	}
	s.wantField(s.call("n1", "read", "conn", "c", "size", 8), "data", "patience")
}

func loss(s *stage) {
	s.add("probe", nil, "n1", "n2")
	fault := s.links("n1", "n2", engine.Patch{"loss": 0.5})
	s.want("", "n1", "bind", "port", 9000)
	s.want("", "n2", "bind", "port", 9001)
	s.want("", "n2", "send", "port", 9001, "to", value.Addr("n1:9000"), "size", 100, "times", 200)
	got := field[int64](s, s.call("n1", "count", "port", 9000, "most", 200, "within", 500*time.Millisecond), "count")
	if got < 60 || got > 140 {
		s.Errorf("%d of 200 datagrams came through a loss of one half", got)
	}
	s.note("came", got) // the same seed draws the same fates
	if n := s.Touched(fault); n != 200 {
		s.Errorf("the fault has met %d datagrams, want 200", n)
	}
}

func oneWay(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.do(engine.Cut{Fault: 9, Links: []engine.Pair{{From: "n2", To: "n1"}}})
	s.want("", "n1", "bind", "port", 9000)
	s.want("", "n2", "bind", "port", 9000)
	s.want("", "n2", "send", "port", 9000, "to", value.Addr("n1:9000"), "size", 100, "times", 5)
	s.want("", "n1", "send", "port", 9000, "to", value.Addr("n2:9000"), "size", 100, "times", 5)
	s.wantField(s.call("n2", "count", "port", 9000, "most", 5, "within", 5*time.Second), "count", 5)
	s.wantField(s.call("n1", "count", "port", 9000, "most", 1, "within", 200*time.Millisecond), "count", 0)
	if n := s.Touched(9); n != 5 {
		s.Errorf("the cut has met %d datagrams, want 5", n)
	}
	s.do(engine.Heal{Fault: 9})
	s.want("", "n2", "send", "port", 9000, "to", value.Addr("n1:9000"), "size", 100)
	s.wantField(s.call("n1", "count", "port", 9000, "most", 1, "within", 5*time.Second), "count", 1)
	if n := s.Touched(9); n != 5 {
		s.Errorf("the healed cut has met %d datagrams, want 5", n)
	}
}

func roundTrips(s *stage) {
	const oneWay = 20 * time.Millisecond
	s.do(engine.SetDefault{Patch: engine.Patch{"latency": latency(oneWay)}})
	s.add("probe", nil, "n1", "n2")
	s.want("", "n1", "listen", "port", 8000)
	accepting := s.begin("n1", "accept", args{"port", 8000, "name", "c"})
	start := s.Now()
	answer := s.call("n2", "dial", "to", value.Addr("n1:8000"), "name", "c")
	s.wantField(answer, "peer", "n1:8000")
	if took := field[time.Duration](s, answer, "lasted"); took < 2*oneWay {
		s.Errorf("the handshake took %v, want %v at least", took, 2*oneWay)
	}
	s.want("", "n2", "write", "conn", "c", "data", "?")
	s.end(accepting)
	s.wantField(s.call("n1", "read", "conn", "c", "size", 1), "data", "?")
	s.want("", "n1", "write", "conn", "c", "data", "!")
	s.wantField(s.call("n2", "read", "conn", "c", "size", 1), "data", "!")
	took := s.Now() - start
	if took < 4*oneWay {
		s.Errorf("a handshake and a request took %v, want %v at least", took, 4*oneWay)
	}
	if !s.live && took > 4*oneWay+time.Millisecond {
		s.Errorf("a handshake and a request took %v in virtual time, want %v", took, 4*oneWay)
	}
}

func healing(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.want("", "n1", "listen", "port", 8000)
	fault := s.links("n1", "n2", engine.Patch{"latency": latency(300 * time.Millisecond)})
	slow := s.call("n2", "dial", "to", value.Addr("n1:8000"), "name", "c")
	s.do(engine.Heal{Fault: fault})
	fast := s.call("n2", "dial", "to", value.Addr("n1:8000"), "name", "d")
	took1, took2 := field[time.Duration](s, slow, "lasted"), field[time.Duration](s, fast, "lasted")
	if took1 < 600*time.Millisecond || took2 >= took1 {
		s.Errorf("dials took %v with 300ms of latency and %v without", took1, took2)
	}
}
