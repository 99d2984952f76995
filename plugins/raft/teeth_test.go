package raft

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	counting = "test_an_increment_counts_once"
	reading  = "test_a_leader_that_was_cut_off_answers_no_reads"
)

// kvMutants are mistakes of a store on Raft, and the experiments of scripts/kv_linearizable.star that must notice.
var kvMutants = []struct{ name, file, right, wrong, by string }{
	{"the right code", "", "", "", ""},
	{"a copy in the log is applied again", "kv/store.go", "s.Known(c.Session, c.Sequence); ok {",
		"s.Known(c.Session, c.Sequence); ok && known.Status == Expired {", counting},
	{"no result is known", "kv/store.go", "if !known {", "if known || !known {", counting},
	{"the leader answers clients from its own state", "serve.go", "case isKnown && known.Status != kv.Expired:",
		`case leads && q.command.Op == kv.Get:
		n.answer(q, response{status: statusDone, result: kv.Result{Value: n.raft.held(q.command.Key)}})
	case isKnown && known.Status != kv.Expired:`, reading},
	{"the leader answers calls from its own state", "read.go", "if args.Mode == modeStale {",
		`if r.status.Role == "leader" || args.Mode == modeStale {`, reading},
}

var blocks = flag.Int("blocks", 1, "how many of five disjoint blocks of 50 seeds each mistake must die in")

// A script that no mistake can fail protects nothing: each mutant dies in each block of seeds, and nothing else does.
// All of it: -blocks 5.
func TestTheShippedScriptNoticesMistakesOfTheStore(t *testing.T) {
	if testing.Short() {
		t.Skip("builds lab once for every mistake; the full test does it")
	}
	script := filepath.Join("..", "..", "scripts", "kv_linearizable.star")
	if text, err := os.ReadFile(script); err != nil || !strings.Contains(string(text), "def "+counting) {
		t.Fatal("no such script: ", err) // read here, so that go test knows of a change
	}
	for _, mutant := range kvMutants {
		t.Run(mutant.name, func(t *testing.T) {
			t.Parallel()
			lab := buildMutated(t, mutant.file, mutant.right, mutant.wrong)
			for block := range *blocks {
				args := []string{"run", "--engine", "sim", "--runs", "50", "--seed", fmt.Sprint(1 + 50*block)}
				if mutant.by == "" {
					args = append(args, script+"::"+counting, script+"::"+reading)
				} else {
					args = append(args, "--max-failures", "1", script+"::"+mutant.by)
				}
				out, err := exec.Command(lab, args...).CombinedOutput()
				if died := err != nil && strings.Contains(string(out), "FAIL "); died != (mutant.by != "") {
					t.Errorf("block %d: %v\n%s", block, err, out)
				}
			}
		})
	}
}

// buildMutated builds lab with one place of the source wrong, none for no file, and returns the program.
func buildMutated(t *testing.T, file, right, wrong string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "lab")
	build := exec.Command("go", "build", "-ldflags=-w", "-o", program)
	if file != "" {
		build.Args = append(build.Args, "-overlay", mutated(t, file, right, wrong))
	}
	build.Args = append(build.Args, "../../cmd/lab")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}
