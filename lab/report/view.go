package report

import (
	"cmp"
	"fmt"
	"html/template"
	"path/filepath"
	"strings"

	"github.com/netlab-dev/netlab/lab/report/plot"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/story"
	"github.com/netlab-dev/netlab/sdk/value"
)

// pageView is what the template shows.
type pageView struct {
	Title, Total, Version, Unshown string
	Alone                          bool // there is one run and nothing else
	Overview                       []overview
	Compare                        template.HTML
	NotLoaded                      []string
	Runs                           []runView

	diagrams []*diagram
	unshown  int
}

type overview struct{ Outcome, Anchor, Name, File, Engine, Runs, Why string }

// runView is one run.
type runView struct {
	Anchor, Outcome, Name, Facts, Place, Data, Home, Replay, Text, PaperNote string
	Sentence                                                                 []piece
	Source, Caller                                                           []sourceLine
	CallerPlace                                                              string
	Parts, Again                                                             []result.Part
	Causes                                                                   bool
	Of                                                                       string // whose causes are marked
	NoCauses                                                                 string // why none are marked
	Missing                                                                  []string
	Always                                                                   []string
	Plots                                                                    []picture
	Paper                                                                    template.HTML
	LoadFirst                                                                bool   // plots stand before the diagram
	NoDiagram                                                                string // why there is none
}

type picture struct {
	Title string
	SVG   template.HTML
}

// wide is how wide plots are, in pixels.
const wide = 1200

// mostRuns is how many runs a page shows.
const mostRuns = 20

func newPage(r *result.Report, o Options) *pageView {
	p := &pageView{Version: cmp.Or(o.Version, "(unknown)"), Total: total(r)}
	for _, err := range r.NotLoaded {
		p.NotLoaded = append(p.NotLoaded, clip(err.Class.String(), maxName)+" error: "+block(err.Whole()))
	}
	for i := range r.Sweeps {
		p.sweep(&r.Sweeps[i], o)
	}
	if p.unshown > 0 {
		p.Unshown = fmt.Sprintf("Not shown here: %s to fail; lab run tells of them all.", result.Count(p.unshown, "more way"))
	}
	if len(r.Sweeps) > 1 {
		p.Compare = template.HTML(plot.Compare("", plot.Cells(r.Sweeps), plot.View{Width: wide}))
	}
	if len(p.Runs) == 1 && len(p.Overview) == 1 {
		p.Alone, p.Overview = len(p.NotLoaded) == 0, nil
	}
	p.Title = title(r)
	return p
}

// sweep adds a row for each way in which an experiment has failed, or one for all of it.
func (p *pageView) sweep(s *result.Sweep, o Options) {
	row := overview{sweepOutcome(s), "", clip(s.ID, maxText), clip(s.File, maxText), s.Engine, fmt.Sprint(s.Runs), ""}
	for i := range s.Failures {
		run, row := &s.Failures[i].Run, row
		row.Outcome, row.Why = outcome(run), clip(brief(run), maxText)
		if s.Runs > 1 {
			row.Runs = fmt.Sprintf("%d of %d failed so", len(s.Failures[i].Seeds), s.Runs)
		}
		p.row(row, s, run, o)
	}
	if len(s.Failures) == 0 {
		p.row(row, s, s.Shown, o)
	}
}

// row adds a row, and the run that it leads to if there is one and room for it.
func (p *pageView) row(row overview, s *result.Sweep, run *result.Run, o Options) {
	switch {
	case run == nil:
	case len(p.Runs) == mostRuns:
		p.unshown++
		return
	default:
		row.Anchor = p.add(s, run, o)
	}
	p.Overview = append(p.Overview, row)
}

// outcome is that of a run; one that came out differently the second time has not held.
func outcome(r *result.Run) string {
	if r.Parting != nil && r.Outcome == result.Passed {
		return string(result.Failed)
	}
	return string(r.Outcome)
}

// brief is why a run did not hold.
func brief(r *result.Run) string {
	switch {
	case r.Parting != nil:
		return "one seed gave two runs"
	case r.Error != nil:
		return oneLine(r.Error.Error())
	case len(r.Checks) > 0:
		return oneLine(r.Checks[len(r.Checks)-1].Source)
	}
	return ""
}

func sweepOutcome(s *result.Sweep) string {
	switch {
	case len(s.Failures) > 0 && s.Failures[0].Run.Outcome == result.Broken:
		return string(result.Broken)
	case len(s.Failures) > 0:
		return string(result.Failed)
	case s.NotRun, s.Runs == 0:
		return "not run"
	case s.Skips == s.Runs:
		return string(result.Skipped)
	}
	return string(result.Passed)
}

// title says the whole in a few words.
func title(r *result.Report) string {
	failed := ""
	for i := range r.Sweeps {
		if len(r.Sweeps[i].Failures) > 0 {
			failed = cmp.Or(failed, r.Sweeps[i].ID)
		}
	}
	switch {
	case r.Failed > 1:
		return fmt.Sprintf("%d experiments failed", r.Failed)
	case failed != "":
		return clip(failed, maxText) + " failed"
	case len(r.Sweeps) == 1:
		return clip(r.Sweeps[0].ID, maxText) + " " + sweepOutcome(&r.Sweeps[0])
	}
	return total(r)
}

func total(r *result.Report) string {
	var parts []string
	for _, c := range []struct {
		n    int
		text string
	}{{r.Failed, "failed"}, {r.Passed, "passed"}, {r.Skipped, "skipped"}, {r.Unfinished, "interrupted"},
		{r.NotRun, "not run"}, {len(r.NotLoaded), "not loaded"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.text))
		}
	}
	if len(parts) == 0 {
		return "nothing was run"
	}
	text, runs := strings.Join(parts, ", "), 0
	for i := range r.Sweeps {
		runs += r.Sweeps[i].Runs
	}
	if runs > len(r.Sweeps) {
		text += fmt.Sprintf("; %d runs", runs)
	}
	if r.Wall > 0 {
		text += " in " + result.Rough(r.Wall)
	}
	return text
}

// add makes the view of a run, and returns its anchor.
func (p *pageView) add(s *result.Sweep, r *result.Run, o Options) string {
	f := story.Of(r)
	v := runView{
		Anchor: fmt.Sprintf("run-%d", len(p.Runs)), Outcome: outcome(r), Name: clip(r.ID, maxText), Facts: facts(r),
		Sentence: sentence(r, f), Replay: block(r.Replay), Again: again(r, o), Text: block(result.Text{}.Run(r)),
		Home: "Failure",
	}
	if v.Outcome == string(result.Passed) {
		v.Home = "Start"
	}
	v.source(r, o)
	switch {
	case r.Story != nil && len(r.Story.Nodes) == 0 && len(f.All()) == 0:
		v.NoDiagram = "There is no diagram: the run ended before it had a node."
	case r.Story != nil:
		d := layOut(r, f)
		v.Data, v.Causes, v.Of = dataID(len(p.diagrams)), d.Causes, causesOf[f.What]
		p.diagrams = append(p.diagrams, d)
		v.Always, v.Missing, v.NoCauses = d.always(), missing(r.Story), noCauses(r, f)
		if f.Unknown && len(f.Causes) > 0 {
			v.Missing = append(v.Missing, "The packets of a call whose answer the check judges cannot be told from others: none is marked.")
		}
		v.Paper, v.PaperNote = d.printed(f)
		v.plots(r)
	}
	if s.Runs > 1 {
		v.plot("Times and outcomes over seeds", plot.Seeds(s, plot.View{Width: wide}))
	}
	for i := range s.Failures {
		if f := &s.Failures[i]; &f.Run == r && s.Runs > 1 {
			v.Again = append(v.Again, result.Part{Text: "failed so", Value: clip(seeds(f.Seeds), maxText) + fmt.Sprintf(" (%d of %d runs)", len(f.Seeds), s.Runs)})
		}
	}
	p.Runs = append(p.Runs, v)
	return v.Anchor
}

// missing is what a story lacks, for people.
func missing(s *result.Story) (texts []string) {
	for _, text := range s.Missing[:min(len(s.Missing), mostFaults)] {
		texts = append(texts, clip(text, maxText))
	}
	return texts
}

// causesOf is what is marked where that is not what the failure followed from.
var causesOf = map[story.What]string{story.Error: "causes of the last network error", story.Slowest: "causes of the slowest request",
	story.Unanswered: "a request without an answer, and its causes"}

func noCauses(r *result.Run, f *story.Focus) string {
	switch {
	case r.Outcome == result.Passed || len(f.Causes) > 0:
		return ""
	case f.Load != nil:
		return "No causes are marked: the check is about all requests of a load, and none of them is known to have decided it."
	case f.Unknown:
		return "No causes are marked: the packets of the call whose answer the check judges cannot be told from others."
	case len(r.Checks) > 0 && len(r.Checks[len(r.Checks)-1].Nodes) > 0:
		return "No causes are marked: nothing has happened on the nodes that the check names."
	}
	return "No causes are marked: no value of the check is a node, an event or an error, and no call was answered at the instant of the check."
}

// seeds names the first of a list.
func seeds(all []uint64) string {
	var texts []string
	for _, seed := range all[:min(len(all), mostRuns)] {
		texts = append(texts, fmt.Sprint(seed))
	}
	if len(all) > mostRuns {
		texts = append(texts, "...")
	}
	return "seeds " + strings.Join(texts, ", ")
}

// plots are the pictures that have the time of the run as their axis.
func (v *runView) plots(r *result.Run) {
	view := plot.View{Width: wide, To: r.At}
	v.LoadFirst = r.Outcome == result.Passed && len(r.Story.Series) > 0 // a run that measures is about what it has measured
	if drives := plot.Drives(r.Story); len(drives) > 1 {
		v.plot("Load, side by side", plot.Compare("", drives, plot.View{Width: wide}))
	}
	for i := range r.Story.Series[:min(len(r.Story.Series), mostRuns)] {
		of := &r.Story.Series[i]
		v.plot("Load: "+clip(of.Name, maxText), plot.Series(r.Story, of, view))
	}
	v.plot("Operations of clients", plot.History(r.Story, plot.View{}))
	v.plot("Nodes over time", plot.Lanes(r.Story, view))
}

func (v *runView) plot(title, svg string) {
	if svg != "" {
		v.Plots = append(v.Plots, picture{title, template.HTML(svg)})
	}
}

func facts(r *result.Run) string {
	parts := []string{clip(r.File, maxText), "engine " + r.Engine, fmt.Sprintf("seed %d", r.Seed), "t=" + value.Short(r.At)}
	if r.Lateness > 0 {
		parts = append(parts, "lateness "+result.Rough(r.Lateness))
	}
	return strings.Join(parts, " · ")
}

// again is what somebody needs to get the run again.
func again(r *result.Run, o Options) (parts []result.Part) {
	add := func(name, text string) {
		if text != "" {
			parts = append(parts, result.Part{Text: name, Value: clip(text, maxValue)})
		}
	}
	add("engine", r.Engine)
	add("seed", fmt.Sprint(r.Seed))
	add("parameters", strings.Join(r.Params, ", "))
	add("script", filepath.ToSlash(r.File))
	add("lab", o.Version)
	if r.Digest != 0 {
		add("digest", fmt.Sprintf("%016x", uint64(r.Digest)))
	}
	if r.Engine == "live" {
		add("lateness", result.Rough(r.Lateness))
		add("note", "In live the seed fixes the random numbers, not the order in which things happen.")
	}
	add("doubt", r.Doubt)
	return parts
}

// mostBlock bounds a text of several lines.
const mostBlock = 64 << 10

// block is a text of several lines without control characters, bounded.
func block(text string) string {
	if len(text) > mostBlock {
		text = text[:mostBlock] + "\n... (cut)"
	}
	return result.Visible(strings.ToValidUTF8(text, "\ufffd"))
}
