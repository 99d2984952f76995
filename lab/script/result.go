package script

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/shell"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Result is what is known of a run when it is over: what is told of it, and what only whoever has begun it needs.
type Result struct {
	result.Run
	Cause   error    // the engine's own error, when that is what has broken it
	Stopped bool     // by an interruption, for its time or memory, or for a plugin's silence: how far it came is chance
	Kinds   []string // at work on its nodes, each once
	Lacked  string   // the kind that nobody serves, when it has ended for that
	Summary engine.Summary
	Series  []result.Series // of drives, if the engine was asked for them
}

// Broken is the result of a run that has not begun, or could not go on.
func Broken(e result.Experiment, seed uint64, class trouble.Class, err error) *Result {
	r := &Result{Run: result.Run{Experiment: e, Seed: seed}}
	r.broken(class, err)
	r.Replay = Replay(&r.Run)
	return r
}

func (r *Result) broken(class trouble.Class, err error) {
	r.Outcome, r.Cause = result.Broken, err
	r.Error = &trouble.Error{Class: class, Text: err.Error(), Err: err}
}

// Replay is the command that runs just this again. In live the seed fixes the draws, not the interleaving.
func Replay(r *result.Run) string {
	command := "lab run " + shell.Quote(r.File+"::"+r.Name)
	for _, param := range r.Params {
		command += " --set " + shell.Quote(param)
	}
	return fmt.Sprintf("%s --engine %s --seed %d", command, r.Engine, r.Seed)
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
					notes = append(notes, fmt.Sprintf("%s: %s: %s", e.Node, name, lastLine(text)))
				}
			}
		}
	}
	notes = slices.Concat(notes, r.doubted(), r.remarks, r.idleFaults())
	slices.Sort(notes)
	return slices.Compact(notes)
}

// lastLine is the end of an error's text, with the innermost place of a script if calls stand above it.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	above, last := lines[:len(lines)-1], trouble.Shorten(lines[len(lines)-1], maxShown)
	for _, line := range slices.Backward(above) {
		place, _, called := strings.Cut(line, ": in ")
		if called && strings.HasPrefix(place, "  ") && !strings.HasPrefix(place, "  <builtin>") {
			return last + " (" + trouble.Shorten(strings.TrimSpace(place), maxShown) + ")"
		}
	}
	return last
}

// What a report shows of what happened: so many events of each node and of all.
const (
	lastOfEach = 3
	lastOfAll  = 24
)

// around is what a failure is about: some nodes, or all when there is none, up to an instant.
type around struct {
	nodes []string
	until time.Duration
}

// aroundOf takes them from the checks. What a check says of events is about what came before them.
func aroundOf(r *result.Run) around {
	a := around{until: r.At}
	for i := range r.Checks {
		a.nodes = append(a.nodes, r.Checks[i].Nodes...)
	}
	if n := len(r.Checks); n > 0 && len(r.Checks[n-1].About) > 0 {
		about := r.Checks[n-1].About
		a.until = slices.MaxFunc(about, func(a, b result.Event) int { return cmp.Compare(a.At, b.At) }).At
	}
	return a
}

// holds tells whether an event of one of these nodes belongs to it.
func (a around) holds(e value.Event, nodes ...string) bool {
	return e.At <= a.until && (len(a.nodes) == 0 || slices.ContainsFunc(nodes, func(n string) bool { return slices.Contains(a.nodes, n) }))
}

// circumstances adds to the result what was wrong with the network, and what happened last: on the nodes that the checks
// speak of, or on all when they speak of none. The script's own queries are left out, its marks are not.
func (r *run) circumstances(to *result.Run) {
	to.Faults = append(to.Faults, r.faultsTold()...)
	to.Past, to.MorePast = r.faultsPast()
	a := aroundOf(to)
	byNode, lost, elsewhere := r.lastOn(a)
	to.Losses = min(len(lost)+len(elsewhere), engine.KeptLosses)
	lost = lastOf(lost, lastLost)
	lost = append(lost, lastOf(elsewhere, lastLost-len(lost))...)
	slices.SortStableFunc(lost, func(a, b value.Event) int { return cmp.Compare(a.At, b.At) })
	for _, e := range lost {
		why, _ := e.Get("why").(string)
		size, _ := e.Get("size").(int64)
		node, _ := e.Get("to").(value.Node)
		to.Lost = append(to.Lost, result.Loss{At: e.At, From: e.Node, To: string(node), Size: int(size), Why: why})
	}
	sent := r.sentOn(a)
	to.Events = r.lastMarks()
	each := max(lastOfEach, lastOfAll/max(len(byNode), 1))
	for _, n := range r.nodes {
		last := slices.Concat(lastOf(byNode[n.name], each), lastOf(sent[n.name], lastOfEach))
		slices.SortStableFunc(last, func(a, b value.Event) int { return cmp.Compare(a.At, b.At) })
		for _, e := range last {
			to.Events = append(to.Events, eventOf(e))
		}
	}
}

// faultsTold are the faults in force and the nodes that are crashed.
func (r *run) faultsTold() (told []result.Fault) {
	for _, f := range effective(r.inForce()) {
		t := result.Fault{Text: cmp.Or(f.text, f.verb), Since: f.since, Pos: f.pos}
		if f.until != never {
			t.Until = f.until
		}
		told = append(told, t)
	}
	for _, n := range r.nodes {
		if n.state == crashed {
			told = append(told, result.Fault{Text: n.name + " is crashed", Since: n.since, Pos: n.at})
		}
	}
	return told
}

// linkField is a field of the profile of a link.
type linkField struct {
	link engine.Pair
	name string
}

// effective leaves out the changes of links of which later ones have replaced every field on every link.
func effective(faults []*fault) (kept []*fault) {
	replaced := map[linkField]bool{}
	for _, f := range slices.Backward(faults) {
		shows := f.patch == nil
		for _, l := range f.links {
			for name := range f.patch {
				shows = shows || !replaced[linkField{l, name}]
				replaced[linkField{l, name}] = true
			}
		}
		if shows {
			kept = append(kept, f)
		}
	}
	slices.Reverse(kept)
	return kept
}

// lastOn are the events that a failure is about, by node, the datagrams of its nodes that were lost, and those of others.
func (r *run) lastOn(a around) (byNode map[string][]value.Event, lost, elsewhere []value.Event) {
	byNode = map[string][]value.Event{}
	for _, e := range r.engine.Events(trace.Filter{All: true}) {
		if e.Class == value.ClassLoss && e.Name == "lost" {
			if to, _ := e.Get("to").(value.Node); a.holds(e, e.Node, string(to)) {
				lost = append(lost, e)
			} else if e.At <= a.until {
				elsewhere = append(elsewhere, e)
			}
		} else if a.holds(e, e.Node) && !r.isLook(e) {
			byNode[e.Node] = append(byNode[e.Node], e)
		}
	}
	return byNode, lost, elsewhere
}

// sentOn are the messages that a failure is about, by the node that has sent them.
func (r *run) sentOn(a around) map[string][]value.Event {
	messages, _ := r.engine.Messages(trace.Filter{}) // an error says that there are too many to keep
	sent := map[string][]value.Event{}
	for _, m := range messages {
		if a.holds(m, m.Node) {
			sent[m.Node] = append(sent[m.Node], sentOf(m))
		}
	}
	return sent
}

// sentOf is a message as an event of who has sent it: sent append to=n2 term=4.
func sentOf(m value.Event) value.Event {
	fields, _ := m.Get("fields").(value.Fields)
	m.Name, m.Fields = "sent "+m.Name, append(value.Fields{{Name: "to", Value: m.Get("dst")}}, fields...)
	return m
}

// isLook tells whether an event is a query of the script: it has changed nothing, and there are many of them.
func (r *run) isLook(e value.Event) bool {
	if e.Class != value.ClassCall {
		return false
	}
	name, _ := e.Get("method").(string)
	n := r.byName[e.Node]
	if n == nil {
		return false
	}
	m := n.kind.methods[name]
	return m != nil && m.query
}

// eventOf is an event as reports have it.
func eventOf(e value.Event) result.Event {
	out := result.Event{At: e.At, Node: e.Node, Name: e.Name}
	bytes := 0
	for _, f := range e.Fields {
		if bytes > trouble.MaxText {
			out.Fields = append(out.Fields, result.Part{Text: "...", Value: "..."})
			break
		}
		text := show(star.FromValue(f.Value, referenceText))
		bytes += len(f.Name) + len(text)
		out.Fields = append(out.Fields, result.Part{Text: f.Name, Value: text})
	}
	return out
}

// eventText is an event in one line.
func eventText(e value.Event) string {
	told := eventOf(e)
	return told.Line()
}

// waitingOf is what tasks wait for, as reports have it.
func waitingOf(list []engine.Waiting) (out []result.Waiting) {
	for _, w := range list {
		out = append(out, result.Waiting{Node: w.Node, What: w.What})
	}
	return out
}

// ended is the end of a node that nobody asked for.
func ended(f engine.Failure) *result.NodeEnd {
	return &result.NodeEnd{Name: f.Node, At: f.At, Stack: f.Stack}
}
