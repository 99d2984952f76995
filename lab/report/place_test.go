package report

import (
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/lab/result"
)

// onCanvas is a text on the canvas: where it begins and ends, and its height.
type onCanvas struct {
	Text        string
	From, To, Y float64
	Align       string
}

// drawnTexts draws the picture once more, and returns what is written on it.
func (b *browser) drawnTexts(key string) (all []onCanvas) {
	b.t.Helper()
	b.js(`new Promise(done => {
		const proto = CanvasRenderingContext2D.prototype, old = proto.fillText, texts = [];
		proto.fillText = function (text, x, y) {
			const wide = this.measureText(text).width, from = this.textAlign === "right" ? x - wide : this.textAlign === "center" ? x - wide / 2 : x;
			texts.push({Text: text, From: from, To: from + wide, Y: y, Align: this.textAlign});
			return old.apply(this, arguments);
		};
		const canvas = document.querySelector("section.run:not([hidden]) canvas");
		canvas.dispatchEvent(new KeyboardEvent("keydown", {key: `+"`"+key+"`"+`, bubbles: true}));
		requestAnimationFrame(() => requestAnimationFrame(() => { proto.fillText = old; done(texts); }));
	})`, &all)
	return all
}

// wordy is a run whose events and messages have much to say.
func wordy() *result.Run {
	r := election()
	long := result.Part{Text: "because", Value: `"` + strings.Repeat("of this and that ", 12) + `"`}
	for i := range r.Story.Moments {
		if m := &r.Story.Moments[i]; m.Class == "component" {
			m.Fields = append(m.Fields, long)
		}
	}
	for i := range r.Story.Packets {
		if p := &r.Story.Packets[i]; p.Type != "" {
			p.Fields = append(p.Fields, long)
		}
	}
	return r
}

// The text of an event ends before the line of the next node, and nothing in the column of times is cut.
func TestLongLabelsEndBeforeTheNextNode(t *testing.T) {
	r := wordy()
	r.Checks[0].Nodes = []string{"n2"}
	r.Checks[0].Calls = []result.Call{{Node: "n2", Number: r.Story.Moments[0].Number, Until: 200 * ms}} // a second line across
	b := open(t, r)
	texts := b.drawnTexts("0")
	var nodes []float64
	events, edge := 0, false
	for _, text := range texts {
		if text.Align == "center" && text.Y < 34 {
			nodes = append(nodes, (text.From+text.To)/2)
		}
	}
	for _, text := range texts {
		edge = edge || text.Align == "right" && text.Text == "call ended"
		if text.Align == "right" && strings.Contains(text.Text, "…") {
			t.Errorf("%q is cut in the column of times", text.Text)
		}
		for _, word := range []string{"became_", "voted "} {
			if !strings.HasPrefix(text.Text, word) {
				continue
			}
			events++
			for _, x := range nodes {
				if text.From < x && x < text.To {
					t.Errorf("%q from %.0f to %.0f crosses the line of a node at %.0f", text.Text, text.From, text.To, x)
				}
			}
		}
	}
	if len(nodes) != 6 || events < 3 || !edge {
		t.Errorf("%d nodes, %d events, line of the call %v in %+v", len(nodes), events, edge, texts)
	}
	b.silent()
}

// The times of the axis grow downwards, none twice, with room between them, in both scales and at each zoom.
func TestTheAxisHasEachTimeOnce(t *testing.T) {
	b := open(t, election())
	for _, scale := range []string{"false", "true"} {
		b.js(`{ const s = document.querySelector(".scale"); s.value = "`+scale+`"; s.dispatchEvent(new Event("change")); }`, nil)
		for _, key := range []string{"0", "+", "+", "+", "+", "-"} {
			last, seen := -100.0, map[string]bool{}
			for _, text := range b.drawnTexts(key) {
				if text.Align != "right" || text.Y < 34 || strings.HasPrefix(text.Text, "t=") || strings.HasPrefix(text.Text, "failed") {
					continue
				}
				if seen[text.Text] || text.Y-last < 20 || text.From < 0 {
					t.Errorf("to scale %s, key %s: %q at %.0f, from %.0f, after one at %.0f", scale, key, text.Text, text.Y, text.From, last)
				}
				seen[text.Text], last = true, text.Y
			}
			if len(seen) < 2 {
				t.Errorf("to scale %s, key %s: times %v", scale, key, seen)
			}
		}
	}
	b.silent()
}

// What is at the middle of the view stays there when it zooms.
func TestZoomKeepsTheMiddle(t *testing.T) {
	b := open(t, election())
	b.js(`document.querySelector(".find").value = "became_candidate term=2"; document.querySelector(".find").dispatchEvent(new Event("input")); document.querySelector("canvas").focus()`, nil)
	b.press("ArrowDown")
	b.until(`document.querySelector(".diagram").dataset.at`)
	at := func() (at [2]float64) {
		b.js(`JSON.parse(document.querySelector(".diagram").dataset.at)`, &at)
		return at
	}
	var middle float64
	b.js(`34 + (document.querySelector("canvas").getBoundingClientRect().height - 34 - 40) / 2`, &middle)
	before := at()
	b.drawnTexts("+")
	after := at()
	if want := middle + (before[1]-middle)*1.5; after[1] < want-2 || after[1] > want+2 || after[0] != before[0] {
		t.Errorf("at %v it went to %v, want %.0f: the middle is %.0f", before, after, want, middle)
	}
	b.silent()
}
