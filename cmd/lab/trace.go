package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/story"
	"github.com/netlab-dev/netlab/sdk/spell"
)

// tracing is the flag --trace: whether the runs that are shown are traced, and which of their nodes.
type tracing struct {
	wanted bool
	nodes  []string // none: those of the failure
}

// ofTheFailure is the value of --trace alone, as the help shows it.
const ofTheFailure = "of the failure"

func traceFlag(cmd *cobra.Command, t *tracing) {
	cmd.Flags().Var(t, "trace", "show the last events and packets of each shown run, on these nodes: --trace=n1,n2")
	cmd.Flags().Lookup("trace").NoOptDefVal = ofTheFailure
}

func (t *tracing) String() string { return strings.Join(t.nodes, ",") }
func (t *tracing) Type() string   { return "nodes" }

func (t *tracing) Set(text string) error {
	t.wanted, t.nodes = true, nil
	if text == ofTheFailure {
		return nil
	}
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name == "" {
			return errors.New("a name is empty")
		}
		t.nodes = append(t.nodes, name)
	}
	return nil
}

// misplaced finds nodes that stand where the scripts do: --trace n1,n2.
func (t *tracing) misplaced(args []string) error {
	if !t.wanted || len(t.nodes) > 0 {
		return nil
	}
	for _, arg := range args {
		if _, err := os.Stat(arg); err != nil && !strings.ContainsAny(arg, ":/") && !strings.HasSuffix(arg, ".star") {
			return usageError(arg+": no such script", "nodes of a trace stand behind a =: --trace="+arg)
		}
	}
	return nil
}

// mostTraced is how many lines a trace has.
const mostTraced = 40

// text is the trace of a run.
func (t *tracing) text(to result.Text, r *result.Run) string {
	if r.Story == nil {
		return to.Trace("no trace: this run was not recorded", nil)
	}
	known, unknown := t.known(r.Story.Nodes), t.unknown(r.Story.Nodes)
	if len(known) == 0 && unknown != "" {
		return to.Trace("no trace: "+unknown, nil)
	}
	f := story.Of(r, known...)
	lines := f.Lines(r, mostTraced)
	heading := "trace of " + strings.Join(f.Nodes, ", ")
	if len(f.Nodes) == len(r.Story.Nodes) {
		heading = "trace of all nodes"
	}
	switch {
	case len(lines) == 0:
		heading += ": nothing has happened there"
	case len(lines) == mostTraced:
		heading += fmt.Sprintf(", %d lines chosen: the causes first, then the latest", mostTraced)
	}
	if unknown != "" {
		heading += " (" + unknown + ")"
	}
	return to.Trace(heading, lines)
}

// instead leaves out what the trace of a sweep's run shows better: its last events.
func (t *tracing) instead(s result.Sweep) result.Sweep {
	if !t.wanted || len(s.Failures) == 0 {
		return s
	}
	if r := &s.Failures[0].Run; r.Story == nil || len(t.nodes) > 0 && len(t.known(r.Story.Nodes)) == 0 {
		return s
	}
	s.Failures = slices.Clone(s.Failures)
	s.Failures[0].Run.Events, s.Failures[0].Run.Lost, s.Failures[0].Run.Segments = nil, nil, nil
	return s
}

// known are the named nodes that the run has.
func (t *tracing) known(nodes []string) []string {
	return slices.DeleteFunc(slices.Clone(t.nodes), func(name string) bool { return !slices.Contains(nodes, name) })
}

// unknown says which of the named nodes the run does not have; "" when it has all.
func (t *tracing) unknown(nodes []string) string {
	for _, name := range t.nodes {
		if !slices.Contains(nodes, name) {
			text, hint := spell.Unknown("node", name, nodes)
			if hint != "" {
				text += "; " + hint
			}
			return text
		}
	}
	return ""
}
