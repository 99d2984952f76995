package script

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/shell"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Outcome is how a run has ended.
type Outcome uint8

// The outcomes. Failed means that an expectation did not hold; Broken that the run could not be judged.
const (
	Passed Outcome = iota
	Failed
	Skipped
	Broken
)

func (o Outcome) String() string { return [...]string{"ok", "FAIL", "skip", "ERROR"}[o] }

// Result is what is known of a run when it is over.
type Result struct {
	ID, Name string   // as in Experiment
	Set      []string // as in Experiment
	Path     string   // the file's, as given to Load
	Engine   string
	Seed     uint64

	Outcome  Outcome
	Class    trouble.Class   // of a Broken run
	Err      *trouble.Error  // of a Broken run
	Cause    error           // the engine's own error, when Class is Host
	Node     *engine.Failure // the node that failed, when Class is Plugin
	Failures []*Failure      // expectations that did not hold, in order; the last has ended the run, unless by expect
	Stopped  bool            // by an interruption, or for its time or memory: how far it came is chance
	Unlisted int             // how many more expectations did not hold
	Reason   string          // of a Skipped run

	Lacked  string        // a kind that was to be added and that nobody serves, which has ended the run
	Kinds   []string      // at work on its nodes, each once
	At      time.Duration // the run's time when it ended
	Took    time.Duration // on the wall clock
	Output  []string      // what the script printed
	Notes   []string      // of a Passed run: mistakes that components told of and went on
	Last    []NodeEvents  // what happened last on each node, unless it passed
	Doubt   string        // unless it passed: that the machine was too late for checks of time
	Waiting []engine.Waiting
	Summary engine.Summary
}

// Failure is one expectation that did not hold.
type Failure struct {
	Pos     trouble.Position
	Source  string // check(new.status().term > old.status().term)
	Message string // the author's, or what a wait has waited for in vain
	Parts   []Part
	Stack   []trouble.Frame // the calls that led there, outermost first
	At      time.Duration
}

func (f *Failure) Error() string {
	text := fmt.Sprintf("%s: %s", f.Pos, f.Source)
	if f.Message != "" {
		text += ": " + f.Message
	}
	return text
}

// NodeEvents are the latest events of one node.
type NodeEvents struct {
	Node   string
	Events []value.Event
}

// mistakes are the events with a field "error": what has gone wrong on a node that can go on. A run may pass in spite of
// them, but its author should know, so each event of each node is told of once.
func (r *run) mistakes() (notes []string) {
	told := map[string]bool{}
	for _, n := range r.nodes {
		for name, fields := range n.kind.events {
			if told[name] || !slices.ContainsFunc(fields, func(f *manifest.Parameter) bool { return f.Name == "error" }) {
				continue
			}
			told[name] = true
			seen := map[string]bool{}
			for _, e := range r.engine.Events(trace.Filter{Name: name}) {
				if text, _ := e.Get("error").(string); text != "" && !seen[e.Node] {
					seen[e.Node] = true
					lines := strings.Split(strings.TrimSpace(text), "\n")
					notes = append(notes, fmt.Sprintf("%s: %s: %s", e.Node, name, shorten(lines[len(lines)-1], maxShown)))
				}
			}
		}
	}
	notes = append(notes, r.doubted()...)
	slices.Sort(notes)
	return notes
}

// lastOfEach is how many events of each node a report shows.
const lastOfEach = 3

func (r *run) lastEvents() []NodeEvents {
	byNode := map[string][]value.Event{}
	for _, e := range r.engine.Events(trace.Filter{All: true}) {
		byNode[e.Node] = append(byNode[e.Node], e)
	}
	var last []NodeEvents
	for _, n := range r.nodes {
		if events := byNode[n.name]; len(events) > 0 {
			last = append(last, NodeEvents{n.name, events[max(0, len(events)-lastOfEach):]})
		}
	}
	return last
}

// maxWaiting is how many tasks a report shows that wait.
const maxWaiting = 100

// Text is the result for people: one line when it passed, else where and why, what happened last, and how to replay it.
func (r *Result) Text() string {
	var b strings.Builder
	head := fmt.Sprintf("%s %s", r.Outcome, r.ID)
	fmt.Fprintf(&b, "%-66s %s  seed %d  t=%s", head, r.Engine, r.Seed, star.Short(r.At))
	if r.Summary.Lateness > 0 {
		b.WriteString("  lateness " + Rough(r.Summary.Lateness))
	}
	switch r.Outcome {
	case Passed:
		return b.String()
	case Skipped:
		return b.String() + "\n  " + r.Reason
	}
	for _, f := range r.Failures {
		b.WriteString("\n" + f.text())
	}
	if r.Unlisted > 0 {
		fmt.Fprintf(&b, "\n  ... and %d more expectations did not hold", r.Unlisted)
	}
	if r.Err != nil {
		b.WriteString("\n  " + r.Class.String() + " error: " + strings.ReplaceAll(r.Err.Whole(), "\n", "\n  "))
	}
	if r.Node != nil {
		fmt.Fprintf(&b, "\n    at t=%s", star.Short(r.Node.At))
		if r.Node.Stack != "" {
			b.WriteString("\n    " + strings.ReplaceAll(strings.TrimSpace(r.Node.Stack), "\n", "\n    "))
		}
	}
	if r.Doubt != "" {
		b.WriteString("\n  note: " + r.Doubt)
	}
	r.writeLast(&b)
	fmt.Fprintf(&b, "\n  replay: %s", r.Replay())
	if r.Engine == "live" {
		b.WriteString("\n  In live the seed fixes what is drawn, not the order in which things happen.")
	}
	return b.String()
}

func (r *Result) writeLast(b *strings.Builder) {
	if len(r.Last) > 0 {
		b.WriteString("\n  last events")
	}
	for _, n := range r.Last {
		for _, e := range n.Events {
			fmt.Fprintf(b, "\n    %-10s %9s  %s", n.Node, star.Short(e.At), eventText(e))
		}
	}
	for i, w := range r.Waiting {
		if i == maxWaiting {
			fmt.Fprintf(b, "\n    ... and %d more tasks", len(r.Waiting)-i)
			break
		}
		fmt.Fprintf(b, "\n    %-10s waits for %s", w.Node, w.What)
	}
}

func eventText(e value.Event) string {
	var text strings.Builder
	text.WriteString(e.Name)
	for _, f := range e.Fields {
		if text.Len() > maxMessage {
			text.WriteString(" ...")
			break
		}
		text.WriteString(" " + f.Name + "=" + show(star.FromValue(f.Value, referenceText)))
	}
	return text.String()
}

// Replay is the command that runs just this again. In live the seed fixes the draws, not the interleaving.
func (r *Result) Replay() string {
	command := "lab run " + shell.Quote(r.Path+"::"+r.Name)
	for _, set := range r.Set {
		command += " --set " + shell.Quote(set)
	}
	return fmt.Sprintf("%s --engine %s --seed %d", command, r.Engine, r.Seed)
}

func (f *Failure) text() string {
	head := fmt.Sprintf("  %s:%d   ", filepath.Base(f.Pos.File), f.Pos.Line)
	var b strings.Builder
	b.WriteString(head + f.Source)
	indent := "\n" + strings.Repeat(" ", len(head)+2)
	if f.Message != "" {
		b.WriteString(indent + strings.ReplaceAll(clip(f.Message, maxMessage), "\n", indent))
	}
	for _, p := range f.Parts {
		b.WriteString(indent + p.Text + " = " + strings.ReplaceAll(p.Value, "\n", indent))
	}
	if len(f.Stack) > 1 {
		for i := len(f.Stack) - 2; i >= 0; i-- {
			fmt.Fprintf(&b, "%scalled from %s:%d in %s", indent, filepath.Base(f.Stack[i].Pos.File), f.Stack[i].Pos.Line,
				f.Stack[i].Name)
		}
	}
	return b.String()
}
