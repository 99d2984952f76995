package result

import (
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/lab/trouble"
)

func TestForeignTextCannotSteerTheTerminal(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"plain, ünïcode ✓\n\ttabs", "plain, ünïcode ✓\n\ttabs"},
		{"\x1b[2J\x1b]0;title\a", `\x1b[2J\x1b]0;title\x07`},
		{"ok\rFAIL\x00\x7f", `ok\x0dFAIL\x00\x7f`},
		{"\u009b31m", `\u009b31m`},
		{"a\u202eb", `a\u202eb`},
		{"a\u2028b\u2029", `a\u2028b\u2029`},
		{"\xff\xfe", `\xff\xfe`},
	} {
		if got := Visible(c.text); got != c.want {
			t.Errorf("Visible(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestAReportShowsControlCharactersOfPlugins(t *testing.T) {
	esc := "\x1b[2J"
	run := Run{
		Outcome: Broken, Prints: []string{esc}, Error: &trouble.Error{Text: esc, Hint: esc}, Node: &NodeEnd{Stack: esc},
		Checks: []Check{{Source: esc, Message: esc, Parts: []Part{{Text: esc, Value: esc}}}}, Doubt: esc, Replay: esc,
		Events: []Event{{Node: esc, Name: esc, Fields: []Part{{Text: esc, Value: esc}}}}, Waiting: []Waiting{{esc, esc}},
		Faults: []Fault{{Text: esc}}, Lost: []Loss{{From: esc, To: esc}}, Parting: &Parting{Text: esc, Second: esc},
	}
	for _, s := range []Sweep{
		{Asked: 2, Runs: 2, Failures: []Failure{{Run: run, Seeds: []uint64{1}}, {Run: run, Seeds: []uint64{2}}}},
		{Asked: 1, Runs: 1, Notes: []string{esc}, Prints: []string{esc}},
		{Asked: 1, Runs: 1, Skips: 1, Reason: esc},
	} {
		for _, text := range []Text{{}, {Colour: true}, {Width: 40}} {
			if all := text.Sweep(&s); strings.Contains(all, esc) {
				t.Errorf("an escape got through: %q", all)
			}
		}
	}
}
