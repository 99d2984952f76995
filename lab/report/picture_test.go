package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/lab/result"
)

func pictureOf(t *testing.T, r *result.Report, w Window) string {
	t.Helper()
	var out strings.Builder
	if err := Picture(&out, r, w); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(out.String())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return out.String()
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, out.String())
		}
	}
}

func TestAPictureHasWhatBeginsInItsWindow(t *testing.T) {
	svg := pictureOf(t, reportOf(election()), Window{From: 395 * ms, To: 650 * ms})
	for _, want := range []string{">isolate n2<", ">pause n5<", `class="cross"`, "term=2", `class="role tone`, ">term 2<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is missing in\n%s", want, svg)
		}
	}
	for _, not := range []string{"became_leader term=1", "a new leader", "earlier rows"} {
		if strings.Contains(svg, not) {
			t.Errorf("%s is outside of the window", not)
		}
	}
}

func TestAPictureSaysWhatItLeavesOut(t *testing.T) {
	svg := pictureOf(t, reportOf(storm(4, 1000)), Window{})
	if n := strings.Count(svg, "<path"); n > onPaper || !strings.Contains(svg, "earlier rows.") {
		t.Errorf("%d arrows, want at most %d and a note", n, onPaper)
	}
}

func TestAPictureOfNoRunSaysSo(t *testing.T) {
	if svg := pictureOf(t, &result.Report{}, Window{}); !strings.Contains(svg, "No run is shown here") {
		t.Error(svg)
	}
}

func TestHostileTextsStayTextsInAPicture(t *testing.T) {
	const evil = "<script>alert(1)</script>\x1b[31m\x00]]>&\u202e"
	m := newMaker(evil, "b")
	m.moment(0, ms, evil, "component", evil, evil, evil)
	m.message(1, ms, evil, "b", evil, evil)
	m.message(1, ms, evil, "b", strings.Repeat(evil, 1000), "")
	m.lane(evil, "role", 0, evil)
	m.lane(evil, "term", 0, evil)
	m.moment(0, 2*ms, "", "mark", evil)
	m.s.Spans = []result.Span{{Text: evil, Nodes: []string{evil}, From: ms}}
	svg := pictureOf(t, reportOf(&result.Run{Outcome: result.Failed, At: 9 * ms, Story: &m.s}), Window{})
	for _, not := range []string{"<script", "\x1b", "\x00", "\u202e"} {
		if strings.Contains(svg, not) {
			t.Errorf("%q is in\n%s", not, svg)
		}
	}
	if len(svg) > 10_000 {
		t.Errorf("%d bytes", len(svg))
	}
}

func TestATableOfASweepSaysHowManyRunsHaveFailed(t *testing.T) {
	run := election()
	r := &result.Report{}
	r.Add(result.Sweep{Experiment: run.Experiment, Runs: 200, Asked: 200, Failures: []result.Failure{{Run: *run, Seeds: []uint64{1, 2, 3}}}})
	r.Add(result.Sweep{Experiment: run.Experiment, Runs: 1, Asked: 1})
	if got := newPage(r, Options{}); got.Overview[0].Runs != "3 of 200 failed so" || !strings.HasSuffix(got.Total, "; 201 runs") {
		t.Errorf("got %q, %q", got.Overview[0].Runs, got.Total)
	}
}
