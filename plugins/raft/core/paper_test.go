package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/plugins/raft/core"
)

// logOf builds a log whose i-th entry has the i-th term.
func logOf(terms ...uint64) []core.Entry {
	log := make([]core.Entry, len(terms))
	for i, term := range terms {
		log[i] = core.Entry{Index: uint64(i) + 1, Term: term}
	}
	return log
}

// alone returns node 1 of three, started over a disk, with nobody answering.
func alone(t *testing.T, boot core.Durable) *core.Core {
	t.Helper()
	c, err := core.New(core.Config{
		ID: 1, Peers: []core.ID{1, 2, 3}, ElectionMin: 150 * time.Millisecond, Heartbeat: 50 * time.Millisecond,
		Timeout: func() time.Duration { return 200 * time.Millisecond },
	}, boot)
	if err != nil {
		t.Fatal(err)
	}
	c.Step(0, core.Input{Kind: core.Start})
	return c
}

// hear gives the node a message from node 2, lets its disk finish and returns its answer.
func hear(t *testing.T, c *core.Core, m core.Message) core.Message {
	t.Helper()
	m.From, m.To = 2, 1
	out := c.Step(0, core.Input{Kind: core.Receive, Message: m})
	answers := append(append([]core.Message{}, out.Now...), out.After...)
	if out.Persist != nil {
		c.Step(0, core.Input{Kind: core.Persisted, Write: out.Persist.Number})
	}
	if len(answers) != 1 {
		t.Fatalf("%d answers to %s, want 1", len(answers), describeMessage(m))
	}
	return answers[0]
}

// 3.6.1: "If the logs have last entries with different terms, then the log with the later term is more up-to-date. If
// the logs end with the same term, then whichever log is longer is more up-to-date."
func TestVoteGoesOnlyToAnUpToDateLog(t *testing.T) {
	for _, tc := range []struct {
		name           string
		ours           []core.Entry
		last, lastTerm uint64
		want           bool
	}{
		{"both empty", nil, 0, 0, true},
		{"same", logOf(1, 1), 2, 1, true},
		{"longer", logOf(1), 2, 1, true},
		{"shorter", logOf(1, 1), 1, 1, false},
		{"later term, shorter", logOf(1, 1, 1), 1, 2, true},
		{"earlier term, longer", logOf(1, 2), 9, 1, false},
	} {
		for _, kind := range []core.MessageType{core.PreVote, core.Vote} {
			t.Run(tc.name+" "+kind.String(), func(t *testing.T) {
				c := alone(t, core.Durable{Term: 3, Log: tc.ours})
				got := hear(t, c, core.Message{Type: kind, Term: 4, Prev: tc.last, PrevTerm: tc.lastTerm})
				if got.OK != tc.want {
					t.Errorf("granted = %v, want %v", got.OK, tc.want)
				}
			})
		}
	}
}

// 3.4: "Each server will vote for at most one candidate in a given term, on a first-come-first-served basis."
func TestOneVotePerTermAlsoAfterARestart(t *testing.T) {
	for _, tc := range []struct {
		vote core.ID
		want bool
	}{{core.None, true}, {2, true}, {3, false}} {
		c := alone(t, core.Durable{Term: 5, Vote: tc.vote})
		if got := hear(t, c, core.Message{Type: core.Vote, Term: 5}); got.OK != tc.want {
			t.Errorf("voted for %s before: granted = %v, want %v", name(tc.vote), got.OK, tc.want)
		}
	}
}

// 3.3: "If a server receives a request with a stale term number, it rejects the request."
func TestRequestsOfAnOldTermAreRefusedWithTheOwn(t *testing.T) {
	for _, kind := range []core.MessageType{core.PreVote, core.Vote, core.Append} {
		c := alone(t, core.Durable{Term: 5})
		if got := hear(t, c, core.Message{Type: kind, Term: 4}); got.OK || got.Term != 5 {
			t.Errorf("%s of term 4 is answered by %s, want a refusal of term 5", kind, describeMessage(got))
		}
	}
}

// 3.5: "When sending an AppendEntries RPC, the leader includes the index and term of the entry in its log that
// immediately precedes the new entries. If the follower does not find an entry in its log with the same index and term,
// then it refuses the new entries."
func TestAppendNeedsTheEntryBefore(t *testing.T) {
	for _, tc := range []struct {
		name           string
		ours           []core.Entry
		prev, prevTerm uint64
		wantOK         bool
		hint, hintTerm uint64
	}{
		{"at the start", logOf(1, 2), 0, 0, true, 0, 0},
		{"in the middle", logOf(1, 2, 2), 2, 2, true, 0, 0},
		{"beyond the end", logOf(1, 2), 5, 2, false, 2, 2},
		{"another term there", logOf(1, 3, 3, 3), 3, 2, false, 1, 1},
		{"an earlier term there", logOf(1, 1, 1), 3, 2, false, 3, 1},
		{"beyond an empty log", nil, 4, 3, false, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := alone(t, core.Durable{Term: 4, Log: tc.ours})
			got := hear(t, c, core.Message{Type: core.Append, Term: 4, Prev: tc.prev, PrevTerm: tc.prevTerm})
			want := core.Message{Type: core.AppendReply, From: 1, To: 2, Term: 4, OK: tc.wantOK, Prev: tc.prev,
				Match: tc.hint, MatchTerm: tc.hintTerm}
			if tc.wantOK {
				want.Match = tc.prev
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// 3.5: "If an existing entry conflicts with a new one (same index but different terms), delete the existing entry and
// all that follow it"; entries that do not conflict stay.
func TestOnlyAConflictCutsTheLog(t *testing.T) {
	for _, tc := range []struct {
		name       string
		prev       uint64
		terms      []uint64
		want       []uint64
		wantFrom   uint64
		wantWrites bool
	}{
		{"nothing new", 1, []uint64{1}, []uint64{1, 1, 1}, 0, false},
		{"an old append", 0, []uint64{1, 1}, []uint64{1, 1, 1}, 0, false},
		{"one more", 3, []uint64{2}, []uint64{1, 1, 1, 2}, 4, true},
		{"known and more", 1, []uint64{1, 1, 2}, []uint64{1, 1, 1, 2}, 4, true},
		{"a conflict", 1, []uint64{2}, []uint64{1, 2}, 2, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := alone(t, core.Durable{Term: 2, Log: logOf(1, 1, 1)})
			m := core.Message{Type: core.Append, From: 2, To: 1, Term: 2, Prev: tc.prev}
			if tc.prev > 0 {
				m.PrevTerm = 1
			}
			for i, term := range tc.terms {
				m.Entries = append(m.Entries, core.Entry{Index: tc.prev + uint64(i) + 1, Term: term})
			}
			out := c.Step(0, core.Input{Kind: core.Receive, Message: m})
			var got []uint64
			for _, e := range c.Log(1, 100) {
				got = append(got, e.Term)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("terms of the log (-want +got):\n%s", diff)
			}
			if writes := out.Persist != nil; writes != tc.wantWrites || writes && out.Persist.From != tc.wantFrom {
				t.Errorf("write %+v, want one from %d: %v", out.Persist, tc.wantFrom, tc.wantWrites)
			}
		})
	}
}

// 3.8: what a write under way was going to make durable is not durable once it has been overwritten, even when that
// write completes.
func TestAnOverwrittenEntryIsNotAcknowledgedByItsOldWrite(t *testing.T) {
	c := alone(t, core.Durable{Term: 1, Log: logOf(1)})
	entries := func(term uint64, prev uint64) core.Message {
		return core.Message{Type: core.Append, From: 2, To: 1, Term: term, Prev: prev, PrevTerm: 1,
			Entries: []core.Entry{{Index: prev + 1, Term: term}}}
	}
	first := c.Step(0, core.Input{Kind: core.Receive, Message: entries(1, 1)}).Persist.Number
	m := entries(2, 1)
	m.From = 3
	second := c.Step(0, core.Input{Kind: core.Receive, Message: m}).Persist.Number
	c.Step(0, core.Input{Kind: core.Persisted, Write: first})
	if got := c.Status().Durable; got != 1 {
		t.Errorf("durable up to %d after the write of an overwritten entry, want 1", got)
	}
	c.Step(0, core.Input{Kind: core.Persisted, Write: second})
	if got := c.Status().Durable; got != 2 {
		t.Errorf("durable up to %d after both writes, want 2", got)
	}
}

// An append must fit into a datagram, so a command has a limit, and whoever exceeds it is told the limit.
func TestACommandLargerThanAMessageIsRefused(t *testing.T) {
	w := newCluster(1, nil)
	w.run(time.Second, nil)
	limit := core.DefaultMaxBytes - core.EntrySize(0)
	w.propose(w.at(1), strings.Repeat("a", limit), strings.Repeat("b", limit+1))
	w.run(2*time.Second, nil)
	var got []string
	for _, r := range w.at(1).outcomes {
		got = append(got, describeResult(1, r))
	}
	want := []string{
		"n1 proposal #2 refused: command of 59985 bytes is larger than 59984, leader=n1",
		"n1 proposal #1 committed index=2 term=1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	good := core.Config{
		ID: 1, Peers: []core.ID{1, 2}, ElectionMin: time.Second, Heartbeat: time.Millisecond,
		Timeout: func() time.Duration { return time.Second },
	}
	for _, tc := range []struct {
		want  string
		spoil func(*core.Config, *core.Durable)
	}{
		{"node 3 is not among its peers [1 2]", func(c *core.Config, _ *core.Durable) { c.ID = 3 }},
		{"peer 2 is listed twice", func(c *core.Config, _ *core.Durable) { c.Peers = []core.ID{1, 2, 2} }},
		{"heartbeat 1s is not shorter than the shortest election timeout 1s",
			func(c *core.Config, _ *core.Durable) { c.Heartbeat = time.Second }},
		{"entry 2 has index 3 and term 1 after term 1",
			func(_ *core.Config, d *core.Durable) {
				d.Term = 1
				d.Log = []core.Entry{{Index: 1, Term: 1}, {Index: 3, Term: 1}}
			}},
		{"entry 1 has index 1 and term 2 after term 0, in term 1",
			func(_ *core.Config, d *core.Durable) { d.Term = 1; d.Log = logOf(2) }},
	} {
		cfg, boot := good, core.Durable{}
		tc.spoil(&cfg, &boot)
		if _, err := core.New(cfg, boot); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error %v, want one with %q", err, tc.want)
		}
	}
}
