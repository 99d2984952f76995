package lab

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/value"
)

// parting says how two runs of one seed differ, nil when they do not. A run that was stopped is not compared: how far it
// has come is chance.
func parting(first, second *script.Result) *result.Parting {
	if first.Stopped || second.Stopped {
		return nil
	}
	found := first.Summary.Account.Parting(second.Summary.Account)
	if first.Digest == second.Digest && found == nil && first.Outcome == second.Outcome && reason(first) == reason(second) {
		return nil
	}
	p := &result.Parting{
		Digests: [2]result.Digest{first.Digest, second.Digest}, Outcomes: [2]result.Outcome{first.Outcome, second.Outcome},
		Text: "they do not differ in anything that a node has done or answered",
	}
	if found != nil {
		when := ""
		if found.At >= 0 {
			when = "at t=" + value.Short(found.At) + " "
			if found.By {
				when = "by t=" + value.Short(found.At) + " "
			}
		}
		p.Text = fmt.Sprintf("they differ %son %s: %s: %s, then %s", when, found.Node, found.What, found.First, found.Second)
	}
	if again := reason(second); again != reason(first) {
		p.Second = again
	}
	return p
}

// reason is why a run did not hold, without what may differ between two runs that are alike, such as the addresses in
// a stack or the number of a process; "" when it held.
func reason(r *script.Result) string {
	var lines []string
	for i := range r.Checks {
		line := r.Checks[i].Error()
		for _, p := range r.Checks[i].Parts {
			line += fmt.Sprintf("\n  %s = %s", p.Text, p.Value)
		}
		lines = append(lines, line)
	}
	switch {
	case r.Error != nil && r.Error.Class == trouble.Host:
		lines = append(lines, "host error")
	case r.Error != nil && r.Error.Class == trouble.Plugin:
		text, _, _ := strings.Cut(r.Error.Text, "\n") // a stack comes after it
		if exit := new(host.Exit); errors.As(r.Cause, &exit) {
			text = exit.Reason() // without its number
		}
		lines = append(lines, text)
	case r.Error != nil:
		lines = append(lines, r.Error.Text)
	}
	return strings.Join(lines, "\n")
}

// compared is a seed that has passed and was run again, with an exit code: 0 when the second run was the same. One that
// came to no end for its time or memory is told as what it is: nothing was compared.
func (s *sweep) compared(first, second *script.Result) (*script.Result, int) {
	if second.Stopped {
		return second, codeOf(second)
	}
	p := parting(first, second)
	if p == nil {
		return first, 0
	}
	both := *first
	both.Parting = p
	both.Replay += " --twice"
	return &both, cmp.Or(codeOf(second), 1)
}
