package result

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// example is a sweep that has failed in two ways.
func example() Sweep {
	e := Experiment{File: "a/x.star", Line: 3, ID: "test_x[n=5]", Name: "test_x", Params: []string{"n=5"}, Engine: "sim"}
	at := func(line int) trouble.Position { return trouble.Position{File: "a/x.star", Line: line, Col: 5} }
	return Sweep{
		Experiment: e, Seed: 1, Asked: 40, Runs: 40, Wall: time.Second, Code: 3,
		Failures: []Failure{{Seeds: []uint64{7}, Code: 3, Run: Run{
			Experiment: e, Seed: 7, Outcome: Broken, At: time.Second, Replay: "lab run a/x.star::test_x --seed 7",
			Error: &trouble.Error{Pos: at(9), Text: "undefined: foo", Hint: "write bar", Stack: []trouble.Frame{
				{Name: "test_x", Pos: at(4)}, {Name: "f", Pos: at(9)},
			}},
		}}, {Seeds: []uint64{2, 5}, Code: 1, Run: Run{
			Experiment: e, Seed: 2, Outcome: Failed, At: 4210 * time.Millisecond, Digest: 1<<63 + 1, Lateness: 5 * time.Millisecond,
			Checks: []Check{{Pos: at(14), Source: "check(a > b)", Message: "two\nlines", Parts: []Part{{Text: "a", Value: "1"}, {Text: "b", Value: "-"}}}},
			Faults: []Fault{{Text: "isolate n1", Since: time.Second, Until: 3 * time.Second, Pos: at(12)}},
			Past:   []Fault{{Text: "cut n1, n2", Since: time.Millisecond, Until: 5 * time.Millisecond, Times: 3, Pos: at(11)}}, MorePast: 2,
			Segments: []Segment{
				{Loss: Loss{At: 12 * time.Millisecond, From: "n1", To: "n2", Size: 1448, Why: "loss"}, Kind: "data", Again: 215 * time.Millisecond},
				{Loss: Loss{At: 300 * time.Millisecond, From: "n2", To: "n1", Why: "cut"}, Kind: "fin"},
			}, SegmentLoss: 9,
			Lost: []Loss{{At: 12 * time.Millisecond, From: "n1", To: "n2", Size: 5, Why: "queue"}}, Losses: 57,
			Events: []Event{{At: time.Second, Node: "n1", Name: "became_leader", Fields: []Part{{Text: "term", Value: "2"}}}},
			Prints: []string{"hello"}, Doubt: "late", Replay: "lab run a/x.star::test_x --seed 2", Waiting: []Waiting{{"n1", "sleep"}},
		}}},
	}
}

func TestTheTextIsRebuiltFromTheJSONAlone(t *testing.T) {
	s := example()
	for _, want := range []Sweep{s, {Experiment: s.Experiment, Asked: 1, Runs: 1, Digest: 1<<64 - 1, Prints: []string{"a"}},
		{Experiment: s.Experiment, Asked: 2, Runs: 1, Interrupted: true}, {Asked: 9, Runs: 2, Enough: true, Failures: s.Failures[1:]}} {
		var line bytes.Buffer
		if err := (JSON{To: &line}).Sweep(&want); err != nil {
			t.Fatal(err)
		}
		var got Sweep
		if err := json.Unmarshal(line.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Text{Names: 9}.Sweep(&want), Text{Names: 9}.Sweep(&got)); diff != "" {
			t.Errorf("(-text +rebuilt):\n%s", diff)
		}
	}
}

func TestAFailureReadsAsItShould(t *testing.T) {
	s := example()
	want := `ERROR test_x[n=5]                                                  sim  seed 7  t=1s
  script error: a/x.star:9:5: undefined: foo
    called from a/x.star:4:5 in test_x
  hint: write bar
  replay: lab run a/x.star::test_x --seed 7
  3 of 40 runs failed: seeds 2, 5, 7; the one above is seed 7
  in different ways
    1x  seed 7  a/x.star:9:5: undefined: foo
    2x  seed 2  x.star:14 check(a > b): two
`
	if diff := cmp.Diff(want, Text{}.Sweep(&s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.Failures, s.Asked = s.Failures[1:], 1
	want = `FAIL test_x[n=5]                                                   sim  seed 2  t=4.21s  lateness 5ms
    | hello
  x.star:14   check(a > b)
                two
                lines
                a = 1
                b = -
  note: late
  faults in force
    isolate n1  since 1s until 3s  x.star:12
  faults that were over, the last 1 of 3
    cut n1, n2  3 times, the last from 1ms until 5ms  x.star:11
  57 datagrams lost, 1 shown
    12ms  n1 -> n2  5 bytes  queue
  9 segments lost, 2 shown
    12ms   n1 -> n2  segment of 1448 bytes  loss  sent again at 215ms
    300ms  n2 -> n1  fin                    cut   not sent again
  last events
    n1  1s  became_leader term=2
  waiting
    n1  for sleep
  replay: lab run a/x.star::test_x --seed 2
`
	if diff := cmp.Diff(want, Text{}.Sweep(&s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALongTableIsCut(t *testing.T) {
	r := Run{Outcome: Failed, Faults: make([]Fault, 100_000)}
	if text := (Text{}).Run(&r); strings.Count(text, "since 0s") != 100 || !strings.Contains(text, "    ... and 99900 more\n") {
		t.Errorf("got %d bytes, want 100 faults and how many more", len(text))
	}
}

func TestLinesEndWhereTheScreenDoes(t *testing.T) {
	s := example()
	for line := range strings.Lines(Text{Width: 40}.Sweep(&s)) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 40 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}

func TestJUnitNamesParametersSeedAndReplay(t *testing.T) {
	report := Report{NotLoaded: []*trouble.Error{{Text: "bad\x00 file", Pos: trouble.Position{File: "b.star", Line: 1}}}}
	report.Add(example())
	for _, engine := range []string{"live", "sim"} {
		report.Add(Sweep{Experiment: Experiment{File: "a/x.star", ID: "test_y", Engine: engine}, Asked: 1, Runs: 1, Skips: 1, Reason: "why"})
	}
	var text bytes.Buffer
	if err := JUnit(&text, &report); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	first := got.Suites[0]
	if first.Name != "a/x.star" || first.Tests != 3 || first.Errors != 1 || first.Skipped != 2 || len(got.Suites) != 2 {
		t.Errorf("got %+v", got)
	}
	broken := first.Cases[0]
	if y := first.Cases[1]; y.Name != "test_y live" || got.Suites[1].Cases[0].Name != "load" {
		t.Errorf("got %+v", y)
	}
	if broken.Name != "test_x[n=5]" || !strings.HasPrefix(broken.Error.Message, "seed 7: ") ||
		!strings.Contains(broken.Error.Text, "replay: lab run a/x.star::test_x --seed 7") {
		t.Errorf("got %+v, %+v", broken, broken.Error)
	}
}

func TestAnnotationsStandAtTheLineOfTheCheck(t *testing.T) {
	report := Report{}
	for range 9 {
		report.Add(example())
	}
	lines := strings.Split(strings.TrimSpace(Annotations(&report, func(path string) string { return "lab/" + path })), "\n")
	if len(lines) != mostAnnotations {
		t.Errorf("%d annotations, want %d", len(lines), mostAnnotations)
	}
	want := "::error file=lab/a/x.star,line=14,title=test_x[n=5]::x.star:14 check(a > b): two%0Aseed 2, sim%0Alab run a/x.star::test_x --seed 2"
	if lines[1] != want {
		t.Errorf("got  %q\nwant %q", lines[1], want)
	}
}
