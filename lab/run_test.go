package lab_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/netlab-dev/netlab/lab"
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
		OnOutcome:  func(o lab.Outcome) { told = append(told, o.ID) },
		OnProgress: func(_ string, done, of int) { told = append(told, string(rune('0'+done))+" of "+string(rune('0'+of))) },
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
	outcomes := []lab.Outcome{
		{ID: "test_holds", Asked: 4, Runs: 4},
		{ID: "test_fails_on_even_seeds", Asked: 4, Runs: 4, Failed: []uint64{2, 4}, Shown: 2, Code: 1},
	}
	volatile := cmpopts.IgnoreFields(lab.Outcome{}, "File", "Engine", "Seed", "Wall", "Steps", "Text")
	if diff := cmp.Diff(outcomes, report.Outcomes, volatile); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
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
	o := lab.Options{Targets: []string{path}, OnOutcome: func(lab.Outcome) { cancel() }}
	report, err := lab.Run(ctx, builtins(t), o)
	var known *trouble.Error
	if !errors.As(err, &known) || known.Class != trouble.Interrupted {
		t.Fatalf("got %v, want an interruption", err)
	}
	if report.Passed != 1 || report.NotRun != 2 || len(report.Outcomes) != 1 {
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
