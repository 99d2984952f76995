package lab

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
)

// parted says how two runs of one seed differ, "" when they do not. A run that was stopped is not compared: how far it
// has come is chance.
func parted(first, second *script.Result) string {
	if first.Stopped || second.Stopped {
		return ""
	}
	a, b := first.Summary, second.Summary
	parting := a.Account.Parting(b.Account)
	if a.Digest == b.Digest && parting == nil && first.Outcome == second.Outcome && reason(first) == reason(second) {
		return ""
	}
	var text strings.Builder
	fmt.Fprintf(&text, "\n  one seed gave two runs: digest %016x (%s), then %016x (%s)",
		a.Digest, first.Outcome, b.Digest, second.Outcome)
	switch {
	case parting == nil:
		text.WriteString("\n    they do not part in anything that a node has done or answered")
	case parting.At < 0:
		fmt.Fprintf(&text, "\n    they part on %s: %s: %s, then %s", parting.Node, parting.What, parting.First, parting.Second)
	default:
		at := "at"
		if parting.By {
			at = "by"
		}
		fmt.Fprintf(&text, "\n    they part %s t=%s on %s: %s: %s, then %s",
			at, star.Short(parting.At), parting.Node, parting.What, parting.First, parting.Second)
	}
	if again := reason(second); again != "" && again != reason(first) {
		text.WriteString("\n    the second one: " + strings.ReplaceAll(again, "\n", "\n    "))
	}
	text.WriteString("\n  hint: a component uses something outside env: wall time, global randomness, goroutines, map order")
	return text.String()
}

// reason is why a run did not hold, without what may differ between two runs that are alike, such as the addresses in
// a stack; "" when it held.
func reason(r *script.Result) string {
	var lines []string
	for _, f := range r.Failures {
		line := f.Error()
		for _, p := range f.Parts {
			line += fmt.Sprintf("\n  %s = %s", p.Text, p.Value)
		}
		lines = append(lines, line)
	}
	switch {
	case r.Err != nil && r.Class == trouble.Host:
		lines = append(lines, "host error")
	case r.Err != nil:
		lines = append(lines, r.Err.Text)
	}
	return strings.Join(lines, "\n")
}

// again says how the second run of a seed that has passed differed, with an exit code; "" when it did not. One that came
// to no end for its time or memory is told as what it is: nothing was compared.
func (s *sweep) again(first, second *script.Result) (text string, code int) {
	if second.Stopped && !interrupted(second) {
		return s.bench.text(second), codeOf(second)
	}
	difference := parted(first, second)
	if difference == "" {
		return "", 0
	}
	return fmt.Sprintf("FAIL %s  sim  seed %d%s\n  replay: %s --twice",
		s.experiment.ID, first.Seed, difference, s.bench.replay(first)), cmp.Or(codeOf(second), 1)
}
