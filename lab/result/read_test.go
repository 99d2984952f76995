package result

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestWhatWasWrittenIsReadBack(t *testing.T) {
	failed := Run{Experiment: Experiment{ID: "test_x"}, Seed: 7, Outcome: Failed, Story: &Story{
		Nodes: []string{"a", "b"}, Causes: true, Spans: []Span{{Text: "cut", Links: [][2]string{{"a", "b"}}, From: time.Second}},
		Moments: []Moment{{Number: 1, Node: "a", Name: "became_leader", Fields: []Part{{Text: "term", Value: "2"}}}},
		Packets: []Packet{{Number: 2, Why: Why{Cause: 1}, Kind: "datagram", From: "a", To: "b", Source: 7, Data: []byte{0xAB}, Lost: "cut"}},
	}}
	shown := Run{Experiment: Experiment{ID: "test_y"}, Seed: 1, Outcome: Passed, Story: &Story{Nodes: []string{"c"}}}
	want := &Report{}
	want.Add(Sweep{Experiment: failed.Experiment, Failures: []Failure{{Run: failed, Seeds: []uint64{7}}}})
	want.Add(Sweep{Experiment: shown.Experiment, Runs: 1, Shown: &shown})
	var text bytes.Buffer
	out := JSON{&text}
	for i := range want.Sweeps {
		if err := out.Sweep(&want.Sweeps[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Report(want); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoResultIsRefused(t *testing.T) {
	tests := []struct{ text, want string }{
		{"no json", "line 1: invalid character"},
		{`{"lab": 2, "type": "experiment"}`, "version 2, this lab reads up to 1"},
		{`{"lab": 1, "type": "story"}`, "a story before any experiment"},
		{`{"type": "packet"}`, "a part of a story that has not begun"},
		{"{}\n" + `{"lab": 1, "type": "experiment"}` + "\n" + `{"lab": 1, "type": "story", "seed": 3}`, "line 3: a story of seed 3"},
		{`{"type": "experiment", "failures": [{"run": {"checks": [{"at": -1}]}}]}`, "a time of -1ns, want 0s to "},
		{`{"type": "experiment", "ends": [{"at": 9223372036854775807}]}`, "a time of 2562047h47m16.854775807s"},
	}
	for _, line := range []string{
		`{"type": "moment", "at": -1}`, `{"type": "packet", "sent": -1}`, `{"type": "packet", "arrives": [1, -1]}`,
		`{"type": "story", "spans": [{"to": -1}]}`, `{"type": "story", "lanes": [{"points": [{"at": -1}]}]}`,
		`{"type": "story", "history": {"operations": [{"from": -1}]}}`, `{"type": "story", "series": [{"buckets": [{"for": -1}]}]}`,
	} {
		tests = append(tests, struct{ text, want string }{
			`{"type": "experiment", "failures": [{"run": {}}]}` + "\n" + `{"type": "story"}` + "\n" + line, "line 3: a time of -1ns"})
	}
	for _, tt := range tests {
		if _, err := Read(strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.text, err, tt.want)
		}
	}
}
