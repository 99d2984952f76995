package script

import (
	"slices"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
)

// What is kept of the marks of a run: the latest, and the beginning of a long text.
const (
	mostMarks    = 1000
	maxMarkBytes = 500
)

// mark is a text that the script has put at an instant of its run. It is the script's own: no engine knows of it, so it
// changes no digest.
type mark struct {
	at   time.Duration
	text string
	pos  trouble.Position
	deed uint64
}

// addMark is lab.mark(text).
var addMark = verb{"mark", "", func(r *run, c call) (starlark.Value, error) {
	var text string
	if err := load.UnpackArgs("lab.mark", c.args, c.kwargs, "text", &text); err != nil {
		return nil, err
	}
	if text == "" {
		return nil, star.Errorf(`lab.mark("the leader is cut off")`, "lab.mark: the text is empty")
	}
	r.mark(text)
	return starlark.None, nil
}}

func (r *run) mark(text string) {
	r.marks = append(r.marks, mark{r.now(), trouble.Clip(text, maxMarkBytes), r.here(), r.chronicle.deed()})
	if len(r.marks) >= 2*mostMarks {
		r.marks = slices.Clone(r.marks[mostMarks:])
	}
}

// lastMarks are the latest marks, as failures show them.
func (r *run) lastMarks() (events []result.Event) {
	for _, m := range r.marks[max(0, len(r.marks)-lastOfAll):] {
		events = append(events, result.Event{At: m.at, Name: m.text})
	}
	return events
}
