package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/report/plot"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/story"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Window says what a picture shows: a part of the page, in a stretch of a run's time.
type Window struct {
	Of       string        // one of Parts; "" is Diagram
	From, To time.Duration // a To of 0 is the end of the run
}

// Diagram is the part of the page that Picture draws by default.
const Diagram = "diagram"

// Parts are the parts of a page that Picture can draw: the space-time diagram, the values of nodes over time, the operations
// of clients, what drives measured, and the ends of the runs of a sweep.
var Parts = []string{Diagram, "lanes", "history", "load", "seeds"}

// Picture writes a part of the page as an SVG file: for pages and slides, light and dark, without a script. It is of the
// first run that has the part. The diagram has the rows that begin in the window, at most 300; of more, the last ones.
func Picture(to io.Writer, r *result.Report, w Window) error {
	svg, err := part(r, w)
	if svg == "" && err == nil && cmp.Or(w.Of, Diagram) == Diagram {
		svg = noRun("a run that passed is kept when it was a single one, with -o FILE.svg.")
		if len(r.Sweeps) == 0 && len(r.NotLoaded) > 0 {
			svg = noRun("no run began, since the script was not loaded.")
		}
	}
	if svg == "" && err == nil {
		err = &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("--show %s: these results have none", w.Of), Hint: "want " + strings.Join(present(r), ", ")}
	}
	if err == nil {
		_, err = io.WriteString(to, svg)
	}
	return err
}

// present are the parts that results have.
func present(r *result.Report) (parts []string) {
	for _, of := range Parts {
		if svg, err := part(r, Window{Of: of}); svg != "" && err == nil {
			parts = append(parts, of)
		}
	}
	return parts
}

// part draws a part of the page, "" if there is none.
func part(r *result.Report, w Window) (svg string, err error) {
	cells := plot.Cells(r.Sweeps)
	if w.Of == "seeds" || w.Of == "load" && len(cells) > 1 {
		if w.From != 0 || w.To != 0 {
			return "", &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("--show %s: the picture is of several runs or drives, so --from and --to choose nothing", w.Of)}
		}
		return ofMany(r, cells, w.Of), nil
	}
	for i := range r.Sweeps {
		for run := range r.Sweeps[i].Told() {
			if run.Story == nil {
				continue
			}
			if w.From > run.At {
				text := fmt.Sprintf("--from %s: the run ended at t=%s", value.FormatDuration(w.From), value.FormatDuration(run.At))
				return "", &trouble.Error{Class: trouble.Usage, Text: text, Hint: "want a time of the run"}
			}
			if svg := ofRun(run, w); svg != "" {
				return svg, nil
			}
		}
	}
	if w.Of == "load" && len(cells) == 1 { // of a run that was not recorded
		svg = plot.Series(&result.Story{}, cells[0].Series, plot.View{Alone: true, From: w.From, To: w.To})
	}
	return svg, nil
}

// ofMany draws what is of several runs, or of several drives.
func ofMany(r *result.Report, cells []plot.Cell, of string) string {
	if of == "load" {
		return plot.Compare("Latency", cells, plot.View{Alone: true})
	}
	for i := range r.Sweeps {
		if svg := plot.Seeds(&r.Sweeps[i], plot.View{Alone: true}); svg != "" {
			return svg
		}
	}
	return ""
}

// ofRun draws a part of one run.
func ofRun(run *result.Run, w Window) string {
	view := plot.View{Alone: true, From: w.From, To: w.To}
	switch w.Of {
	case "history":
		if view.To == 0 && view.From > 0 {
			view.To = run.At
		}
		return plot.History(run.Story, view)
	case "lanes":
		view.To = cmp.Or(w.To, run.At)
		return plot.Lanes(run.Story, view)
	case "load":
		view.To = cmp.Or(w.To, run.At)
		if len(run.Story.Series) == 0 {
			return ""
		}
		return plot.Series(run.Story, &run.Story.Series[0], view)
	}
	return draw(layOut(run, story.Of(run)), w)
}

// noRun is a picture that says why it shows none.
func noRun(why string) string {
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 40" width="640" height="40"><style>` + pictureStyle + `</style>` +
		`<rect class="paper" width="100%" height="100%"/><text x="10" y="24">No run is shown here: ` + why + `</text></svg>` + "\n"
}
