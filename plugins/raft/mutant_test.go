package raft

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const storms = "TestSafetyHoldsInRandomStorms"

// mutants are the classic mistakes of Raft implementations, each made by one change of the core's source, and the test
// that must catch it.
var mutants = []struct{ name, file, right, wrong, by string }{
	{"entries of old terms are committed by counting", "commit.go",
		"index > c.commit && c.log.term(index) == c.term", "index > c.commit",
		"TestStories/figure_3_7_old_terms"},
	{"a vote is not written", "election.go",
		"c.vote = m.From\n\t\tc.disk.headChanged = true", "c.vote = m.From", storms},
	{"votes are counted, not their voters", "election.go",
		"c.votes |= 1 << voter", "c.votes = c.votes<<1 | 1", "TestStories/votes_are_a_set"},
	{"votes of an old term count", "core.go",
		"if m.Term < c.term {", "if m.Term < c.term && m.Type != VoteReply {", storms},
	{"every append truncates", "replication.go",
		"if c.log.has(e.Index, e.Term) {", "if c.log.has(e.Index, e.Term) && e.Index <= c.commit {", storms},
	{"an answer confirms the leader's whole log", "replication.go",
		"c.confirm(p, m, m.Match)", "c.confirm(p, m, c.log.last())", storms},
	{"entries are acknowledged before they are durable", "replication.go",
		"c.sendAfter(r)", "c.send(r)", storms},
	{"a candidate's log need not be up to date", "log.go",
		"return lastTerm > ours || lastTerm == ours && last >= l.last()", "return lastTerm >= 0*ours", storms},
	{"a follower commits what it cannot know", "replication.go",
		"c.commitTo(min(commit, end))", "c.commitTo(min(commit, c.log.last()))", storms},
	{"half is a quorum", "core.go",
		"len(cfg.Peers)/2 + 1", "len(cfg.Peers) / 2", storms},
	{"a leader counts itself before its disk is done", "commit.go",
		"c.matches[c.self] = c.disk.durable", "c.matches[c.self] = c.log.last()", storms},
	{"a candidate asks for votes before its own is durable", "election.go",
		"c.sendAfter(Message{Type: Vote,", "c.send(Message{Type: Vote,", storms},
	{"overwritten entries become durable by an old write", "output.go",
		"d.pending[i].last = min(d.pending[i].last, from-1)", "_ = d.pending[i].last",
		"TestAnOverwrittenEntryIsNotAcknowledgedByItsOldWrite"},
	{"a proposal is lost once it is cut from the own log", "commit.go",
		"case w.index <= index && c.log.term(w.index) == w.term:", "case w.index <= index && c.role == Leader:", storms},
	{"a proposal waits for its place to be committed", "commit.go",
		"case w.index <= index || w.term < c.log.term(index):", "case w.index <= index:",
		"TestStories/doomed_proposals_are_lost"},
	{"what was overtaken is thrown away", "replication.go",
		"c.early.keep(m, c.cfg.MaxInflight)", "", "TestEachEntryTravelsAboutOnce"},
	{"messages stay as large as they are", "gap.go",
		"if byChance := p.pace.lost(*f, &c.cfg, c.clock); byChance {", "if p.pace.lost(*f, &c.cfg, c.clock); true {",
		"TestNoSizeOfMessagesStopsAHealthyCluster"},
	{"entries of old terms are taken back", "pace.go",
		" || c.log.term(from) != c.term", "",
		"TestAnEntryOfAnOldTermIsNotTakenBack"},
	{"an entry that is too large stays in the way", "gap.go",
		"c.giveWay()", "", "TestAnEntryTooLargeForTheNetworkIsTold"},
	{"a leader goes back one entry per refusal", "replication.go",
		"p.probe(agreed + 1)", "p.probe(p.next - 1)", "TestStories/figure_3_6_log_repair"},
	{"asking first raises the term", "election.go",
		"c.role, c.leader = PreCandidate, None", "c.enterTerm(c.term+1, None)\n\tc.role, c.leader = PreCandidate, None",
		"TestStories/prevote_returns_quietly"},
	{"a leader without a quorum stays", "election.go",
		"if rest <= 0 {\n\t\tc.becomeFollower(c.term, \"no quorum\")", "if rest <= 0 {\n\t\tc.setTimer(ElectionTimer, c.quorumWindow())", "TestStories/check_quorum"},
	{"a higher term in an answer is passed over", "core.go",
		"if m.Term > c.term && !c.foresees(m) {", "if m.Term > c.term && !c.foresees(m) && m.Type != AppendReply {",
		"TestStories/higher_term_in_an_answer"},
	{"a refused vote restarts the wait for an election", "election.go",
		"if ok {\n\t\tc.since = c.clock", "if m.Term == c.term {\n\t\tc.since = c.clock",
		"TestStories/refused_votes_keep_the_timer"},
}

// A test that no bug can fail protects nothing: each mutant must be caught.
func TestTheClassicMistakesAreCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the package once for every mistake; the full test does it")
	}
	for _, mutant := range mutants {
		t.Run(mutant.name, func(t *testing.T) {
			t.Parallel()
			overlay := mutated(t, filepath.Join("core", mutant.file), mutant.right, mutant.wrong)
			only := "^" + strings.ReplaceAll(mutant.by, "/", "$/^") + "$"
			out, err := exec.Command("go", "test", "-overlay", overlay, "-vet=off", "-run", only, "./core").CombinedOutput()
			if err == nil {
				t.Fatalf("%s passed with %q", mutant.by, mutant.wrong)
			}
			if !strings.Contains(string(out), "--- FAIL: "+mutant.by) {
				t.Fatalf("the mutant did not run: %v\n%s", err, out)
			}
		})
	}
}

// mutated returns an overlay for the go command in which one place of a file is wrong.
func mutated(t *testing.T, file, right, wrong string) string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), right); n != 1 {
		t.Fatalf("%s has %q %d times, want once", file, right, n)
	}
	original, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replacement, list := filepath.Join(dir, filepath.Base(file)), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{original: replacement}})
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(source), right, wrong, 1)
	for path, data := range map[string][]byte{replacement: []byte(changed), list: replace} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return list
}
