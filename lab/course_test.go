package lab_test

import (
	"slices"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/story"
)

const failing = `
def test_x(lab):
    echo, other = lab.add("udp-echo", port = 7), lab.add("udp-echo", name = "other")
    client = lab.add("client")
    lab.network(latency = 5*ms)
    socket = client.socket()
    socket.send(echo.addr, "a")
    check(socket.receive(timeout = 1*s).data == "Echo: a")
    cut = lab.cut(client, echo)
    socket.send(echo.addr, "bc")
    lab.sleep(20*ms); lab.eventually(lambda: cut.touched == 1, within = 5*s)
    cut.heal()
    echo.crash()
    socket.send(echo.addr, "def")
    socket.send(other.addr, "later"); check(socket.receive(timeout = 5*s).ok)
    check(echo.state == "running")
`

// A story says what became of each packet, under which faults, and where in the script calls and faults stand.
func TestAStoryTellsTheCourseOfARun(t *testing.T) {
	path := scriptFile(t, failing)
	for _, engine := range []string{"sim", "live"} {
		report, err := lab.Run(t.Context(), builtins(t), lab.Options{Targets: []string{path}, Engine: engine})
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Sweeps) != 1 || len(report.Sweeps[0].Failures) != 1 || report.Sweeps[0].Failures[0].Run.Story == nil {
			t.Fatalf("%s: %+v", engine, report.Sweeps[0])
		}
		s := report.Sweeps[0].Failures[0].Run.Story
		if s.Causes != (engine == "sim") || !slices.Equal(s.Nodes, []string{"udp-echo", "other", "client"}) {
			t.Errorf("%s: causes %v, nodes %q", engine, s.Causes, s.Nodes)
		}
		checkSpans(t, engine, s.Spans)
		checkPackets(t, engine, s)
		checkLines(t, engine, s.Moments)
		checkUndelivered(t, engine, s)
		checkCauses(t, s)
	}
}

// checkCauses wants each cause at the node that it has moved, no later than its effect: something that the node did, or a
// packet that had come to it. What the node has sent itself can have an effect there by a timer only.
func checkCauses(t *testing.T, s *result.Story) {
	t.Helper()
	rows := map[uint64]story.Row{}
	for _, row := range story.Rows(s) {
		node, at := row.Nodes(), row.Time()
		if rows[row.ID()] = row; row.Why().Cause == 0 {
			continue
		}
		from, ok := rows[row.Why().Cause]
		early := func(arrives time.Duration) bool { return arrives <= at }
		came := ok && from.Packet != nil && from.To == node[0] && slices.ContainsFunc(from.Arrives, early)
		did := ok && from.Nodes()[0] == node[0] && (from.Moment != nil || row.Why().Timer)
		if !came && !did {
			t.Errorf("%v %s at %s follows from %v %s", node, row.Text(), at, from.Nodes(), from.Text())
		}
	}
}

func checkSpans(t *testing.T, engine string, spans []result.Span) {
	t.Helper()
	if len(spans) != 2 || spans[0].Pos.Line != 9 || len(spans[0].Links) != 2 || spans[0].To <= spans[0].From ||
		spans[1].Pos.Line != 13 || !slices.Equal(spans[1].Nodes, []string{"udp-echo"}) || spans[1].To != 0 {
		t.Errorf("%s: spans %+v, want a cut with its end and a crash without", engine, spans)
	}
}

// checkPackets wants the question and the answer, what the cut has swallowed, and what the crash has made vain beside a later
// question and its answer. In sim the answer follows from the
// question, and the question from a call.
func checkPackets(t *testing.T, engine string, s *result.Story) {
	t.Helper()
	var datagrams []result.Packet
	for _, p := range s.Packets {
		if p.Kind == "datagram" {
			datagrams = append(datagrams, p)
		}
	}
	if len(datagrams) != 6 {
		t.Fatalf("%s: datagrams %+v, want 6", engine, datagrams)
	}
	question, answer, lost := datagrams[0], datagrams[1], datagrams[2]
	if string(question.Data) != "a" || question.Port != 7 || len(question.Arrives) != 1 || answer.To != "client" || answer.Source != 7 {
		t.Errorf("%s: question %+v, answer %+v", engine, question, answer)
	}
	if lost.Lost != "cut" || lost.Size != 2 || len(lost.Arrives) != 0 || lost.Sent < s.Spans[0].From {
		t.Errorf("%s: %+v, want it lost by the cut", engine, lost)
	}
	if s.Causes && (answer.Cause != question.Number || !isCall(s, question.Cause)) {
		t.Errorf("the answer follows from %d, want %d; the question from %d, want a call", answer.Cause, question.Number, question.Cause)
	}
}

// checkUndelivered wants to be told that what has arrived at the crashed node was received by nobody.
func checkUndelivered(t *testing.T, engine string, s *result.Story) {
	t.Helper()
	var told []string
	for _, m := range s.Moments {
		if m.Name == "undelivered" {
			told = append(told, m.Node+" "+m.Fields[1].Value+" "+m.Fields[2].Value)
		}
	}
	if !slices.Equal(told, []string{"udp-echo 7 3"}) {
		t.Errorf("%s: undelivered %q, want the datagram of 3 bytes to port 7", engine, told)
	}
}

func isCall(s *result.Story, number uint64) bool {
	return slices.ContainsFunc(s.Moments, func(m result.Moment) bool { return m.Number == number && m.Name == "called" })
}

// checkLines wants the lines of all that the script has done.
func checkLines(t *testing.T, engine string, moments []result.Moment) {
	t.Helper()
	var lines []int
	for _, m := range moments {
		if m.Pos != nil {
			lines = append(lines, m.Pos.Line)
		}
	}
	if want := []int{6, 7, 8, 9, 9, 10, 12, 12, 13, 14, 15, 15}; !slices.Equal(lines, want) {
		t.Errorf("%s: lines %v, want %v", engine, lines, want)
	}
}

const talking = `
def test_x(lab):
    a, b, client = lab.add("tcp-echo", name = "a"), lab.add("tcp-echo", name = "b"), lab.add("client")
    lab.network(latency = 10*ms)
    to_a, to_b = client.dial(a), client.dial(b)
    lab.cut(client, b)
    to_b.send("to b")
    to_a.send("to a\n")
    check(to_a.read_line() == "Echo: to a")
    check(to_b.read_line(timeout = 1*s).ok)
`

// The talk with a went well: it is no cause of the failure of the one with b.
func TestAConnectionThatFailsHasNoCausesOfAnother(t *testing.T) {
	report, err := lab.Run(t.Context(), builtins(t), lab.Options{Targets: []string{scriptFile(t, talking)}, Engine: "sim"})
	if err != nil {
		t.Fatal(err)
	}
	f := story.Of(&report.Sweeps[0].Failures[0].Run)
	lost := 0
	for id := range f.Causes {
		row, _ := f.Row(id)
		if slices.Contains(row.Nodes(), "a") {
			t.Errorf("%v %s is marked as a cause", row.Nodes(), row.Text())
		}
		if row.Packet != nil && row.To == "b" && row.Lost == "cut" {
			lost++
		}
	}
	if lost < 2 {
		t.Errorf("%d causes are segments to b that were cut off, want that of the call and those sent again", lost)
	}
}

const restarting = `
def test_x(lab):
    node, echo, client = lab.add("raft", name = "n"), lab.add("tcp-echo"), lab.add("client")
    conn = client.dial(echo.addr)
    node.crash()
    echo.crash()
    node.restart()
    lab.sleep(2*s)
    check(False)
`

// What a node does from its restart on follows from that, and the resets of its connections from its crash.
func TestWhatARestartedNodeDoesFollowsFromItsRestart(t *testing.T) {
	report, err := lab.Run(t.Context(), builtins(t), lab.Options{Targets: []string{scriptFile(t, restarting)}, Engine: "sim"})
	if err != nil {
		t.Fatal(err)
	}
	s, rows := report.Sweeps[0].Failures[0].Run.Story, map[uint64]result.Moment{}
	checkCauses(t, s)
	for _, m := range s.Moments {
		rows[m.Number] = m
	}
	led := slices.IndexFunc(s.Moments, func(m result.Moment) bool { return m.Name == "became_leader" })
	if led < 0 {
		t.Fatalf("nobody leads: %+v", s.Moments)
	}
	at := s.Moments[led]
	for at.Cause != 0 {
		at = rows[at.Cause]
	}
	if at.Name != "restarted" || at.Pos == nil || at.Pos.Line != 7 {
		t.Errorf("the node leads because of %+v, want its restart in line 7", at)
	}
	reset := slices.IndexFunc(s.Packets, func(p result.Packet) bool { return p.Kind == "reset" })
	if reset < 0 || rows[s.Packets[reset].Cause].Name != "crashed" || rows[s.Packets[reset].Cause].Node != "tcp-echo" {
		t.Errorf("the reset follows from %+v, want the crash", rows[s.Packets[reset].Cause])
	}
}

const talk = `
def test_x(lab):
    echo, client = lab.add("tcp-echo", port = 7), lab.add("client")
    lab.network(latency = 5*ms)
    conn = client.dial(echo.addr)
    conn.send("hello\n")
    check(conn.read_line() == "bye")
`

func TestAStreamHasItsText(t *testing.T) {
	path := scriptFile(t, talk)
	for _, engine := range []string{"sim", "live"} {
		report, err := lab.Run(t.Context(), builtins(t), lab.Options{Targets: []string{path}, Engine: engine})
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, p := range report.Sweeps[0].Failures[0].Run.Story.Packets {
			if p.Kind == "data" && p.Size > 0 {
				said = append(said, string(p.Data))
			}
		}
		if !slices.Equal(said, []string{"hello\n", "Echo: hello\n"}) {
			t.Errorf("%s: %q", engine, said)
		}
	}
}
