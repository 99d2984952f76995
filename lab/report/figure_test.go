package report

import (
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/lab/report/plot"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// measured is a report in which every part of a page has something to show.
func measured(names ...string) *result.Report {
	run := election()
	run.Story.History = &result.History{Operations: []result.Operation{{Client: "client", Text: "get", From: ms, To: 2 * ms, Status: "ok"}}}
	s := result.Sweep{Experiment: run.Experiment, Runs: 2, Failures: []result.Failure{{Run: *run, Seeds: []uint64{1}}},
		Ends: []result.End{{At: ms, Outcome: result.Passed}, {At: run.At, Outcome: result.Failed}}}
	for _, name := range names {
		s.Series = append(s.Series, result.Series{Name: name, Buckets: []result.Bucket{{For: 9 * ms, Requests: 2, P50: ms, P99: 2 * ms, Max: 3 * ms}}})
	}
	r := &result.Report{}
	r.Add(s)
	return r
}

func TestEachPartOfAPageIsAPictureOfItsOwn(t *testing.T) {
	for of, want := range map[string]string{
		"diagram": "Space-time diagram", "lanes": "State of the nodes", "history": "Operations of clients", "load": "Latency", "seeds": "When runs ended",
	} {
		svg := pictureOf(t, measured("client: http://a/", "client: http://b/"), Window{Of: of})
		if !strings.Contains(svg, want) || !strings.Contains(svg, `class="paper"`) || strings.Count(svg, "<style>") != 1 {
			t.Errorf("%s: no picture of %q with a style and a background:\n%.500s", of, want, svg)
		}
	}
	if svg := pictureOf(t, measured("client: http://a/"), Window{Of: "load", To: 5 * ms}); !strings.Contains(svg, "<title>client: http://a/</title>") {
		t.Errorf("one drive is %.300s", svg)
	}
}

func TestAPictureHasTheTimeThatIsAskedFor(t *testing.T) {
	for _, of := range []string{"lanes", "history"} {
		whole, part := pictureOf(t, measured(), Window{Of: of}), pictureOf(t, measured(), Window{Of: of, From: ms, To: 3 * ms})
		if !strings.Contains(part, ">3ms</text>") || strings.Contains(part, ">500ms</text>") || whole == part {
			t.Errorf("%s does not begin at 1ms and end at 3ms:\n%.3000s", of, part)
		}
	}
}

func TestAPictureThatCannotBeSaysWhatCan(t *testing.T) {
	bare := measured()
	bare.Sweeps[0].Ends, bare.Sweeps[0].Failures[0].Run.Story.History = nil, nil
	for _, test := range []struct {
		of         Window
		text, hint string
	}{
		{Window{Of: "history"}, "--show history: these results have none", "want diagram, lanes"},
		{Window{Of: "seeds"}, "--show seeds: these results have none", "want diagram, lanes"},
		{Window{Of: "seeds", To: ms}, "--show seeds: the picture is of several runs or drives, so --from and --to choose nothing", ""},
		{Window{Of: "lanes", From: 1 << 50}, "the run ended at", "want a time of the run"},
	} {
		var out strings.Builder
		err, _ := Picture(&out, bare, test.of).(*trouble.Error)
		if err == nil || !strings.Contains(err.Text, test.text) || err.Hint != test.hint || out.Len() > 0 {
			t.Errorf("%+v: %v, and %d bytes; want %s, hint: %s", test.of, err, out.Len(), test.text, test.hint)
		}
	}
}

func TestHostileTextsStayTextsInEveryPicture(t *testing.T) {
	const evil = "</style><script>alert(1)</script>\x1b[31m\x00]]>&\u202e"
	r := measured(evil, evil)
	s := r.Sweeps[0].Failures[0].Run.Story
	s.Nodes[0], s.Spans[0].Text, s.Lanes[0].Node, s.Lanes[0].Name, s.Lanes[0].Points[0].Value = evil, evil, evil, evil, evil
	s.History.Reason, s.History.Operations[0].Text, s.History.Operations[0].Client = evil, evil, evil
	for _, of := range Parts {
		svg := strings.Replace(pictureOf(t, r, Window{Of: of}), plot.Style, "", 1)
		for _, not := range []string{"<script", "</style><script", "\x1b", "\x00", "\u202e"} {
			if strings.Contains(svg, not) {
				t.Errorf("%s: %q is in it", of, not)
			}
		}
	}
}
