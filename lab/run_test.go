package lab_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/plugins"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/serve"
)

// TestMain makes the test binary the program that serves the built-in kinds, as the command is.
func TestMain(m *testing.M) {
	if serve.Serving() {
		serve.Main(plugins.Builtin())
	}
	goleak.VerifyTestMain(m)
}

func builtins(t testing.TB) *manifest.Manifest {
	t.Helper()
	m, err := serve.Manifest(plugins.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func scriptFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.star")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatHappensIsToldWhileItDoes(t *testing.T) {
	path := scriptFile(t, `
def test_holds(lab):
    lab.add("tcp-echo")
    lab.sleep(1*s)

def test_fails_on_even_seeds(lab):
    check(lab.seed % 2)
`)
	var told []string
	o := lab.Options{
		Targets: []string{path}, Engine: "sim", Runs: 4,
		OnFile:     func(l lab.Listing) { told = append(told, filepath.Base(l.Path)) },
		OnOutcome:  func(o result.Sweep) { told = append(told, o.ID) },
		OnProgress: func(p lab.Progress) { told = append(told, fmt.Sprintf("%d of %d", p.Done, p.Of)) },
	}
	report, err := lab.Run(t.Context(), builtins(t), o)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"test.star",
		"1 of 4", "2 of 4", "3 of 4", "4 of 4", "test_holds",
		"1 of 4", "2 of 4", "3 of 4", "4 of 4", "test_fails_on_even_seeds",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	passed, failed := report.Sweeps[0], report.Sweeps[1]
	if passed.Runs != 4 || len(passed.Failures) > 0 || passed.Code != 0 {
		t.Errorf("the first: %+v, want four runs that hold", passed)
	}
	wantEnds := []result.End{{Seed: 1, At: time.Second, Outcome: result.Passed}, {Seed: 2, At: time.Second, Outcome: result.Passed},
		{Seed: 3, At: time.Second, Outcome: result.Passed}, {Seed: 4, At: time.Second, Outcome: result.Passed}}
	if diff := cmp.Diff(wantEnds, passed.Ends); diff != "" {
		t.Error(diff)
	}
	if failed.Runs != 4 || failed.Code != 1 || len(failed.Failures) != 1 || failed.Failures[0].Run.Seed != 2 ||
		!slices.Equal(failed.Failures[0].Seeds, []uint64{2, 4}) {
		t.Errorf("the second: %+v, want the seeds 2 and 4 to fail in one way", failed)
	}
}

func TestARunThatIsCancelledReportsWhatWasDone(t *testing.T) {
	path := scriptFile(t, `
def test_first(lab):
    pass

def test_second(lab):
    lab.add("tcp-echo")
    for i in range(1000):
        lab.sleep(1*hour)

def test_third(lab):
    pass
`)
	ctx, cancel := context.WithCancel(t.Context())
	o := lab.Options{Targets: []string{path}, OnOutcome: func(result.Sweep) { cancel() }}
	report, err := lab.Run(ctx, builtins(t), o)
	var known *trouble.Error
	if !errors.As(err, &known) || known.Class != trouble.Interrupted {
		t.Fatalf("got %v, want an interruption", err)
	}
	if report.Passed != 1 || report.NotRun != 2 || len(report.Sweeps) != 3 || !report.Sweeps[2].NotRun {
		t.Errorf("got %+v, want one passed and two not run", report)
	}
}

// BenchmarkElection is a sweep of the five-node election over b.N seeds, the start of the plugin process included.
func BenchmarkElection(b *testing.B) {
	o := lab.Options{
		Targets: []string{"../scripts/election.star"}, Engine: "sim", Keyword: "nodes=5", Runs: b.N,
	}
	report, err := lab.Run(b.Context(), builtins(b), o)
	if err != nil || report.Passed != 1 {
		b.Fatalf("%v, %+v", err, report)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Minutes(), "runs/min")
}
