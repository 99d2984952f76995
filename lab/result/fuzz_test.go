package result_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/netlab-dev/netlab/lab/result"
)

// FuzzRead reads what a file may hold: it is refused, or rendered, and written as it was read.
func FuzzRead(f *testing.F) {
	run := result.Run{
		Experiment: result.Experiment{File: "x.star", ID: "test_x[n=3]", Name: "test_x", Engine: "sim"}, Seed: 7, Outcome: result.Failed, At: time.Second,
		Checks: []result.Check{{Source: "check(a)", Parts: []result.Part{{Text: "a", Value: "False"}}, About: []result.Event{{Node: "a", Name: "e"}}}},
		Lost:   []result.Loss{{From: "a", To: "b"}}, Faults: []result.Fault{{Text: "cut"}}, Prints: []string{"x"},
		Story: &result.Story{
			Nodes: []string{"a", "b"}, Causes: true, Spans: []result.Span{{Text: "cut", Links: [][2]string{{"a", "b"}}}},
			Lanes:   []result.Lane{{Node: "a", Name: "term", Points: []result.Point{{Value: "1", Num: new(1.0)}}}},
			Series:  []result.Series{{Name: "s", Node: "a", Buckets: []result.Bucket{{Requests: -1, P50: 1}}}},
			History: &result.History{Operations: []result.Operation{{Text: "put", Bad: true}}},
			Moments: []result.Moment{{Number: 1, Why: result.Why{Cause: 2}, Node: "a", Class: "call", Name: "called"}},
			Packets: []result.Packet{{Number: 2, Why: result.Why{Cause: 1}, Kind: "data", From: "a", To: "b", Sent: 1, Arrives: []time.Duration{2}}},
		},
	}
	report := &result.Report{}
	report.Add(result.Sweep{Experiment: run.Experiment, Asked: 3, Runs: 2, Failures: []result.Failure{{Run: run, Seeds: []uint64{7}}}, Ends: []result.End{{Seed: 7}}})
	f.Add(written(f, report))
	f.Fuzz(func(t *testing.T, text []byte) {
		report, err := result.Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		for i := range report.Sweeps {
			_ = result.Text{}.Sweep(&report.Sweeps[i])
			_ = result.Text{Width: 40}.Sweep(&report.Sweeps[i])
		}
		_ = result.Text{}.Both(report)
		_ = result.Annotations(report, func(path string) string { return path })
		if err := result.JUnit(io.Discard, report); err != nil {
			t.Error(err)
		}
		again, err := result.Read(bytes.NewReader(written(t, report)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(report, again, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}

func written(t testing.TB, r *result.Report) []byte {
	var text bytes.Buffer
	out := result.JSON{To: &text}
	for i := range r.Sweeps {
		if err := out.Sweep(&r.Sweeps[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Report(r); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}
