package report

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// written writes the page of a report and returns its path.
func written(t *testing.T, r *result.Report, o Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.html")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := Write(file, r, o); err != nil {
		t.Fatal(err)
	}
	return path
}

// open is a page whose diagram has been drawn.
func open(t *testing.T, runs ...*result.Run) *browser {
	t.Helper()
	b := browse(t, written(t, reportOf(runs...), Options{Version: "test"}), 1360, 1100)
	b.until(ready)
	return b
}

const ready = `document.querySelector("section.run:not([hidden]) .diagram")?.dataset.drawn`

// silent fails if the page has complained or asked the network for anything.
func (b *browser) silent() {
	b.t.Helper()
	for _, text := range b.told {
		b.t.Errorf("the page told: %.500s", text)
	}
}

// press presses keys one after the other, as a user does.
func (b *browser) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		for _, kind := range []string{"keyDown", "keyUp"} {
			b.call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": key}, nil)
		}
	}
}

func TestThePageOpensAtTheFailure(t *testing.T) {
	b := open(t, election())
	for selector, want := range map[string]string{
		".sentence": "check(old.status().term == new.status().term) did not hold: old.status().term was 1, new.status().term was 2, at t=900ms under isolate n2, in force since 400ms.",
		".replay":   "lab run election.star::test_leader_steps_down --set nodes=5 --engine sim --seed 8123",
		".status":   "in view of 154",
	} {
		if got := b.text(selector); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", selector, got, want)
		}
	}
	b.silent()
}

// What decided may have happened long before the failure: each press shows the causes above what is in view.
func TestEarlierCausesAreToldAndShown(t *testing.T) {
	b := open(t, storm(4, 400))
	const above = `+document.querySelector(".status").textContent.match(/(\d+) causes? above, the last at t=/)?.[1] || 0`
	var before, after int
	b.js(above, &before)
	b.js(`document.querySelector(".above").click()`, nil)
	b.until(fmt.Sprintf(`(%s) < %d`, above, before))
	b.js(above, &after)
	if before == 0 || after >= before {
		t.Errorf("%d causes are above at first and %d after a press", before, after)
	}
	b.silent()
}

func TestAnEventThatIsSelectedTellsItsFieldsAndItsCauses(t *testing.T) {
	b := open(t, election())
	b.js(`document.querySelector("canvas").focus()`, nil)
	b.press("Home")
	b.press("ArrowDown")
	b.until(`document.querySelector(".detail h4")`)
	if got := b.text(".detail"); !strings.Contains(got, "Why") {
		t.Errorf("the last event: %q", got)
	}
	b.js(`document.querySelector(".find").value = "became_leader term=2"; document.querySelector(".find").dispatchEvent(new Event("input"))`, nil)
	b.until(`document.querySelector(".diagram").dataset.drawn === "1" || document.querySelector(".status").textContent.includes("of 1 that pass")`)
	b.press("Escape", "ArrowDown")
	b.until(`document.querySelector(".detail h4")?.textContent === "became_leader term=2"`)
	for _, want := range []string{"n4 · t=", "term2", "vote_reply", "became_candidate term=2", "begun by the script at election.star:8", "What followed"} {
		if got := b.text(".detail"); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
	b.js(`document.querySelector(".detail li button").click()`, nil)
	b.until(`document.querySelector(".detail h4").textContent.startsWith("vote_reply")`)
	b.silent()
}

func TestAClickSelectsWhatIsThere(t *testing.T) {
	b := open(t, election())
	// The dot of what is selected by the keyboard is where a click finds it.
	b.js(`document.querySelector(".find").value = "became_leader term=2"; document.querySelector(".find").dispatchEvent(new Event("input")); document.querySelector("canvas").focus()`, nil)
	b.press("ArrowDown")
	b.until(`document.querySelector(".diagram").dataset.drawn === "1" && document.querySelector(".diagram").dataset.at`)
	var at [2]float64
	b.js(`JSON.parse(document.querySelector(".diagram").dataset.at)`, &at)
	b.press("Escape")
	b.until(`!document.querySelector(".detail h4")`)
	for _, place := range [][2]float64{at, {at[0] + 60, at[1]}} { // the dot and its label
		b.press("Escape")
		b.until(`!document.querySelector(".detail h4")`)
		b.click(place[0], place[1])
		b.until(`document.querySelector(".detail h4")?.textContent === "became_leader term=2"`)
	}
	b.silent()
}

// under moves the pointer over the diagram until the status begins with a text, and returns where that is.
func (b *browser) under(text string) (at [2]float64) {
	b.t.Helper()
	b.js(fmt.Sprintf(`(() => {
		const c = document.querySelector("canvas"), box = c.getBoundingClientRect();
		for (let y = 40; y < box.height; y += 6) for (let x = 90; x < box.width; x += 6) {
			c.dispatchEvent(new PointerEvent("pointermove", {clientX: box.x + x, clientY: box.y + y}));
			if (document.querySelector(".status").textContent.startsWith(%q)) return [x, y];
		}
		return [0, 0];
	})()`, text), &at)
	if at[0] == 0 {
		b.t.Fatalf("%q is nowhere", text)
	}
	return at
}

// The line below the picture tells of what is under the pointer until the picture moves, and of the causes above always.
func TestWhatWasUnderThePointerIsForgottenWhenThePictureMoves(t *testing.T) {
	b := open(t, storm(4, 400))
	b.under("t=")
	if got := b.text(".status"); !strings.Contains(got, "above, the last at t=") {
		t.Errorf("got %q, want the causes above in it", got)
	}
	b.js(`document.querySelector(".above").click()`, nil)
	b.until(`/^\d+ in view of/.test(document.querySelector(".status").textContent)`)
	b.silent()
}

func TestAClickOnAFaultTellsOfIt(t *testing.T) {
	b := open(t, election())
	at := b.under("isolate n2 since 400ms, election.star:9")
	b.click(at[0], at[1])
	b.until(`document.querySelector(".detail").textContent === "isolate n2since 400msbegun by the script at election.star:9"`)
	b.silent()
}

// The first of a chain says what is known of its cause: in sim the start of its node. A timer says since when it may have run.
func TestTheFirstOfAChainSaysWhatItFollowedFrom(t *testing.T) {
	for causes, want := range map[bool]string{true: "begun by the start of n1", false: "what came before is not known"} {
		b := open(t, &result.Run{Outcome: result.Failed, At: 9 * ms, Story: &result.Story{Nodes: []string{"n1"}, Causes: causes, Moments: []result.Moment{
			{Number: 1, Why: result.Why{Timer: true}, At: ms, Node: "n1", Class: "component", Name: "first"},
			{Number: 2, Why: result.Why{Cause: 1, Timer: true}, At: 5 * ms, Node: "n1", Class: "component", Name: "second"},
		}}})
		b.js(`document.querySelector("canvas").focus()`, nil)
		b.press("ArrowDown")
		b.until(`document.querySelector(".detail h4")?.textContent === "second"`)
		if got := b.text(".detail"); !strings.Contains(got, "by a timer, set at t=1ms or later because of:") || !strings.Contains(got, want) {
			t.Errorf("causes %v: got %q, want %q in it", causes, got, want)
		}
		b.silent()
	}
}

func TestZoomAndFilterChangeWhatIsInView(t *testing.T) {
	b := open(t, election())
	count := func() (n int) {
		b.js(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(+document.querySelector(".diagram").dataset.drawn))))`, &n)
		return n
	}
	home := count()
	b.js(`document.querySelector(".in").click()`, nil)
	near := count()
	b.js(`document.querySelector(".whole").click()`, nil)
	whole := count()
	if near >= home || home >= whole {
		t.Errorf("in view: %d near, %d at first, %d as a whole", near, home, whole)
	}
	for _, word := range []string{"lost", "cut", ""} { // the packets that a link has lost, by both words
		b.js(`document.querySelector(".find").value = "`+word+`"; document.querySelector(".find").dispatchEvent(new Event("input"))`, nil)
		if got := count(); got == 0 || word != "" && got >= whole {
			t.Errorf("%q: %d in view of %d", word, got, whole)
		}
	}
	for _, step := range []string{
		`document.querySelector(".only").click()`,
		`document.querySelector(".nodes input").click()`,
		`document.querySelector('.kinds input[value="message"]').click()`,
	} {
		b.js(step, nil)
		if got := count(); got >= whole {
			t.Errorf("%s: %d in view, %d before", step, got, whole)
		} else {
			whole = got
		}
	}
	b.silent()
}

func TestTheTableHasTheRowsOfTheDiagram(t *testing.T) {
	b := open(t, election())
	b.js(`document.querySelector(".rows").open = true`, nil)
	b.until(`document.querySelectorAll(".table tbody tr").length === 154`)
	b.js(`document.querySelector(".find").value = "became_candidate"; document.querySelector(".find").dispatchEvent(new Event("input"))`, nil)
	b.until(`document.querySelectorAll(".table tbody tr").length === 2`)
	b.silent()
}

func TestBothThemesAreDrawn(t *testing.T) {
	b := open(t, election())
	colours := map[string]string{}
	for _, system := range []string{"light", "dark"} {
		b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": system}}}, nil)
		for _, choice := range []string{"", "light", "dark"} {
			b.js(fmt.Sprintf(`document.querySelector("#theme").value = %q; document.querySelector("#theme").dispatchEvent(new Event("change"))`, choice), nil)
			var colour string
			b.js(`getComputedStyle(document.documentElement).backgroundColor`, &colour)
			colours[system+" "+choice] = colour
		}
	}
	light, dark := colours["light "], colours["dark "]
	if light == dark || colours["dark light"] != light || colours["light dark"] != dark || colours["light light"] != light {
		t.Errorf("backgrounds: %v", colours)
	}
	b.silent()
}

func TestEachWayToFailIsShownWhenItIsChosen(t *testing.T) {
	one, two := election(), election()
	two.Seed, two.Checks = 99, []result.Check{{Source: "check(False)", Message: "another way", At: 500 * ms}}
	r := &result.Report{}
	r.Add(result.Sweep{Experiment: result.Experiment{ID: "test_passed", Engine: "sim"}, Runs: 1, Asked: 1})
	r.Add(result.Sweep{Experiment: one.Experiment, Runs: 40, Asked: 40, Failures: []result.Failure{
		{Run: *one, Seeds: []uint64{8123, 8124}}, {Run: *two, Seeds: []uint64{99}}}})
	b := browse(t, written(t, r, Options{}), 1360, 1100)
	b.until(ready)
	if got := b.text(".overview tbody"); !strings.Contains(got, "2 of 40") || !strings.Contains(got, "1 of 40") {
		t.Errorf("the overview: %q", got)
	}
	if got := b.text(".again"); !strings.Contains(got, "seeds 8123, 8124 (2 of 40 runs)") {
		t.Errorf("how to get it again: %q", got)
	}
	b.js(`document.querySelectorAll(".overview a")[1].click()`, nil)
	b.until(`document.querySelector("section.run:not([hidden]) .sentence").textContent.includes("another way") && ` + ready)
	b.silent()
}

// TestHostileTextsAreTexts puts what may do harm into every name and value of a run.
func TestHostileTextsAreTexts(t *testing.T) {
	evil := `</script><img src=x onerror="window.harm=1"><svg onload="window.harm=1"><b>` + "\x1b[31m\x00\u202e" + strings.Repeat("long", 50000)
	r := election()
	r.ID, r.File, r.Replay, r.Params = evil, evil, evil, []string{evil}
	r.Checks[0].Source, r.Checks[0].Message = evil, evil
	r.Checks[0].Parts = []result.Part{{Text: evil, Value: evil}}
	r.Checks[0].Pos.File = evil
	r.Checks[0].Nodes = []string{evil}
	r.Story.Nodes[0] = evil
	r.Story.Spans[0].Text, r.Story.Spans[0].Nodes = evil, []string{evil}
	r.Story.Lanes[0].Node, r.Story.Lanes[0].Points[0].Value = evil, evil
	for i := range r.Story.Moments {
		m := &r.Story.Moments[i]
		m.Name, m.Class, m.Fields, m.Pos = evil[:300], evil[:100], []result.Part{{Text: evil, Value: evil}}, &trouble.Position{File: evil, Line: 1}
	}
	p := &r.Story.Packets[0]
	p.Kind, p.Type, p.Lost, p.From = evil, evil, evil, evil
	r.Story.History = &result.History{Reason: evil, Operations: []result.Operation{{Client: evil, Text: evil, Status: evil, To: ms}}}
	r.Story.Series = []result.Series{{Name: evil, Node: evil, Buckets: []result.Bucket{{For: ms, Requests: 1}}}}
	b := open(t, r)
	b.js(`document.querySelector(".rows").open = true; document.querySelector("canvas").focus()`, nil)
	b.press("ArrowDown", "ArrowUp")
	b.until(`document.querySelector(".detail h4") && document.querySelector(".table tbody tr")`)
	var got struct {
		Harm                   bool
		Images, Wide, Elements int
	}
	b.js(`({Harm: !!window.harm, Images: document.querySelectorAll("img, [onerror], [onload]").length, Wide: document.documentElement.scrollWidth, Elements: document.querySelectorAll(".detail b, .sentence b, .table b").length})`, &got)
	if got.Harm || got.Images > 0 || got.Elements > 0 || got.Wide > 1360 {
		t.Errorf("harm %v, %d elements of the script's, %d pixels wide", got.Harm, got.Images+got.Elements, got.Wide)
	}
	b.silent()
}

// TestTenThousandEventsAreDrawnInTime measures from an input to the frame that shows it.
func TestTenThousandEventsAreDrawnInTime(t *testing.T) {
	b := open(t, storm(7, drawn-1))
	var got struct {
		Drawn int
		P95   float64
	}
	b.js(`(async () => {
		const wait = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
		document.querySelector(".whole").click();
		await wait(); await wait();
		const canvas = document.querySelector("canvas"), took = [];
		for (let i = 0; i < 60; i++) {
			const begin = performance.now();
			canvas.dispatchEvent(new WheelEvent("wheel", {deltaY: i % 2 ? 3 : -3, ctrlKey: true, cancelable: true}));
			await wait();
			took.push(performance.now() - begin);
		}
		took.sort((a, b) => a - b);
		return {Drawn: +document.querySelector(".diagram").dataset.drawn, P95: took[57]};
	})()`, &got)
	t.Logf("%d events: p95 from input to frame %.1f ms (asked: 50)", got.Drawn, got.P95)
	if got.Drawn < 9000 {
		t.Errorf("%d events in view, want nearly all of %d", got.Drawn, drawn)
	}
	b.silent()
}

func TestMoreThanCanBeDrawnIsFoldedAndTold(t *testing.T) {
	b := open(t, storm(7, 3*drawn))
	b.js(`document.querySelector(".whole").click()`, nil)
	b.until(`document.querySelector(".status").textContent.includes("drawn as shades")`)
	b.silent()
}

// TestAxeFindsNoViolation asks axe-core, where npm has it among the global packages.
func TestAxeFindsNoViolation(t *testing.T) {
	root, err := exec.Command("npm", "root", "-g").Output()
	axe, err2 := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "axe-core", "axe.min.js"))
	if err != nil || err2 != nil {
		t.Skip("needs axe-core: npm install -g axe-core")
	}
	b := open(t, election())
	b.js(`document.querySelector(".rows").open = true; document.querySelector("canvas").focus()`, nil)
	b.press("ArrowDown")
	b.until(`document.querySelector(".detail h4") && document.querySelector(".table tbody tr")`)
	b.js(string(axe)+";0", nil)
	for _, theme := range []string{"light", "dark"} {
		b.js(fmt.Sprintf(`document.querySelector("#theme").value = %q; document.querySelector("#theme").dispatchEvent(new Event("change"))`, theme), nil)
		var found []struct {
			ID, Help string
			Nodes    []struct{ HTML, FailureSummary string }
		}
		b.js(`axe.run().then(r => r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.slice(0, 3).map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))})))`, &found)
		for _, v := range found {
			text, _ := json.Marshal(v.Nodes) // for people
			t.Errorf("%s: %s: %s: %.900s", theme, v.ID, v.Help, text)
		}
	}
	b.silent()
}
