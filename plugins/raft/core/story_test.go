package core_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/netlab-dev/netlab/plugins/raft/core"
)

// The stories in testdata are told in these verbs. In a story nothing moves by itself: messages wait until they are
// delivered and timers until time passes; only disks are done at once, unless they are slow. Each verb answers with
// all that happened. "run" is the exception: there the world moves on in virtual time, with 5 ms from node to node, and
// only events and results are told.
//
//	add-nodes N [timeouts=(150ms,...)] [prevote=false] [checkquorum=false] [maxbytes=N] [window=N]
//	time D                     let D pass, on every node
//	deliver|drop|duplicate [from=n1] [to=n2] [type=append] [first=N]    waiting messages; the order is that of sending
//	stabilize [nodes=(n1,n2)]  deliver what these nodes send each other, until they are quiet
//	run D
//	campaign N | propose N COMMAND... | crash N | restart N
//	cut N [N] | heal           both ways between two nodes, or one from all others
//	slow-disk N | sync N | fast-disk N
//	status | log | waiting     all nodes, and the messages that wait
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &story{}
		datadriven.RunTest(t, path, s.verb)
	})
}

type story struct {
	*cluster
	slow []bool
}

func (s *story) verb(t *testing.T, d *datadriven.TestData) string {
	if d.Cmd == "add-nodes" {
		return s.addNodes(t, d)
	}
	s.trace.Reset()
	switch d.Cmd {
	case "time":
		s.pass(s.duration(t, d))
	case "deliver", "drop", "duplicate":
		s.each(t, d)
	case "stabilize":
		s.stabilize(t, d)
	case "run":
		s.play(s.duration(t, d))
	case "campaign":
		s.step(s.named(t, d, 0), core.Input{Kind: core.Campaign})
	case "propose":
		var commands []string
		for _, arg := range d.CmdArgs[1:] {
			if arg.Key != "quiet" {
				commands = append(commands, arg.Key)
			}
		}
		s.propose(s.named(t, d, 0), commands...)
	case "crash":
		s.crash(s.named(t, d, 0), 0)
	case "restart":
		s.start(s.named(t, d, 0))
	case "cut":
		s.cutNamed(t, d)
	case "heal":
		s.heal()
	case "slow-disk", "fast-disk":
		s.slow[s.named(t, d, 0).id-1] = d.Cmd == "slow-disk"
	case "sync":
		for n := s.named(t, d, 0); len(n.writes) > 0; {
			s.persist(n)
		}
	case "status":
		s.status()
	case "log":
		s.logs()
	case "waiting":
		for _, p := range s.flying {
			s.tracef("%s", describeMessage(p.m))
		}
	default:
		t.Fatalf("%s: no such verb: %s", d.Pos, d.Cmd)
	}
	s.syncFast()
	if d.Cmd == "run" || d.HasArg("quiet") {
		s.hush()
	}
	if s.trace.Len() == 0 {
		return "nothing\n"
	}
	return s.trace.String()
}

func (s *story) addNodes(t *testing.T, d *datadriven.TestData) string {
	var n int
	if _, err := fmt.Sscan(d.CmdArgs[0].Key, &n); err != nil {
		t.Fatalf("%s: %v", d.Pos, err)
	}
	preVote, checkQuorum, maxBytes, window := true, true, 0, 0
	d.MaybeScanArgs(t, "prevote", &preVote)
	d.MaybeScanArgs(t, "checkquorum", &checkQuorum)
	d.MaybeScanArgs(t, "maxbytes", &maxBytes)
	d.MaybeScanArgs(t, "window", &window)
	timeouts := []string{"150ms", "200ms", "250ms", "270ms", "290ms", "300ms", "300ms"}
	if d.HasArg("timeouts") {
		arg, _ := d.Arg("timeouts")
		timeouts = arg.Vals
	}
	s.slow = make([]bool, n)
	s.cluster = newCluster(n, func(cfg *core.Config) {
		timeout, err := time.ParseDuration(timeouts[cfg.ID-1])
		if err != nil {
			t.Fatalf("%s: %v", d.Pos, err)
		}
		cfg.Timeout = func() time.Duration { return timeout }
		cfg.PreVote, cfg.CheckQuorum, cfg.MaxBytes, cfg.MaxInflight = preVote, checkQuorum, maxBytes, window
	})
	return "nothing\n"
}

func (s *story) duration(t *testing.T, d *datadriven.TestData) time.Duration {
	length, err := time.ParseDuration(d.CmdArgs[0].Key)
	if err != nil {
		t.Fatalf("%s: %v", d.Pos, err)
	}
	return length
}

func (s *story) parse(t *testing.T, d *datadriven.TestData, text string) core.ID {
	var id core.ID
	if _, err := fmt.Sscanf(text, "n%d", &id); err != nil || id < 1 || int(id) > len(s.nodes) {
		t.Fatalf("%s: no node %q", d.Pos, text)
	}
	return id
}

func (s *story) named(t *testing.T, d *datadriven.TestData, arg int) *node {
	return s.at(s.parse(t, d, d.CmdArgs[arg].Key))
}

// pass lets time pass with messages standing still.
func (s *story) pass(length time.Duration) {
	held := s.flying
	s.flying = nil
	until := s.now + length
	for {
		due, do := s.next()
		if do == nil || due > until {
			s.now = until
			break
		}
		s.now = max(s.now, due)
		do()
		held = append(held, s.flying...)
		s.flying = nil
		s.syncFast()
		held = append(held, s.flying...)
		s.flying = nil
	}
	s.flying = held
}

func (s *story) syncFast() {
	for i, n := range s.nodes {
		for !s.slow[i] && len(n.writes) > 0 {
			s.persist(n)
		}
		for j := range n.writes {
			n.writes[j].due = 1 << 60 // a slow disk waits for the verb
		}
	}
}

// each meets the waiting messages that match.
func (s *story) each(t *testing.T, d *datadriven.TestData) {
	var from, to, kind string
	first := len(s.flying)
	d.MaybeScanArgs(t, "from", &from)
	d.MaybeScanArgs(t, "to", &to)
	d.MaybeScanArgs(t, "type", &kind)
	d.MaybeScanArgs(t, "first", &first)
	var matched []packet
	for _, p := range s.flying {
		if (from == "" || from == name(p.m.From)) && (to == "" || to == name(p.m.To)) &&
			(kind == "" || kind == p.m.Type.String()) && len(matched) < first {
			matched = append(matched, p)
		}
	}
	if len(matched) == 0 && d.Cmd != "drop" {
		t.Fatalf("%s: no message matches", d.Pos)
	}
	for _, p := range matched {
		i := slices.IndexFunc(s.flying, func(q packet) bool { return describeMessage(q.m) == describeMessage(p.m) })
		switch d.Cmd {
		case "deliver":
			s.deliver(i)
			s.syncFast()
		case "drop":
			s.tracef("dropped %s", describeMessage(p.m))
			s.flying = slices.Delete(s.flying, i, i+1)
		case "duplicate":
			s.tracef("doubled %s", describeMessage(p.m))
			s.flying = append(s.flying, p)
		}
	}
}

func (s *story) stabilize(t *testing.T, d *datadriven.TestData) {
	among := func(core.ID) bool { return true }
	if d.HasArg("nodes") {
		arg, _ := d.Arg("nodes")
		among = func(id core.ID) bool { return slices.Contains(arg.Vals, name(id)) }
	}
	for range 10000 {
		s.syncFast()
		i := slices.IndexFunc(s.flying, func(p packet) bool { return among(p.m.From) && among(p.m.To) })
		if i < 0 {
			return
		}
		s.deliver(i)
	}
	t.Fatalf("%s: never quiet", d.Pos)
}

// play lets the world move by itself.
func (s *story) play(length time.Duration) {
	for i := range s.flying {
		s.flying[i].due = s.now + 5*time.Millisecond
	}
	s.run(s.now+length, func() bool { s.syncFast(); return false })
}

// hush leaves events and results in what is told.
func (s *story) hush() {
	var told []string
	for line := range strings.Lines(s.trace.String()) {
		if !strings.Contains(line, " -> ") && !strings.Contains(line, " writes ") {
			told = append(told, line)
		}
	}
	s.trace.Reset()
	s.trace.WriteString(strings.Join(told, ""))
}

func (s *story) cutNamed(t *testing.T, d *datadriven.TestData) {
	n := s.named(t, d, 0)
	if len(d.CmdArgs) == 1 {
		s.isolate(n.id, true)
		return
	}
	for _, arg := range d.CmdArgs[1:] {
		other := s.parse(t, d, arg.Key)
		s.cut(n.id, other, true)
		s.cut(other, n.id, true)
	}
}
