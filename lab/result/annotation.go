package result

import (
	"fmt"
	"strings"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// mostAnnotations is how many GitHub shows of one step.
const mostAnnotations = 10

// Annotations are workflow commands of GitHub, one a line: it shows each at the line of the check that has failed. At most
// ten, one for each file that cannot be loaded and each failure. place turns the path of a file into the one that it has
// in the repository.
func Annotations(r *Report, place func(path string) string) string {
	var lines []string
	annotate := func(pos trouble.Position, title, text string) {
		pos.File = place(pos.File)
		lines = append(lines, annotation(pos, title, text))
	}
	for _, err := range r.NotLoaded {
		annotate(err.Pos, err.Class.String()+" error", err.Text+"\n"+err.Hint)
	}
	for i := range r.Sweeps {
		s := &r.Sweeps[i]
		for k := range s.Failures {
			run := &s.Failures[k].Run
			annotate(run.pos(), run.ID, fmt.Sprintf("%s\nseed %d, %s\n%s", run.brief(), run.Seed, run.Engine, run.Replay))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines[:min(len(lines), mostAnnotations)], "\n") + "\n"
}

// pos is the line of the check that has ended the run, or of the error; else that of the experiment.
func (r *Run) pos() trouble.Position {
	switch {
	case r.Error != nil && r.Error.Pos.File != "":
		return r.Error.Pos
	case len(r.Checks) > 0:
		return r.Checks[len(r.Checks)-1].Pos
	}
	return trouble.Position{File: r.File, Line: r.Line}
}

var (
	annotationText = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	annotationPart = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func annotation(pos trouble.Position, title, text string) string {
	place := "file=" + annotationPart.Replace(pos.File)
	if pos.Line > 0 {
		place += fmt.Sprintf(",line=%d", pos.Line)
	}
	return fmt.Sprintf("::error %s,title=%s::%s", place, annotationPart.Replace(title),
		annotationText.Replace(strings.TrimSpace(Visible(text))))
}
